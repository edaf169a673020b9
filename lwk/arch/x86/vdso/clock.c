/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The vDSO: reading the clock without entering the kernel, under the names that C libraries look for on x86-64. Runs in
 * user mode, with only what is in its page. The arithmetic is that of the kernel's clock (timer.c), to the last digit.
 */
#include "vdso.h"
#include <lib/arch/x86/cpu.h>
#include <lwk/linux_types.h>
#include <stddef.h>

#define NR_clock_gettime 228
#define NR_clock_getres  229

#define CLOCK_CPUTIME_MASK 6u /* clocks 2 and 3 are CPU time, which only the kernel knows */
#define CLOCK_CPUTIME      2u

int __vdso_clock_gettime(int clock, struct linux_timespec *to);
int __vdso_gettimeofday(struct linux_timeval *to, void *zone);
int __vdso_clock_getres(int clock, struct linux_timespec *to);
int64_t __vdso_time(int64_t *to);

static int system_call(long number, int clock, struct linux_timespec *to)
{
	long result = number;

	__asm__ volatile("syscall"
			 : "+a"(result)
			 : "D"((long)clock), "S"(to)
			 : "rcx", "r11", "memory");
	return (int)result;
}

static bool is_read_here(unsigned clock)
{
	return clock < VDSO_CLOCKS && (clock & CLOCK_CPUTIME_MASK) != CLOCK_CPUTIME;
}

/* a clock that is read here */
static inline struct linux_timespec clock_read(unsigned clock)
{
	uint64_t hz = vdso_data.counter_hz, ticks = tsc_read(), seconds = ticks / hz;

	return (struct linux_timespec){
		.seconds = (int64_t)seconds + vdso_data.base[clock],
		.nanoseconds = (int64_t)((ticks - seconds * hz) * vdso_data.ns_factor >> 32),
	};
}

int __vdso_clock_gettime(int clock, struct linux_timespec *to)
{
	if (!is_read_here((unsigned)clock))
		return system_call(NR_clock_gettime, clock, to);
	*to = clock_read((unsigned)clock);
	return 0;
}

int __vdso_gettimeofday(struct linux_timeval *to, void *zone)
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

int __vdso_clock_getres(int clock, struct linux_timespec *to)
{
	if (!is_read_here((unsigned)clock))
		return system_call(NR_clock_getres, clock, to);
	if (to)
		*to = (struct linux_timespec){.nanoseconds = 1};
	return 0;
}

int64_t __vdso_time(int64_t *to)
{
	struct linux_timespec now = clock_read(VDSO_CLOCK_REALTIME);

	if (to)
		*to = now.seconds;
	return now.seconds;
}
