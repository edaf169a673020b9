/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The local APIC (Intel SDM 3A 11), in the mode in which the host left it: registers in a page, or as model-specific registers (x2APIC). This
 * core's only: nothing here touches an I/O APIC.
 */
#include <arch/mmu.h>
#include <lib/arch/x86/cpu.h>
#include <lwk/apic.h>
#include <lwk/core.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>

#define APIC_PRIORITY     0x080u
#define APIC_EOI          0x0b0u
#define APIC_SPURIOUS     0x0f0u
#define APIC_IN_SERVICE   0x100u /* 32 vectors each 16 bytes */
#define APIC_ICR          0x300u
#define APIC_ICR_HIGH     0x310u
#define APIC_LVT_TIMER    0x320u
#define APIC_LVT_THERMAL  0x330u
#define APIC_LVT_COUNTERS 0x340u
#define APIC_LVT_LINT0    0x350u
#define APIC_LVT_LINT1    0x360u
#define APIC_LVT_ERROR    0x370u
#define APIC_TIMER_START  0x380u
#define APIC_TIMER_LEFT   0x390u
#define APIC_TIMER_DIVIDE 0x3e0u

#define SPURIOUS_ENABLE 0x100u
#define LVT_MASKED      0x10000u
#define TIMER_DEADLINE  0x40000u
#define DIVIDE_BY_16    3u
#define ICR_PENDING     0x1000u
#define ICR_HIGH_ID(id) ((id) << 24)

#define REGISTERS_SIZE 0x1000u

static uint64_t registers; /* 0: x2APIC */

static uint32_t apic_read(uint32_t offset)
{
	if (!registers)
		return (uint32_t)msr_read(MSR_X2APIC + offset / 16);
	return mmio_read32(registers + offset);
}

static void apic_write(uint32_t offset, uint32_t value)
{
	if (registers)
		mmio_write32(registers + offset, value);
	else
		msr_write(MSR_X2APIC + offset / 16, value);
}

void apic_timer_init(bool deadline)
{
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_16);
	apic_write(APIC_LVT_TIMER,
		   APIC_VECTOR_OWN + APIC_TIMER_IRQ + (deadline ? TIMER_DEADLINE : 0));
	__asm__ volatile("mfence" ::: "memory"); /* SDM 11.5.4.1: before the first deadline */
}

void apic_timer_count(uint32_t count)
{
	apic_write(APIC_TIMER_START, count);
}

uint32_t apic_timer_left(void)
{
	return apic_read(APIC_TIMER_LEFT);
}

static void apic_init_core(void)
{
	static const uint32_t unused[] = {APIC_LVT_THERMAL, APIC_LVT_COUNTERS, APIC_LVT_LINT0,
					  APIC_LVT_LINT1, APIC_LVT_ERROR};

	for (size_t i = 0; i < ARRAY_SIZE(unused); i++)
		apic_write(unused[i], LVT_MASKED);
	apic_write(APIC_PRIORITY, 0);
	apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE | APIC_VECTOR_SPURIOUS);
}

/* Between cores and from the timer: always on; nothing else has a line of its own. */
static void apic_switch(unsigned irq)
{
	(void)irq;
}

static bool is_in_service(unsigned vector)
{
	return apic_read(APIC_IN_SERVICE + vector / 32 * 16) >> vector % 32 & 1;
}

/* A spurious interrupt wants no end, but one that somebody has sent with that vector: without, it holds up all below. */
static unsigned apic_spurious(void)
{
	core_self()->strays++;
	if (is_in_service(APIC_VECTOR_SPURIOUS))
		apic_write(APIC_EOI, 0);
	return INTERRUPT_NONE;
}

static unsigned apic_acknowledge(void)
{
	struct core *core = core_self();
	unsigned vector = core->arch.vector;

	core->arch.vector = 0;
	if (vector == 0)
		return INTERRUPT_NONE;
	if (vector == APIC_VECTOR_SPURIOUS)
		return apic_spurious();
	return vector - APIC_VECTOR_OWN < APIC_VECTORS_OWN ? vector - APIC_VECTOR_OWN : vector;
}

static void apic_end(unsigned irq)
{
	(void)irq;
	apic_write(APIC_EOI, 0);
}

void apic_send(uint32_t apic_id, uint32_t vector)
{
	uint64_t flags;

	__asm__ volatile("mfence\n\tlfence" ::
				 : "memory"); /* SDM 11.12.3: what the other core is to see */
	if (!registers) {
		msr_write(MSR_X2APIC + APIC_ICR / 16, (uint64_t)apic_id << 32 | vector);
		return;
	}
	flags = arch_irq_save();
	while (apic_read(APIC_ICR) & ICR_PENDING)
		cpu_relax();
	apic_write(APIC_ICR_HIGH, ICR_HIGH_ID(apic_id));
	apic_write(APIC_ICR, vector);
	arch_irq_restore(flags);
}

static void apic_send_core(const struct core *core, unsigned irq)
{
	apic_send(core->arch.apic_id, APIC_VECTOR_OWN + irq);
}

static struct irqchip apic = {
	.name = "local APIC",
	.init_core = apic_init_core,
	.enable = apic_switch,
	.disable = apic_switch,
	.acknowledge = apic_acknowledge,
	.end = apic_end,
	.send = apic_send_core,
};

void interrupt_find(void)
{
	uint64_t base = msr_read(MSR_APIC_BASE);

	irqchip = &apic;
	if (base & APIC_BASE_X2APIC) {
		apic.name = "local APIC in x2APIC mode";
		return;
	}
	registers = (uint64_t)io_map(PA(base & APIC_BASE_ADDRESS), REGISTERS_SIZE);
	if (!registers)
		panic("no memory to map the local APIC");
}
