/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The vDSO's clocks (lwk/vdso_clock.h) on x86-64.
 */
#include <lib/arch/x86/cpu.h>
#include <lwk/vdso_clock.h>

#define NR_clock_gettime 228
#define NR_clock_getres  229

int __vdso_clock_gettime(int clock, struct linux_timespec *to);
int __vdso_gettimeofday(struct linux_timeval *to, void *zone);
int __vdso_clock_getres(int clock, struct linux_timespec *to);
int64_t __vdso_time(int64_t *to);

static inline uint64_t counter_read(void)
{
	return tsc_read();
}

static int system_call(long number, int clock, struct linux_timespec *to)
{
	long result = number;

	__asm__ volatile("syscall"
			 : "+a"(result)
			 : "D"((long)clock), "S"(to)
			 : "rcx", "r11", "memory");
	return (int)result;
}

static int call_gettime(int clock, struct linux_timespec *to)
{
	return system_call(NR_clock_gettime, clock, to);
}

static int call_getres(int clock, struct linux_timespec *to)
{
	return system_call(NR_clock_getres, clock, to);
}

int __vdso_clock_gettime(int clock, struct linux_timespec *to)
{
	return clock_gettime(clock, to);
}

int __vdso_gettimeofday(struct linux_timeval *to, void *zone)
{
	return clock_gettimeofday(to, zone);
}

int __vdso_clock_getres(int clock, struct linux_timespec *to)
{
	return clock_getres(clock, to);
}

int64_t __vdso_time(int64_t *to)
{
	struct linux_timespec now = clock_read(VDSO_CLOCK_REALTIME);

	if (to)
		*to = now.seconds;
	return now.seconds;
}
