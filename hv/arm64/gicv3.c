/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * GICv3 (IHI 0069): distributor and redistributors by registers in memory, CPU interface and list registers by system
 * registers. All interrupts are group 1, priority 0xA0; security is whatever the firmware left (one or two states).
 */
#include <hv/arm64/gic.h>

#include <hv/arm64/cpu.h>
#include <hv/arm64/log.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/vcpu.h>

#define GICD_CTLR        0x0000
#define GICD_TYPER       0x0004
#define GICD_IGROUPR     0x0080
#define GICD_ISENABLER   0x0100
#define GICD_ICENABLER   0x0180
#define GICD_ISACTIVER   0x0300
#define GICD_ICACTIVER   0x0380
#define GICD_IPRIORITYR  0x0400
#define GICD_IROUTER     0x6000
#define GICD_CTLR_RWP    (1u << 31)
#define GICD_CTLR_ARE_G1 ((1u << 5) | (1u << 4) | (1u << 1) | (1u << 0))
#define GICR_TYPER       0x0008
#define GICR_WAKER       0x0014
#define GICR_SGI         0x10000   /* second frame: SGIs and PPIs, laid out like the distributor */
#define TYPER_VLPIS      (1u << 1) /* GICv4: twice as many frames */
#define TYPER_LAST       (1u << 4)

#define PREEMPTION_BITS \
	5u /* those of one active priorities register of each group, which are switched */

#define ICH_HCR_EN (1u << 0)

static uint64_t redists[MAX_CPUS]; /* by core */

static void dist_wait(void)
{
	while (mmio_read32(platform.gic_dist.start + GICD_CTLR) & GICD_CTLR_RWP)
		cpu_relax();
}

static void gicv3_init(void)
{
	uint64_t dist = platform.gic_dist.start;
	uint32_t lines = (mmio_read32(dist + GICD_TYPER) & 0x1F) + 1;

	gicv3_ops.lines = lines;
	mmio_write32(dist + GICD_CTLR, 0);
	dist_wait();
	for (uint32_t i = 1; i < lines; i++) {
		mmio_write32(dist + GICD_ICENABLER + 4 * i, ~0u);
		mmio_write32(dist + GICD_ICACTIVER + 4 * i, ~0u);
		mmio_write32(dist + GICD_IGROUPR + 4 * i, ~0u);
		for (uint32_t j = 0; j < 8; j++)
			mmio_write32(dist + GICD_IPRIORITYR + 32 * i + 4 * j, 0xA0A0A0A0);
	}
	dist_wait();
	mmio_write32(dist + GICD_CTLR, GICD_CTLR_ARE_G1);
	dist_wait();
}

/* Affinity as GICR_TYPER has it: Aff3.Aff2.Aff1.Aff0 in 32 bits */
static uint32_t affinity_pack(uint64_t mpidr)
{
	return (uint32_t)(((mpidr >> 32) & 0xFF) << 24 | (mpidr & 0xFFFFFF));
}

static uint64_t redist_find(uint64_t mpidr)
{
	for (unsigned i = 0; i < platform.gic_redist_count; i++) {
		const struct range *r = &platform.gic_redist[i];

		for (uint64_t a = r->start; a + GICR_STRIDE <= r->end;) {
			uint64_t typer = mmio_read64(a + GICR_TYPER);

			if ((uint32_t)(typer >> 32) == affinity_pack(mpidr))
				return a;
			if (typer & TYPER_LAST)
				break;
			a += typer & TYPER_VLPIS ? 2 * GICR_STRIDE : GICR_STRIDE;
		}
	}
	log_fatal("device tree: no GICv3 redistributor for core %llx", (unsigned long long)mpidr);
}

static void gicv3_init_cpu(struct cpu *cpu)
{
	uint64_t redist = redist_find(platform.cpu_mpidr[cpu->index]), sgi = redist + GICR_SGI;
	uint64_t vtr;
	unsigned lrs;

	redists[cpu->index] = redist;
	mmio_write32(redist + GICR_WAKER, 0);
	while (mmio_read32(redist + GICR_WAKER) & (1u << 2))
		cpu_relax();
	mmio_write32(sgi + GICD_ICENABLER, ~0u);
	mmio_write32(sgi + GICD_ICACTIVER, ~0u);
	mmio_write32(sgi + GICD_IGROUPR, ~0u);
	for (uint32_t j = 0; j < 8; j++)
		mmio_write32(sgi + GICD_IPRIORITYR + 4 * j, 0xA0A0A0A0);
	mmio_write32(sgi + GICD_ISENABLER, 1u << INTID_KICK | 1u << INTID_MAINTENANCE |
						   1u << INTID_VTIMER | 1u << INTID_PTIMER);

	sysreg_write(icc_sre_el2,
		     0xF); /* system registers; first EL1's choice is made, then it is trapped */
	isb();
	sysreg_write(icc_sre_el1, 7);
	isb();
	sysreg_write(icc_sre_el2, 7);
	isb();
	sysreg_write(icc_pmr_el1, 0xFF);     /* all priorities */
	sysreg_write(icc_ctlr_el1, 1u << 1); /* ICC_CTLR_EL1.EOImode */
	sysreg_write(icc_igrpen1_el1, 1);
	vtr = sysreg_read(ich_vtr_el2);
	/* with more, a guest's would stay in ICH_AP0R1_EL2 and so on, where they mask the next VM's interrupts */
	if ((vtr >> 26 & 7) + 1 > PREEMPTION_BITS)
		log_fatal("GICv3: more than %u virtual preemption bits", PREEMPTION_BITS);
	lrs = (unsigned)(vtr & 0x1F) + 1;
	gicv3_ops.lr_count = lrs < MAX_LRS ? lrs : MAX_LRS;
	for (unsigned i = 0; i < gicv3_ops.lr_count; i++)
		gicv3_ops.lr_write(i, 0);
	sysreg_write(ich_hcr_el2, ICH_HCR_EN);
	isb();
}

static uint32_t gicv3_acknowledge(void)
{
	uint32_t id = (uint32_t)sysreg_read(icc_iar1_el1);

	dsb(sy);
	return id & 0xFFFFFF;
}

static void gicv3_drop(uint32_t id)
{
	sysreg_write(icc_eoir1_el1, id);
	isb();
}

static void gicv3_deactivate(uint32_t id)
{
	sysreg_write(icc_dir_el1, id);
	isb();
}

static void gicv3_kick(uint32_t core)
{
	uint64_t m = platform.cpu_mpidr[core];
	uint64_t value = ((m >> 32) & 0xFF) << 48 | ((m >> 16) & 0xFF) << 32 |
			 ((m >> 8) & 0xFF) << 16 | ((m >> 4) & 0xF) << 44 |
			 (uint64_t)INTID_KICK << 24 | UINT64_C(1) << (m & 0xF);

	dsb(ishst);
	sysreg_write(icc_sgi1r_el1, value);
	isb();
}

static void gicv3_spi_enable(uint32_t id, bool enable, uint32_t core)
{
	uint64_t dist = platform.gic_dist.start;

	if (enable)
		mmio_write64(dist + GICD_IROUTER + 8 * id,
			     platform.cpu_mpidr[core] & MPIDR_AFFINITY);
	mmio_write32(dist + (enable ? GICD_ISENABLER : GICD_ICENABLER) + id / 32 * 4,
		     1u << id % 32);
	dist_wait();
}

static void gicv3_ppi_set_active(uint32_t id, bool active)
{
	uint64_t sgi = redists[cpu_this()->index] + GICR_SGI;

	mmio_write32(sgi + (active ? GICD_ISACTIVER : GICD_ICACTIVER), 1u << id);
}

/* Four are used, however many there are: more would only make every switch longer. */
static uint64_t gicv3_lr_read(unsigned index)
{
	switch (index) {
	case 0:
		return sysreg_read(ich_lr0_el2);
	case 1:
		return sysreg_read(ich_lr1_el2);
	case 2:
		return sysreg_read(ich_lr2_el2);
	default:
		return sysreg_read(ich_lr3_el2);
	}
}

static void gicv3_lr_write(unsigned index, uint64_t lr)
{
	switch (index) {
	case 0:
		sysreg_write(ich_lr0_el2, lr);
		break;
	case 1:
		sysreg_write(ich_lr1_el2, lr);
		break;
	case 2:
		sysreg_write(ich_lr2_el2, lr);
		break;
	default:
		sysreg_write(ich_lr3_el2, lr);
		break;
	}
}

static uint32_t gicv3_lr_empty(void)
{
	return (uint32_t)sysreg_read(ich_elrsr_el2);
}

static void gicv3_apr_write(uint64_t apr)
{
	sysreg_write(ich_ap0r0_el2, apr >> 32);
	sysreg_write(ich_ap1r0_el2, apr & 0xFFFFFFFF);
}

static void gicv3_refill_set(uint32_t when)
{
	sysreg_write(ich_hcr_el2, ICH_HCR_EN | when);
}

struct gic_ops gicv3_ops = {
	.version = 3,
	.lr_default = LR_GROUP1 | LR_PRIORITY,
	.init = gicv3_init,
	.init_cpu = gicv3_init_cpu,
	.acknowledge = gicv3_acknowledge,
	.drop = gicv3_drop,
	.deactivate = gicv3_deactivate,
	.kick = gicv3_kick,
	.spi_enable = gicv3_spi_enable,
	.ppi_set_active = gicv3_ppi_set_active,
	.lr_read = gicv3_lr_read,
	.lr_write = gicv3_lr_write,
	.lr_empty = gicv3_lr_empty,
	.apr_write = gicv3_apr_write,
	.refill_set = gicv3_refill_set,
};
