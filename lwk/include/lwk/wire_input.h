/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The reading side of the wire, for dev/wire.c.
 */
#ifndef LWK_WIRE_INPUT_H
#define LWK_WIRE_INPUT_H

#include <lwk/uaccess.h>
#include <lwk/wire_device.h>

void wire_input_init(const struct wire_backend *backend);
/* payload of WIRE_STDIN; 0 for ever after its end. As a device's read. */
long wire_input_read(const struct io_buffer *to, bool nonblock);
unsigned wire_input_poll(struct poll_table *table);
/* bytes as they come */
long wire_input_read_raw(const struct io_buffer *to, bool nonblock);

#endif
