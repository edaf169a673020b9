/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The wire over the UART.
 */
#include <lwk/uart.h>
#include <lwk/wire_uart.h>

/* interrupts are masked while a frame goes out: 512 bytes are 45 ms at 115200 baud */
#define PAYLOAD_MAX 512u

static int uart_send(const struct wire_header *header, const void *payload)
{
	uart_write(header, sizeof(*header), payload, header->length);
	return 0;
}

static long uart_receive(void *to, size_t size)
{
	return (long)uart_read(to, size);
}

const struct wire_backend wire_uart = {
	.send = uart_send,
	.receive = uart_receive,
	.has_input = uart_has_input,
	.readable = &uart_readable,
	.payload_max = PAYLOAD_MAX,
};

void wire_uart_log(const char *text, size_t size)
{
	uart_write(text, size, NULL, 0);
}
