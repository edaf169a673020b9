/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine as its device tree describes it: memory, cores, interrupt controller, console. Filled once at boot, constant after.
 */
#ifndef HV_ARM64_PLATFORM_H
#define HV_ARM64_PLATFORM_H

#include <bulkhead/types.h>
#include <hv/arm64/limits.h>
#include <lib/range.h>

#define MAX_REDISTS 8

struct platform {
	struct range_set ram;
	uint32_t cpu_count;
	uint64_t cpu_mpidr[MAX_CPUS]; /* affinity fields only */

	unsigned gic_version; /* 2 or 3 */
	struct range gic_dist;
	struct range gic_redist[MAX_REDISTS]; /* version 3 */
	unsigned gic_redist_count;
	struct range gicc, gich,
		gicv; /* version 2: CPU interface, hypervisor control, virtual CPU interface */

	struct range uart; /* the PL011 of stdout-path; start == end when there is none */
	uint32_t uart_irq; /* interrupt id */

	struct range
		node_ram[MAX_NODES]; /* a NUMA node's first memory; start == end: no such node */
	const void *
		distances; /* distance-matrix of the machine's device tree, as it stands there; NULL: none */
	int distances_size;

	struct range bundle; /* the boot bundle: QEMU's initrd */
};

extern struct platform platform;

/* Reads the device tree at `fdt`. On an error returns what is wrong as a sentence, NULL when all is well. */
const char *platform_read(const void *fdt);

#endif
