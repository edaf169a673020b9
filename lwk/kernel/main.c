/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Boot, in phases with a line each: 1 memory, 2 interrupts, 3 cores, 4 files and devices, 5 init.
 * Whatever fails ends the boot.
 */
#include <lwk/boot.h>
#include <lwk/core.h>
#include <lwk/heap.h>
#include <lwk/interrupt.h>
#include <lwk/log_sink.h>
#include <lwk/parameters.h>
#include <lwk/process.h>
#include <lwk/process_files.h>
#include <lwk/progress.h>
#include <lwk/role.h>
#include <lwk/syscall.h>
#include <lwk/topology.h>
#include <lwk/wire_device.h>

static void must(int status, const char *what)
{
	if (status)
		panic("boot: %s: error %d", what, -status);
}

void kernel_main(const struct boot_info *info)
{
	role_find();
	must(role->init(), "console");
	log_set_sink(role->log_write);
	parameters_apply(info->parameters);
	log_info("Bulkhead LWK, role %s; phase 1: %lu MiB of memory", role->name,
		 page_total_count() >> 8);
	syscall_init();

	arch_boot_interrupts();
	log_info("phase 2: interrupts by %s", irqchip->name);

	arch_boot_cores();
	log_info("phase 3: %u core%s", core_count, core_count == 1 ? "" : "s");

	if (!info->initrd)
		panic("boot: no initrd in memory, which has the initial files");
	must(file_tree_init(info->initrd, info->initrd_size), "initial file tree");
	must(basic_devices_init(), "devices");
	must(syscall_report_init(), "devices");
	must(topology_files_init(), "topology");
	must(interrupt_files_init(), "devices");
	must(role->start(), "role");
	log_info("phase 4: files and devices");

	must(process_start_init(role->init_files), "/init");
	log_info("phase 5: init, with %lu MiB free", page_free_count() >> 8);
	progress_start_core();
	progress_start();
	sched_idle();
}
