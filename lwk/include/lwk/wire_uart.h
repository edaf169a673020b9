/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames on the serial line, for the roles that have one.
 */
#ifndef LWK_WIRE_UART_H
#define LWK_WIRE_UART_H

#include <lwk/wire_device.h>

extern const struct wire_backend wire_uart;
/* log lines on the same line, as text between frames */
void wire_uart_log(const char *text, size_t size);

#endif
