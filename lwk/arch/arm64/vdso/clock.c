/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The vDSO's clocks (lwk/vdso_clock.h) on arm64.
 */
#include <lwk/vdso_clock.h>

#define NR_clock_gettime 113
#define NR_clock_getres  114

int __kernel_clock_gettime(int clock, struct linux_timespec *to);
int __kernel_gettimeofday(struct linux_timeval *to, void *zone);
int __kernel_clock_getres(int clock, struct linux_timespec *to);

static inline uint64_t counter_read(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
	return ticks;
}

static int system_call(long number, int clock, struct linux_timespec *to)
{
	register long x0 __asm__("x0") = clock;
	register struct linux_timespec *x1 __asm__("x1") = to;
	register long x8 __asm__("x8") = number;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x8) : "memory");
	return (int)x0;
}

static int call_gettime(int clock, struct linux_timespec *to)
{
	return system_call(NR_clock_gettime, clock, to);
}

static int call_getres(int clock, struct linux_timespec *to)
{
	return system_call(NR_clock_getres, clock, to);
}

int __kernel_clock_gettime(int clock, struct linux_timespec *to)
{
	return clock_gettime(clock, to);
}

int __kernel_gettimeofday(struct linux_timeval *to, void *zone)
{
	return clock_gettimeofday(to, zone);
}

int __kernel_clock_getres(int clock, struct linux_timespec *to)
{
	return clock_getres(clock, to);
}
