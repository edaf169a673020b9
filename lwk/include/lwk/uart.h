/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The serial line of a kernel that has one: text of the log and frames of the wire out (polled),
 * bytes in (by interrupt).
 */
#ifndef LWK_UART_H
#define LWK_UART_H

#include <bulkhead/types.h>
#include <lwk/wait.h>

int uart_init(void); /* finds it in the device tree; output works from then on. 0 or -errno */
int uart_start_input(void); /* once interrupts work; 0 or -errno */

/* Whole, not mixed with what others write; `b` right after `a`. Any context. */
void uart_write(const void *a, size_t a_size, const void *b, size_t b_size);
/*
 * Bytes that have come, 0 when there are none. What nobody reads stays in the line: the sender
 * waits.
 */
size_t uart_read(void *to, size_t size);
bool uart_has_input(void);
extern struct wait_queue uart_readable;

#endif
