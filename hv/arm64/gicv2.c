/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * GICv2 (IHI 0048): distributor, CPU interface and virtual interface control, all by registers in memory. The virtual CPU interface
 * (GICV) is mapped into guests, which drive it like a physical one.
 */
#include <hv/arm64/gic.h>

#include <hv/arm64/cpu.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/vcpu.h>

#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_ISENABLER  0x100
#define GICD_ICENABLER  0x180
#define GICD_ISACTIVER  0x300
#define GICD_ICACTIVER  0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR  0x800
#define GICD_SGIR       0xF00
#define GICC_CTLR       0x0000
#define GICC_PMR        0x0004
#define GICC_IAR        0x000C
#define GICC_EOIR       0x0010
#define GICC_DIR        0x1000
#define GICC_ENABLE     1u
#define GICC_EOIMODE    (1u << 9)
#define GICH_HCR        0x000
#define GICH_VTR        0x004
#define GICH_ELRSR      0x030
#define GICH_LR         0x100
#define GICH_HCR_EN     (1u << 0)

static uint8_t targets[MAX_CPUS];     /* CPU interface mask of each core */
static uint32_t sgi_source[MAX_CPUS]; /* upper bits of the IAR of the kick being handled */

static void dist_write(uint32_t offset, uint32_t value)
{
	mmio_write32(platform.gic_dist.start + offset, value);
}

static void gicv2_init(void)
{
	uint32_t lines = (mmio_read32(platform.gic_dist.start + GICD_TYPER) & 0x1F) + 1;

	gicv2_ops.lines = lines;
	dist_write(GICD_CTLR, 0);
	for (uint32_t i = 1; i < lines; i++) {
		dist_write(GICD_ICENABLER + 4 * i, ~0u);
		dist_write(GICD_ICACTIVER + 4 * i, ~0u);
		for (uint32_t j = 0; j < 8; j++)
			dist_write(GICD_IPRIORITYR + 32 * i + 4 * j, 0xA0A0A0A0);
	}
	dist_write(GICD_CTLR, 1);
}

static void gicv2_init_cpu(struct cpu *cpu)
{
	unsigned lrs;

	/* the target registers of private interrupts read as this core's own mask (IHI 0048 4.3.12) */
	targets[cpu->index] = (uint8_t)mmio_read32(platform.gic_dist.start + GICD_ITARGETSR);
	dist_write(GICD_ICENABLER, ~0u);
	dist_write(GICD_ICACTIVER, ~0u);
	for (uint32_t j = 0; j < 8; j++)
		dist_write(GICD_IPRIORITYR + 4 * j, 0xA0A0A0A0);
	dist_write(GICD_ISENABLER, 1u << INTID_KICK | 1u << INTID_MAINTENANCE | 1u << INTID_VTIMER |
					   1u << INTID_PTIMER);
	mmio_write32(platform.gicc.start + GICC_PMR, 0xFF);
	mmio_write32(platform.gicc.start + GICC_CTLR, GICC_ENABLE | GICC_EOIMODE);
	lrs = (mmio_read32(platform.gich.start + GICH_VTR) & 0x3F) + 1;
	gicv2_ops.lr_count = lrs < MAX_LRS ? lrs : MAX_LRS;
	for (unsigned i = 0; i < gicv2_ops.lr_count; i++)
		gicv2_ops.lr_write(i, 0);
	mmio_write32(platform.gich.start + GICH_HCR, GICH_HCR_EN);
}

static uint32_t gicv2_acknowledge(void)
{
	uint32_t iar = mmio_read32(platform.gicc.start + GICC_IAR);

	if ((iar & 0x3FF) == INTID_KICK)
		sgi_source[cpu_this()->index] = iar & ~0x3FFu;
	return iar & 0x3FF;
}

/* EOIR and DIR want an SGI's source core back */
static uint32_t iar_of(uint32_t id)
{
	return id == INTID_KICK ? id | sgi_source[cpu_this()->index] : id;
}

static void gicv2_drop(uint32_t id)
{
	mmio_write32(platform.gicc.start + GICC_EOIR, iar_of(id));
}

static void gicv2_deactivate(uint32_t id)
{
	mmio_write32(platform.gicc.start + GICC_DIR, iar_of(id));
}

static void gicv2_kick(uint32_t core)
{
	dsb(ishst);
	dist_write(GICD_SGIR, (uint32_t)targets[core] << 16 | INTID_KICK);
}

static void gicv2_spi_enable(uint32_t id, bool enable, uint32_t core)
{
	if (enable)
		mmio_write8(platform.gic_dist.start + GICD_ITARGETSR + id, targets[core]);
	dist_write((enable ? GICD_ISENABLER : GICD_ICENABLER) + id / 32 * 4, 1u << id % 32);
}

static void gicv2_ppi_set_active(uint32_t id, bool active)
{
	dist_write(active ? GICD_ISACTIVER : GICD_ICACTIVER, 1u << id);
}

/* GICH_LR: state 29:28, HW 31, group 30, priority 27:23, physical id 19:10, virtual id 9:0; a guest's GICC_CTLR bit 0 enables group 0 */
static uint64_t gicv2_lr_read(unsigned index)
{
	uint64_t lr = mmio_read32(platform.gich.start + GICH_LR + 4 * index);

	return (lr >> 28 & 3) << 62 | (lr >> 31 & 1) << 61 | (lr >> 30 & 1) << 60 |
	       (lr >> 23 & 0x1F) << 51 | LR_PINTID(lr >> 10 & 0x3FF) | (lr & 0x3FF);
}

static void gicv2_lr_write(unsigned index, uint64_t lr)
{
	uint32_t value = (uint32_t)(lr >> 62 & 3) << 28 | (uint32_t)(lr >> 61 & 1) << 31 |
			 (uint32_t)(lr >> 60 & 1) << 30 | (uint32_t)(lr >> 32 & 0x3FF) << 10 |
			 (uint32_t)(lr >> 51 & 0x1F) << 23 | (uint32_t)(lr & 0x3FF);

	mmio_write32(platform.gich.start + GICH_LR + 4 * index, value);
}

static uint32_t gicv2_lr_empty(void)
{
	return mmio_read32(platform.gich.start + GICH_ELRSR);
}

static void gicv2_apr_write(uint64_t apr)
{
	mmio_write32(platform.gich.start + GICH_APR, (uint32_t)apr);
}

static void gicv2_refill_set(uint32_t when)
{
	mmio_write32(platform.gich.start + GICH_HCR, GICH_HCR_EN | when);
}

struct gic_ops gicv2_ops = {
	.version = 2,
	.lr_default = LR_PRIORITY,
	.init = gicv2_init,
	.init_cpu = gicv2_init_cpu,
	.acknowledge = gicv2_acknowledge,
	.drop = gicv2_drop,
	.deactivate = gicv2_deactivate,
	.kick = gicv2_kick,
	.spi_enable = gicv2_spi_enable,
	.ppi_set_active = gicv2_ppi_set_active,
	.lr_read = gicv2_lr_read,
	.lr_write = gicv2_lr_write,
	.lr_empty = gicv2_lr_empty,
	.apr_write = gicv2_apr_write,
	.refill_set = gicv2_refill_set,
};
