/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parts of GICv2 and GICv3 that are alike.
 */
#include <lib/arch/arm64/sysreg.h>
#include <lwk/gic.h>
#include <lwk/interrupt.h>

bool gic_translate(int parent, const uint32_t *cells, unsigned count, unsigned *irq)
{
	(void)parent;
	if (count != 3 || cells[0] > 1 || cells[1] >= (cells[0] == 1 ? 16u : INTERRUPT_MAX - 32))
		return false;
	*irq = cells[1] + (cells[0] == 1 ? 16u : GIC_SPI_BASE);
	return true;
}

void gic_distributor_reset(uint64_t distributor)
{
	unsigned count = 32 * ((mmio_read32(distributor + GICD_TYPER) & 31) + 1);

	for (unsigned irq = GIC_SPI_BASE; irq < count; irq += 32) {
		mmio_write32(distributor + GICD_ICENABLER + irq / 8, UINT32_MAX);
		mmio_write32(distributor + GICD_IGROUPR + irq / 8, UINT32_MAX);
		mmio_write32(distributor + GICD_ICFGR + irq / 4, 0);
		mmio_write32(distributor + GICD_ICFGR + irq / 4 + 4, 0);
	}
	for (unsigned irq = GIC_SPI_BASE; irq < count; irq += 4)
		mmio_write32(distributor + GICD_IPRIORITYR + irq, GIC_PRIORITY_4);
}
