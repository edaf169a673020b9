/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Dispatch of interrupts.
 */
#include <arch/context.h>
#include <lwk/core.h>
#include <lwk/file_text.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/role.h>
#include <lwk/sched.h>

struct interrupt {
	void (*handler)(void *arg);
	void *arg;
	bool is_off; /* it came before it had a handler */
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
	if (role->core_down)
		role->core_down();
	arch_halt();
}

void interrupt_init(void)
{
	interrupt_find();
	interrupt_register(IPI_RESCHEDULE, reschedule, NULL);
	interrupt_register(IPI_STOP, stop, NULL);
}

void interrupt_init_core(void)
{
	irqchip->init_core();
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

/* A device nobody knows would interrupt for ever. What cannot be turned off is told of once. */
static void interrupt_unexpected(unsigned irq)
{
	core_self()->strays++;
	if (interrupts[irq].is_off)
		return;
	interrupts[irq].is_off = true;
	irqchip->disable(irq);
	log_warn("interrupt %u has no handler and is turned off", irq);
}

static void print_interrupts(struct text *text, void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < core_count; i++)
		text_print(text, "cpu%u %lu unexpected %lu\n", i, cores[i].interrupts,
			   cores[i].strays);
}

int interrupt_files_init(void)
{
	return text_file_register("/proc/interrupts", print_interrupts, NULL);
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
