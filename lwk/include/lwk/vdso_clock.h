/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The clocks of the vDSO, for its file of each architecture, which gives them the names that C libraries look for there. Runs in user mode, with
 * only what is in its page. The arithmetic is that of the kernel's clock (timer.c), to the last digit.
 */
#ifndef LWK_VDSO_CLOCK_H
#define LWK_VDSO_CLOCK_H

#include <arch/vdso_data.h>
#include <bulkhead/types.h>
#include <lwk/linux_types.h>

#define NS_PER_SECOND UINT64_C(1000000000)

#define CLOCK_CPUTIME_MASK 6u /* clocks 2 and 3 are CPU time, which only the kernel knows */
#define CLOCK_CPUTIME      2u

/* volatile would forbid to load two words at once: the linker script gives it its place, and nobody knows its contents */
extern const struct vdso_data vdso_data __attribute__((visibility("hidden")));

/* the architecture's */
static uint64_t counter_read(void);
static int call_gettime(int clock, struct linux_timespec *to);
static int call_getres(int clock, struct linux_timespec *to);

static inline bool clock_is_here(unsigned clock)
{
	return clock < VDSO_CLOCKS && (clock & CLOCK_CPUTIME_MASK) != CLOCK_CPUTIME;
}

/* a clock that is read here */
static inline struct linux_timespec clock_read(unsigned clock)
{
	uint64_t hz = vdso_data.counter_hz, ticks = counter_read(), seconds = ticks / hz;

	return (struct linux_timespec){
		.seconds = (int64_t)seconds + vdso_data.base[clock],
		.nanoseconds = (int64_t)((ticks - seconds * hz) * vdso_data.ns_factor >> 32),
	};
}

static inline int clock_gettime(int clock, struct linux_timespec *to)
{
	if (!clock_is_here((unsigned)clock))
		return call_gettime(clock, to);
	*to = clock_read((unsigned)clock);
	return 0;
}

static inline int clock_getres(int clock, struct linux_timespec *to)
{
	if (!clock_is_here((unsigned)clock))
		return call_getres(clock, to);
	if (to)
		*to = (struct linux_timespec){.nanoseconds = 1};
	return 0;
}

static inline int clock_gettimeofday(struct linux_timeval *to, void *zone)
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

#endif
