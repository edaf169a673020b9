/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sleeping: nanosleep and clock_nanosleep. Nothing but the end of the process cuts a sleep short.
 */
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/syscall.h>
#include <lwk/thread.h>
#include <lwk/timespec.h>

#define CLOCK_REALTIME  0
#define CLOCK_MONOTONIC 1
#define CLOCK_BOOTTIME  7
#define CLOCK_TAI       11
#define TIMER_ABSTIME   1u

static long sleep_until(uint64_t deadline)
{
	int status = 0;

	/* wake-ups of no concern to us come early */
	while (time_now_ns() < deadline && status != -EINTR)
		status = thread_park(deadline);
	return status == -EINTR ? -EINTR : 0;
}

static long sys_nanosleep(const uint64_t *args)
{
	uint64_t ns;
	int status = timespec_get(UADDR(args[0]), &ns);

	return status ? status : sleep_until(time_now_ns() + ns);
}
SYSCALL(NR_nanosleep, sys_nanosleep);

static long sys_clock_nanosleep(const uint64_t *args)
{
	int clock = (int)args[0];
	bool is_real = clock == CLOCK_REALTIME || clock == CLOCK_TAI;
	uint64_t ns;
	int status;

	if (!is_real && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
		return -EINVAL;
	status = timespec_get(UADDR(args[2]), &ns);
	if (status)
		return status;
	if (!(args[1] & TIMER_ABSTIME))
		return sleep_until(time_now_ns() + ns);
	return sleep_until(is_real ? time_realtime_deadline(ns) : time_boot_deadline(ns));
}
SYSCALL(NR_clock_nanosleep, sys_clock_nanosleep);
