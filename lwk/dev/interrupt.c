/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Dispatch of interrupts.
 */
#include <arch/context.h>
#include <bulkhead/dt.h>
#include <lwk/core.h>
#include <lwk/dt.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/sched.h>

struct interrupt {
	void (*handler)(void *arg);
	void *arg;
	bool is_off; /* it came before it had a handler */
};

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

const struct irqchip *irqchip;
static struct interrupt interrupts[INTERRUPT_MAX];

static void reschedule(void *arg)
{
	(void)arg;
	sched_ipi();
}

static void stop(void *arg)
{
	(void)arg;
	for (;;)
		arch_wait_interrupt();
}

void interrupt_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		int node = dt_find_compatible(-1, probes[i].compatible);

		if (node < 0)
			continue;
		if (probes[i].probe(node) != 0)
			panic("device tree: interrupt controller %s lacks what it needs",
			      dt_name(node));
		interrupt_register(IPI_RESCHEDULE, reschedule, NULL);
		interrupt_register(IPI_STOP, stop, NULL);
		return;
	}
	panic("device tree: no interrupt controller that this kernel knows");
}

void interrupt_init_core(void)
{
	irqchip->init_core();
}

bool interrupt_of_node(int node, unsigned index, unsigned *irq)
{
	uint32_t cells[4];
	unsigned count = dt_interrupt(node, index, cells);

	return count > 0 && irqchip->translate(dt_interrupt_parent(node), cells, count, irq);
}

void interrupt_register(unsigned irq, void (*handler)(void *arg), void *arg)
{
	if (irq >= INTERRUPT_MAX || interrupts[irq].handler)
		panic("interrupt %u cannot be registered", irq);
	interrupts[irq].arg = arg;
	interrupts[irq].handler = handler;
	if (interrupts[irq].is_off)
		irqchip->enable(irq);
}

/* A device nobody knows would interrupt for ever. */
static void interrupt_unexpected(unsigned irq)
{
	interrupts[irq].is_off = true;
	irqchip->disable(irq);
	log_warn("interrupt %u has no handler and is turned off", irq);
}

void interrupt_handle(void)
{
	struct core *core = core_self();
	unsigned irq;

	while ((irq = irqchip->acknowledge()) < INTERRUPT_MAX) {
		core->interrupts++;
		if (interrupts[irq].handler)
			interrupts[irq].handler(interrupts[irq].arg);
		else
			interrupt_unexpected(irq);
		irqchip->end(irq);
		if (core->timer_fired) {
			core->timer_fired = false;
			sched_timer_interrupt();
		}
	}
}
