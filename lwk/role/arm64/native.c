/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Alone on the machine: log and wire on the serial line, power by PSCI or by the board's watchdog.
 */
#include <arch/psci.h>
#include <lwk/log.h>
#include <lwk/role.h>
#include <lwk/uart.h>
#include <lwk/watchdog.h>
#include <lwk/wire_uart.h>

static int native_init(void)
{
	return uart_init();
}

static int native_start(void)
{
	int status = wire_init(&wire_uart);

	return status ? status : uart_start_input();
}

static void native_power_off(void)
{
	psci_system_off();
	watchdog_power_off();
}

const struct role role_native = {
	.name = "native",
	.init_files = {"/dev/wire/stdin", "/dev/wire/stdout", "/dev/wire/stderr"},
	.init = native_init,
	.start = native_start,
	.log_write = wire_uart_log,
	.power_off = native_power_off,
};
