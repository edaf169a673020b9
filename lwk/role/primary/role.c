/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scheduler of a partition node: log and wire on the console that the manifest gave, the VMs as files for the control task,
 * which is /init here and writes to the log.
 */
#include <arch/psci.h>
#include <bulkhead/dt.h>
#include <lwk/log.h>
#include <lwk/role.h>
#include <lwk/uart.h>
#include <lwk/wire_uart.h>
#include <role/primary/vm.h>

static int primary_init(void)
{
	return uart_init();
}

static int primary_start(void)
{
	int status = wire_init(&wire_uart);

	status = status ? status : wire_init_raw();
	status = status ? status : uart_start_input();
	status = status ? status : vm_discover();
	status = status ? status : vm_devices_register();
	return status ? status : hvlog_register();
}

const struct role role_primary = {
	.name = DT_ROLE_PRIMARY,
	.uses_physical_timer = true,
	.init_files = {"/dev/null", "/dev/kmsg", "/dev/kmsg"},
	.init = primary_init,
	.start = primary_start,
	.log_write = wire_uart_log,
	.power_off = psci_system_off,
};
