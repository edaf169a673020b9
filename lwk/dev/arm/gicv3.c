/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * GICv3 (IHI 0069): distributor and redistributors natively; its CPU interface (ICC system
 * registers) is also what a VM has. All interrupts are non-secure group 1, of one priority.
 */
#include <arch/core.h>
#include <arch/mmu.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/core.h>
#include <lwk/dt.h>
#include <lwk/errno.h>
#include <lwk/gic.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>

#define GICR_WAKER       0x0014u
#define GICR_TYPER       0x0008u
#define GICR_SGI_BASE    0x10000u
#define GICR_STRIDE      0x20000u
#define GICR_STRIDE_VLPI 0x40000u
#define GICD_IROUTER     0x6000u
#define GICD_CTLR_ARE    (1u << 4)
#define GICD_CTLR_GRP1   (1u << 1)
#define GICD_CTLR_RWP    (1u << 31)
#define WAKER_SLEEP      (1u << 1)
#define WAKER_ASLEEP     (1u << 2)
#define TYPER_LAST       (1u << 4)
#define TYPER_VLPIS      (1u << 1)

#define ICC_SRE   S3_0_C12_C12_5
#define ICC_PMR   S3_0_C4_C6_0
#define ICC_BPR1  S3_0_C12_C12_3
#define ICC_CTLR  S3_0_C12_C12_4
#define ICC_IGRP1 S3_0_C12_C12_7
#define ICC_IAR1  S3_0_C12_C12_0
#define ICC_EOIR1 S3_0_C12_C12_1
#define ICC_SGI1R S3_0_C12_C11_5

/* the sysreg macros paste their argument */
#define READ(name)         sysreg_read(name)
#define WRITE(name, value) sysreg_write(name, value)

static uint64_t distributor;
static struct dt_reg redistributors;
static uint64_t redistributor_map;

unsigned gicv3_acknowledge(void)
{
	return (unsigned)READ(ICC_IAR1);
}

void gicv3_end(unsigned irq)
{
	WRITE(ICC_EOIR1, irq);
}

void gicv3_cpu_init(void)
{
	WRITE(ICC_SRE, READ(ICC_SRE) | 1);
	isb();
	WRITE(ICC_PMR, GIC_PRIORITY_ALL);
	WRITE(ICC_BPR1, 0);
	WRITE(ICC_CTLR, 0);
	WRITE(ICC_IGRP1, 1);
	isb();
}

static void gicv3_send(const struct core *core, unsigned irq)
{
	uint64_t mpidr = core->arch.mpidr;
	uint64_t target = UINT64_C(1) << (mpidr & 15);

	dsb(ishst); /* what the other core is to see */
	WRITE(ICC_SGI1R, (mpidr >> 32 & 0xff) << 48 | (mpidr >> 16 & 0xff) << 32 |
				 (uint64_t)irq << 24 | (mpidr >> 8 & 0xff) << 16 |
				 (mpidr >> 4 & 15) << 44 | target);
	isb();
}

/* the calling core's redistributor, found by its affinity; 0 when there is none */
static uint64_t redistributor_of(uint64_t mpidr)
{
	uint64_t affinity = (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff);
	uint64_t at = redistributor_map, end = at + redistributors.size;

	while (at < end) {
		uint64_t typer = mmio_read64(at + GICR_TYPER);

		if (typer >> 32 == affinity)
			return at;
		if (typer & TYPER_LAST)
			break;
		at += typer & TYPER_VLPIS ? GICR_STRIDE_VLPI : GICR_STRIDE;
	}
	return 0;
}

static uint64_t bank_of(unsigned irq)
{
	return irq < GIC_SPI_BASE ? redistributor_of(core_self()->arch.mpidr) + GICR_SGI_BASE
				  : distributor;
}

static void gicv3_enable(unsigned irq)
{
	uint64_t bank = bank_of(irq);

	if (irq >= GIC_SPI_BASE)
		mmio_write64(distributor + GICD_IROUTER + 8 * irq, cores[0].arch.mpidr);
	mmio_write32(bank + GICD_ISENABLER + irq / 32 * 4, 1u << irq % 32);
}

static void gicv3_disable(unsigned irq)
{
	mmio_write32(bank_of(irq) + GICD_ICENABLER + irq / 32 * 4, 1u << irq % 32);
}

static void wait_distributor(void)
{
	while (mmio_read32(distributor + GICD_CTLR) & GICD_CTLR_RWP)
		cpu_relax();
}

static void gicv3_init_core(void)
{
	uint64_t redistributor = redistributor_of(core_self()->arch.mpidr);
	uint64_t sgi = redistributor + GICR_SGI_BASE;

	if (redistributor == 0)
		panic("GIC: no redistributor for core %u", core_self()->index);
	mmio_write32(redistributor + GICR_WAKER,
		     mmio_read32(redistributor + GICR_WAKER) & ~WAKER_SLEEP);
	while (mmio_read32(redistributor + GICR_WAKER) & WAKER_ASLEEP)
		cpu_relax();
	mmio_write32(sgi + GICD_IGROUPR, UINT32_MAX);
	mmio_write32(sgi + GICD_ICENABLER, UINT32_MAX);
	for (unsigned i = 0; i < GIC_SPI_BASE; i += 4)
		mmio_write32(sgi + GICD_IPRIORITYR + i, GIC_PRIORITY_4);
	mmio_write32(sgi + GICD_ISENABLER, 0xffff); /* interrupts between cores */
	gicv3_cpu_init();
}

static const struct irqchip gicv3 = {
	.name = "GICv3",
	.init_core = gicv3_init_core,
	.translate = gic_translate,
	.enable = gicv3_enable,
	.disable = gicv3_disable,
	.acknowledge = gicv3_acknowledge,
	.end = gicv3_end,
	.send = gicv3_send,
};

int gicv3_probe(int node)
{
	struct dt_reg reg;

	if (!dt_reg(node, 0, &reg) || !dt_reg(node, 1, &redistributors))
		return -EINVAL;
	distributor = (uint64_t)io_map(reg.base, reg.size);
	redistributor_map = (uint64_t)io_map(redistributors.base, redistributors.size);
	if (!distributor || !redistributor_map)
		return -ENOMEM;
	mmio_write32(distributor + GICD_CTLR, 0);
	wait_distributor();
	gic_distributor_reset(distributor);
	mmio_write32(distributor + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
	wait_distributor();
	irqchip = &gicv3;
	return 0;
}
