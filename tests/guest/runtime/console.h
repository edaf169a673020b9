/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a guest says: the primary on the UART, a secondary into the hypervisor's log.
 */
#ifndef TESTS_GUEST_CONSOLE_H
#define TESTS_GUEST_CONSOLE_H

#include <stdarg.h>

/* one line; the newline is added */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A failure that the guest does not survive: the node of a primary, the VM of a secondary ends. */
_Noreturn void guest_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void guest_off(void);
/* the hypervisor's log, as comment lines; primary only */
void log_print(void);

#endif
