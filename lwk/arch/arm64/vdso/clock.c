/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The vDSO: reading the clock without entering the kernel, under the names that C libraries look for on arm64. Runs in
 * user mode, with only what is in its page. The arithmetic is that of the kernel's clock (timer.c), to the last digit.
 */
#include "vdso.h"
#include <lwk/linux_types.h>
#include <stddef.h>

#define NS_PER_SECOND UINT64_C(1000000000)

#define NR_clock_gettime 113
#define NR_clock_getres  114

#define CLOCK_CPUTIME_MASK 6u /* clocks 2 and 3 are CPU time, which only the kernel knows */
#define CLOCK_CPUTIME      2u

int __kernel_clock_gettime(int clock, struct linux_timespec *to);
int __kernel_gettimeofday(struct linux_timeval *to, void *zone);
int __kernel_clock_getres(int clock, struct linux_timespec *to);

static int system_call(long number, int clock, struct linux_timespec *to)
{
	register long x0 __asm__("x0") = clock;
	register struct linux_timespec *x1 __asm__("x1") = to;
	register long x8 __asm__("x8") = number;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x8) : "memory");
	return (int)x0;
}

static bool is_read_here(unsigned clock)
{
	return clock < VDSO_CLOCKS && (clock & CLOCK_CPUTIME_MASK) != CLOCK_CPUTIME;
}

/* a clock that is read here */
static inline struct linux_timespec clock_read(unsigned clock)
{
	uint64_t hz = vdso_data.counter_hz, ticks, seconds;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
	seconds = ticks / hz;
	return (struct linux_timespec){
		.seconds = (int64_t)seconds + vdso_data.base[clock],
		.nanoseconds = (int64_t)((ticks - seconds * hz) * vdso_data.ns_factor >> 32),
	};
}

int __kernel_clock_gettime(int clock, struct linux_timespec *to)
{
	if (!is_read_here((unsigned)clock))
		return system_call(NR_clock_gettime, clock, to);
	*to = clock_read((unsigned)clock);
	return 0;
}

int __kernel_gettimeofday(struct linux_timeval *to, void *zone)
{
	int *minutes = zone; /* struct timezone: west of Greenwich, daylight saving */

	if (to) {
		struct linux_timespec now = clock_read(VDSO_CLOCK_REALTIME);

		to->seconds = now.seconds;
		to->microseconds = (int64_t)((uint64_t)now.nanoseconds / 1000);
	}
	if (minutes)
		minutes[0] = minutes[1] = 0;
	return 0;
}

int __kernel_clock_getres(int clock, struct linux_timespec *to)
{
	if (!is_read_here((unsigned)clock))
		return system_call(NR_clock_getres, clock, to);
	if (to)
		*to = (struct linux_timespec){.nanoseconds = 1};
	return 0;
}
