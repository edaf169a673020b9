/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The vDSO: reading the clock without entering the kernel, under the names that C libraries look
 * for on arm64. Runs in user mode, with only what is in its page.
 */
#include <arch/vdso_data.h>
#include <stddef.h>
#include <lwk/linux_types.h>

#define NS_PER_SECOND UINT64_C(1000000000)

#define NR_CLOCK_GETTIME 113
#define NR_CLOCK_GETRES  114

/* bit n: clock n is read here; the CPU time of a process or thread only the kernel knows */
#define CLOCKS_REALTIME  (1u << 0 | 1u << 5)
#define CLOCKS_MONOTONIC (1u << 1 | 1u << 4 | 1u << 6 | 1u << 7)

/* volatile: what stands here at compile time is not what it holds */
__attribute__((section(".vdso_data"))) static const volatile struct vdso_data data = {
	.ns_factor = 0};

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

/* since boot */
static uint64_t now_ns(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
	return (uint64_t)(((unsigned __int128)ticks * data.ns_factor) >> 32) - data.boot_ns;
}

int __kernel_clock_gettime(int clock, struct linux_timespec *to)
{
	uint64_t bit = (unsigned)clock < 32 ? 1u << clock : 0;
	uint64_t ns;

	if (!(bit & (CLOCKS_REALTIME | CLOCKS_MONOTONIC)))
		return system_call(NR_CLOCK_GETTIME, clock, to);
	ns = now_ns() + (bit & CLOCKS_REALTIME ? data.epoch_ns : 0);
	to->seconds = (int64_t)(ns / NS_PER_SECOND);
	to->nanoseconds = (int64_t)(ns % NS_PER_SECOND);
	return 0;
}

int __kernel_gettimeofday(struct linux_timeval *to, void *zone)
{
	uint64_t ns = now_ns() + data.epoch_ns;
	int *minutes = zone; /* struct timezone: west of Greenwich, daylight saving */

	if (to) {
		to->seconds = (int64_t)(ns / NS_PER_SECOND);
		to->microseconds = (int64_t)(ns % NS_PER_SECOND / 1000);
	}
	if (minutes)
		minutes[0] = minutes[1] = 0;
	return 0;
}

int __kernel_clock_getres(int clock, struct linux_timespec *to)
{
	return system_call(NR_CLOCK_GETRES, clock, to);
}
