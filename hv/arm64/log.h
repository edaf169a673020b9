/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hypervisor's log: a ring in memory, and the console for what ends the node. Not on hot paths.
 */
#ifndef HV_ARM64_LOG_H
#define HV_ARM64_LOG_H

#include <bulkhead/log.h>
#include <bulkhead/types.h>

/* One line of at most 256 bytes; the newline is added. Nothing is lost before log_init: it waits in a small buffer. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Text of a VM, made harmless; a line is complete at its newline or when the VM's line buffer is full. */
void log_guest(uint16_t vm, const char *text, size_t length);
/* What a VM of that id has not finished is of no interest any more. */
void log_forget(uint16_t vm);
/* Gives the log its ring of BH_LOG_REGION_SIZE bytes. */
void log_init(pa_t ring);
/* One line to log and console, then the machine is turned off. */
_Noreturn void log_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
