/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The generic timer: the virtual one, or the physical one where this kernel is the node's
 * scheduler. The virtual counter tells the time everywhere, here and in the vDSO by the same
 * arithmetic: seconds by division, what is left by a 32.32 fixed-point factor. Deadlines are rounded
 * up, so that who wakes up finds his time reached.
 */
#include <arch/timer.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/clock.h>
#include <lwk/clock_set.h>
#include <lwk/core.h>
#include <lwk/dt.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/timer.h>
#include <lwk/vdso.h>

#define CTL_ENABLE 1u
#define CTL_MASKED 2u

/* order of interrupts in the binding arm,armv8-timer */
#define DT_PHYSICAL 1u
#define DT_VIRTUAL  2u

static uint64_t counter_hz = 1;
static uint64_t ns_factor;    /* ns per tick, 32.32 */
static uint64_t boot_seconds; /* whole, so that all clocks change their second together */
static bool is_physical;
static unsigned timer_irq;

static uint64_t ns_of_ticks(uint64_t ticks)
{
	uint64_t seconds = ticks / counter_hz;

	/* the product fits: ticks of less than a second are at most 10^9 ns */
	return seconds * NS_PER_SECOND + ((ticks - seconds * counter_hz) * ns_factor >> 32);
}

/* the first tick at which ns_of_ticks() has reached `ns`; UINT64_MAX when the counter never does */
static uint64_t ticks_of_ns(uint64_t ns)
{
	uint64_t seconds = ns / NS_PER_SECOND, rest = ns % NS_PER_SECOND, ticks;

	if (__builtin_mul_overflow(seconds, counter_hz, &ticks))
		return UINT64_MAX;
	return ticks + ((rest << 32) + ns_factor - 1) / ns_factor;
}

uint64_t arch_counter_read(void)
{
	isb(); /* or the read could be done early */
	return sysreg_read(cntvct_el0);
}

uint64_t time_now_ns(void)
{
	return ns_of_ticks(arch_counter_read());
}

uint64_t time_since_boot(uint64_t now)
{
	return now - boot_seconds * NS_PER_SECOND;
}

uint64_t time_boot_ns(void)
{
	return time_since_boot(time_now_ns());
}

uint64_t time_boot_deadline(uint64_t ns)
{
	return ns + boot_seconds * NS_PER_SECOND;
}

/* both counters tell the same time: CNTVOFF is 0 for the scheduling kernel */
static void timer_write(uint64_t control)
{
	if (is_physical)
		sysreg_write(cntp_ctl_el0, control);
	else
		sysreg_write(cntv_ctl_el0, control);
	isb();
}

static void timer_write_deadline(uint64_t ticks)
{
	if (is_physical)
		sysreg_write(cntp_cval_el0, ticks);
	else
		sysreg_write(cntv_cval_el0, ticks);
}

/*
 * A timer that is turned off keeps its deadline: one that has passed, written before the timer is off, would raise an
 * interrupt, which a hypervisor takes even while we have them masked.
 */
void arch_timer_set(uint64_t deadline)
{
	if (deadline == UINT64_MAX) {
		timer_write(CTL_MASKED);
		return;
	}
	timer_write_deadline(ticks_of_ns(deadline));
	timer_write(CTL_ENABLE);
}

/*
 * Level-triggered: the condition ends here. The scheduler sets the timer anew when the interrupt has ended: one that rose before that
 * would be forgotten by a GICv2 of QEMU (7.2), which does not look at a level again when a virtual machine ends an interrupt.
 */
static void timer_interrupt(void *arg)
{
	(void)arg;
	arch_timer_set(UINT64_MAX);
	core_self()->timer_fired = true;
}

void timer_init_clock(void)
{
	counter_hz = sysreg_read(cntfrq_el0);
	if (counter_hz == 0)
		panic("the firmware left CNTFRQ_EL0 at zero");
	ns_factor = (NS_PER_SECOND << 32) / counter_hz;
	boot_seconds = arch_counter_read() / counter_hz;
}

void timer_init_vdso(void)
{
	struct vdso_data data = {.counter_hz = counter_hz, .ns_factor = ns_factor};

	for (unsigned clock = 0; clock < VDSO_CLOCKS; clock++)
		data.base[clock] = -(int64_t)boot_seconds;
	data.base[VDSO_CLOCK_REALTIME] += (int64_t)time_epoch_seconds();
	data.base[VDSO_CLOCK_REALTIME_COARSE] = data.base[VDSO_CLOCK_REALTIME];
	vdso_set_data(&data);
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
