/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * GICv2 (IHI 0048): distributor natively; its CPU interface, GICC, has the same layout as GICV,
 * which a VM has.
 */
#include <arch/mmu.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/core.h>
#include <lwk/dt.h>
#include <lwk/errno.h>
#include <lwk/gic.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>

#define GICC_CTLR 0x00u
#define GICC_PMR  0x04u
#define GICC_BPR  0x08u
#define GICC_IAR  0x0cu
#define GICC_EOIR 0x10u

/*
 * Whatever group an interrupt is in (non-secure code sees one group and only bit 0): enabled, and
 * acknowledged alike.
 */
#define GICD_CTLR_GROUPS 0x3u
#define GICC_CTLR_GROUPS 0x7u
#define IAR_ID           0x3ffu

static uint64_t distributor;
static uint64_t cpu_interface;
static uint8_t
	target_of[CORES_MAX]; /* each core's bit in targets, read from its own banked registers */
static uint32_t sgi_source[CORES_MAX]; /* what IAR said, EOIR wants it back */

void gicv2_cpu_set(uint64_t registers)
{
	cpu_interface = registers;
}

void gicv2_cpu_init(void)
{
	mmio_write32(cpu_interface + GICC_PMR, GIC_PRIORITY_ALL);
	mmio_write32(cpu_interface + GICC_BPR, 0);
	mmio_write32(cpu_interface + GICC_CTLR, GICC_CTLR_GROUPS);
}

/* Interrupts do not nest: one word a core remembers the SGI's source. */
unsigned gicv2_acknowledge(void)
{
	uint32_t iar = mmio_read32(cpu_interface + GICC_IAR);

	sgi_source[core_self()->index] = iar & ~IAR_ID;
	return iar & IAR_ID;
}

void gicv2_end(unsigned irq)
{
	mmio_write32(cpu_interface + GICC_EOIR, irq | sgi_source[core_self()->index]);
}

static void gicv2_send(const struct core *core, unsigned irq)
{
	dsb(ishst); /* what the other core is to see */
	mmio_write32(distributor + GICD_SGIR, (uint32_t)target_of[core->index] << 16 | irq);
}

static void gicv2_enable(unsigned irq)
{
	if (irq >= GIC_SPI_BASE)
		mmio_write8(distributor + GICD_ITARGETSR + irq, target_of[0]);
	mmio_write32(distributor + GICD_ISENABLER + irq / 32 * 4, 1u << irq % 32);
}

static void gicv2_disable(unsigned irq)
{
	mmio_write32(distributor + GICD_ICENABLER + irq / 32 * 4, 1u << irq % 32);
}

static void gicv2_init_core(void)
{
	target_of[core_self()->index] = mmio_read8(distributor + GICD_ITARGETSR);
	mmio_write32(distributor + GICD_ICENABLER, 0xffff0000);
	mmio_write32(distributor + GICD_IGROUPR, 0);
	for (unsigned i = 0; i < GIC_SPI_BASE; i += 4)
		mmio_write32(distributor + GICD_IPRIORITYR + i, GIC_PRIORITY_4);
	mmio_write32(distributor + GICD_ISENABLER, 0xffff); /* interrupts between cores */
	gicv2_cpu_init();
}

static const struct irqchip gicv2 = {
	.name = "GICv2",
	.init_core = gicv2_init_core,
	.translate = gic_translate,
	.enable = gicv2_enable,
	.disable = gicv2_disable,
	.acknowledge = gicv2_acknowledge,
	.end = gicv2_end,
	.send = gicv2_send,
};

int gicv2_probe(int node)
{
	struct dt_reg reg, cpu;

	if (!dt_reg(node, 0, &reg) || !dt_reg(node, 1, &cpu))
		return -EINVAL;
	distributor = (uint64_t)io_map(reg.base, reg.size);
	cpu_interface = (uint64_t)io_map(cpu.base, cpu.size);
	if (!distributor || !cpu_interface)
		return -ENOMEM;
	mmio_write32(distributor + GICD_CTLR, 0);
	gic_distributor_reset(distributor);
	mmio_write32(distributor + GICD_CTLR, GICD_CTLR_GROUPS);
	irqchip = &gicv2;
	return 0;
}
