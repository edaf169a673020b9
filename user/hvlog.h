/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hypervisor's log, copied line by line into the kernel's log of the primary.
 */
#ifndef USER_HVLOG_H
#define USER_HVLOG_H

#include <stddef.h>

/* Gives each new line to `line`, without its end; what is not printable ASCII is replaced. */
void hvlog_drain_to(void (*line)(const char *text, size_t size));
/* Takes what is new. Does nothing when there is no such log. */
void hvlog_drain(void);

#endif
