/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scheduler of a partition node: log and wire on the console, if the manifest gave it, the VMs as files for the control task,
 * which is /init here and writes to the log. Without a console there is no wire, and the log is the hypervisor's.
 */
#include <arch/psci.h>
#include <bulkhead/dt.h>
#include <lwk/errno.h>
#include <lwk/log.h>
#include <lwk/role.h>
#include <lwk/uart.h>
#include <lwk/wire_uart.h>
#include <role/primary/vm.h>

static bool has_console;

static int primary_init(void)
{
	int status = uart_init();

	has_console = !status;
	return status == -ENODEV ? 0 : status;
}

static int wire_start(void)
{
	int status = wire_init(&wire_uart);

	status = status ? status : wire_init_raw();
	return status ? status : uart_start_input();
}

static int primary_start(void)
{
	int status = has_console ? wire_start() : 0;

	status = status ? status : vm_discover();
	status = status ? status : vm_notify_init();
	status = status ? status : vm_wake_init();
	if (!status)
		vm_forward_init();
	status = status ? status : vm_devices_register();
	status = status ? status : vm_manager_register();
	return status ? status : hvlog_register();
}

static void primary_log(const char *text, size_t size)
{
	if (has_console)
		wire_uart_log(text, size);
	else
		vm_log_write(text, size);
}

const struct role role_primary = {
	.name = DT_ROLE_PRIMARY,
	.uses_physical_timer = true,
	.init_files = {"/dev/null", "/dev/kmsg", "/dev/kmsg"},
	.init = primary_init,
	.start = primary_start,
	.log_write = primary_log,
	.power_off = psci_system_off,
};
