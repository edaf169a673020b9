/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interrupt controller that the device tree names, and interrupts of its nodes.
 */
#include <bulkhead/dt.h>
#include <lwk/dt.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>

struct probe {
	const char *compatible;
	int (*probe)(int node);
};

static const struct probe probes[] = {
	{DT_PV_GICV3_COMPATIBLE, gic_pv_probe},
	{DT_PV_GICV2_COMPATIBLE, gic_pv_probe},
	{"arm,gic-v3", gicv3_probe},
	{"arm,cortex-a15-gic", gicv2_probe},
	{"arm,gic-400", gicv2_probe},
	{"brcm,bcm2836-l1-intc", bcm2836_probe},
};

void interrupt_find(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		int node = dt_find_compatible(-1, probes[i].compatible);

		if (node < 0)
			continue;
		if (probes[i].probe(node) != 0)
			panic("device tree: interrupt controller %s lacks what it needs",
			      dt_name(node));
		return;
	}
	panic("device tree: no interrupt controller that this kernel knows");
}

bool interrupt_of_node(int node, unsigned index, unsigned *irq)
{
	uint32_t cells[4];
	unsigned count = dt_interrupt(node, index, cells);

	return count > 0 && irqchip->translate(dt_interrupt_parent(node), cells, count, irq);
}
