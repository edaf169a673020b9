/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Time. The clock is the time-stamp counter, at the frequency that the host has measured, here and in the vDSO by the same arithmetic: seconds
 * by division, what is left by a 32.32 fixed-point factor. The timer is the local APIC's: where the processor can, it takes the counter's
 * value (TSC deadline); else it counts down at a rate that is measured at boot, and a deadline further away than it can count is
 * reached in several steps. Deadlines are rounded up, so that who wakes up finds his time reached.
 */
#include <arch/timer.h>
#include <arch/cpu.h>
#include <lib/arch/x86/cpu.h>
#include <lwk/apic.h>
#include <lwk/clock.h>
#include <lwk/clock_set.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/sched.h>
#include <lwk/timer.h>
#include <lwk/vdso.h>

#define CALIBRATE_NS 5000000u

static uint64_t counter_hz = 1000000000; /* a guess, for a panic before the record is read */
static uint64_t ns_factor = UINT64_C(1) << 32;
static uint64_t boot_seconds; /* whole, so that all clocks change their second together */
static uint64_t timer_hz;     /* 0: TSC deadline */

uint64_t timer_ns_of_ticks(uint64_t ticks)
{
	uint64_t seconds = ticks / counter_hz;

	/* the product fits: ticks of less than a second are at most 10^9 ns */
	return seconds * NS_PER_SECOND + ((ticks - seconds * counter_hz) * ns_factor >> 32);
}

/* the first tick at which timer_ns_of_ticks() has reached `ns`; UINT64_MAX when the counter never does */
static uint64_t ticks_of_ns(uint64_t ns)
{
	uint64_t seconds = ns / NS_PER_SECOND, rest = ns % NS_PER_SECOND, ticks;

	if (__builtin_mul_overflow(seconds, counter_hz, &ticks))
		return UINT64_MAX;
	return ticks + ((rest << 32) + ns_factor - 1) / ns_factor;
}

uint64_t arch_counter_read(void)
{
	return tsc_read();
}

uint64_t time_now_ns(void)
{
	return timer_ns_of_ticks(tsc_read());
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

/* ticks of the APIC's timer until then, at least one, at most what it can count */
static uint32_t countdown(uint64_t deadline)
{
	uint64_t now = time_now_ns();
	uint64_t ns = deadline > now ? deadline - now : 0;
	uint64_t ticks = ns < NS_PER_SECOND ? ns * timer_hz / NS_PER_SECOND + 1 : UINT32_MAX;

	if (ns >= NS_PER_SECOND && __builtin_mul_overflow(ns / 1000000, timer_hz / 1000, &ticks))
		ticks = UINT32_MAX;
	return ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
}

void arch_timer_set(uint64_t deadline)
{
	bool is_on = deadline != UINT64_MAX;

	if (timer_hz)
		apic_timer_count(is_on ? countdown(deadline) : 0);
	else
		msr_write(MSR_TSC_DEADLINE, is_on ? ticks_of_ns(deadline) : 0);
}

/* One shot: the scheduler sets it anew, also when it came too early. */
static void timer_interrupt(void *arg)
{
	(void)arg;
	sched_timer_interrupt();
}

void timer_init_clock(uint64_t tsc_khz)
{
	counter_hz = tsc_khz * 1000;
	ns_factor = (NS_PER_SECOND << 32) / counter_hz;
	boot_seconds = tsc_read() / counter_hz;
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

/* against the counter, over at least CALIBRATE_NS */
static uint64_t timer_measure(void)
{
	uint64_t start, ns;
	uint32_t left;

	apic_timer_init(false);
	apic_timer_count(UINT32_MAX);
	start = time_now_ns();
	do {
		left = apic_timer_left();
		ns = time_now_ns() - start;
	} while (ns < CALIBRATE_NS);
	apic_timer_count(0);
	return (uint64_t)(UINT32_MAX - left) * NS_PER_SECOND / ns;
}

void timer_init(void)
{
	if (!cpu_has_deadline()) {
		timer_hz = timer_measure();
		if (timer_hz == 0)
			panic("the local APIC's timer does not count");
	}
	interrupt_register(APIC_TIMER_IRQ, timer_interrupt, NULL);
}

void timer_init_core(void)
{
	apic_timer_init(timer_hz == 0);
	arch_timer_set(UINT64_MAX);
}
