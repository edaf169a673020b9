/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The generic timer: the virtual one, or the physical one where this kernel is the node's
 * scheduler. The virtual counter tells the time everywhere. Conversions multiply by a 32.32
 * fixed-point factor; deadlines are rounded up.
 */
#include <arch/timer.h>
#include <arch/vdso.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/clock.h>
#include <lwk/clock_set.h>
#include <lwk/dt.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/sched.h>
#include <lwk/timer.h>

#define CTL_ENABLE 1u
#define CTL_MASKED 2u

/* order of interrupts in the binding arm,armv8-timer */
#define DT_PHYSICAL 1u
#define DT_VIRTUAL  2u

static uint64_t counter_hz = 1;
static uint64_t ns_factor;   /* ns per tick, 32.32 */
static uint64_t tick_factor; /* ticks per ns, 32.32 */
static uint64_t boot_ns;
static bool is_physical;
static unsigned timer_irq;

static uint64_t scale(uint64_t value, uint64_t factor)
{
	return (uint64_t)(((unsigned __int128)value * factor) >> 32);
}

uint64_t arch_counter_read(void)
{
	isb(); /* or the read could be done early */
	return sysreg_read(cntvct_el0);
}

uint64_t time_now_ns(void)
{
	return scale(arch_counter_read(), ns_factor);
}

uint64_t time_boot_ns(void)
{
	return time_now_ns() - boot_ns;
}

void arch_timer_set(uint64_t deadline)
{
	uint64_t ticks = deadline == UINT64_MAX ? 0 : scale(deadline, tick_factor) + 2;
	uint64_t control = deadline == UINT64_MAX ? CTL_MASKED : CTL_ENABLE;

	if (is_physical) {
		/* both counters tell the same time: CNTVOFF is 0 for the scheduling kernel */
		sysreg_write(cntp_cval_el0, ticks);
		sysreg_write(cntp_ctl_el0, control);
	} else {
		sysreg_write(cntv_cval_el0, ticks);
		sysreg_write(cntv_ctl_el0, control);
	}
	isb();
}

/* Level-triggered: the condition ends when the timer is set anew, which the scheduler does. */
static void timer_interrupt(void *arg)
{
	(void)arg;
	arch_timer_set(UINT64_MAX);
	sched_timer_interrupt();
}

void timer_init_clock(void)
{
	counter_hz = sysreg_read(cntfrq_el0);
	if (counter_hz == 0)
		panic("the firmware left CNTFRQ_EL0 at zero");
	ns_factor = (NS_PER_SECOND << 32) / counter_hz;
	tick_factor = (counter_hz << 32) / NS_PER_SECOND;
	boot_ns = time_now_ns();
}

void timer_init_vdso(void)
{
	vdso_set_clock(ns_factor, boot_ns, time_epoch_ns());
}

void timer_init(bool physical)
{
	int node = dt_find_compatible(-1, "arm,armv8-timer");

	if (node < 0)
		node = dt_find_compatible(-1, "arm,armv7-timer");
	is_physical = physical;
	if (node < 0 || !interrupt_of_node(node, physical ? DT_PHYSICAL : DT_VIRTUAL, &timer_irq))
		panic("device tree: no usable timer interrupt");
	interrupt_register(timer_irq, timer_interrupt, NULL);
}

void timer_init_core(void)
{
	arch_timer_set(UINT64_MAX);
	irqchip->enable(timer_irq);
}
