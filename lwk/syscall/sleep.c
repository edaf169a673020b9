/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sleeping: nanosleep and clock_nanosleep. Signals cut a sleep short.
 */
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/syscall.h>
#include <lwk/thread.h>
#include <lwk/timespec.h>

#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_MONOTONIC_COARSE   6
#define CLOCK_BOOTTIME           7
#define CLOCK_TAI                11
#define TIMER_ABSTIME            1u

/* 0 or -ERESTARTSYS */
static int sleep_until(uint64_t deadline)
{
	int status = 0;

	/* wake-ups of no concern to us come early */
	while (time_now_ns() < deadline && status != -ERESTARTSYS)
		status = thread_park(deadline);
	return status == -ERESTARTSYS ? status : 0;
}

/* Interrupted, it says how much is left, at arguments[0] unless that is 0. */
static long sleep_relative(const struct signal_restart *sleep)
{
	uint64_t now;

	if (sleep_until(sleep->deadline) == 0)
		return 0;
	now = time_now_ns();
	if (now >= sleep->deadline)
		return 0;
	if (sleep->arguments[0] &&
	    timespec_put(UADDR(sleep->arguments[0]), sleep->deadline - now) != 0)
		return -EFAULT;
	return signal_call_restart(sleep);
}

static long sleep_for(uint64_t ns, uint64_t remainder)
{
	return sleep_relative(&(struct signal_restart){
		.again = sleep_relative, .deadline = time_now_ns() + ns, .arguments = {remainder}});
}

static long sys_nanosleep(const uint64_t *args)
{
	uint64_t ns;
	int status = timespec_get(UADDR(args[0]), &ns);

	return status ? status : sleep_for(ns, args[1]);
}
SYSCALL(NR_nanosleep, sys_nanosleep);

/* clocks that can be read only: processor time, the raw and the coarse ones */
static bool is_other_clock(int clock)
{
	return clock >= CLOCK_PROCESS_CPUTIME_ID && clock <= CLOCK_MONOTONIC_COARSE;
}

static long sys_clock_nanosleep(const uint64_t *args)
{
	int clock = (int)args[0];
	bool is_real = clock == CLOCK_REALTIME || clock == CLOCK_TAI;
	uint64_t ns, deadline;
	int status;

	if (!is_real && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME)
		return is_other_clock(clock) ? -EOPNOTSUPP : -EINVAL;
	status = timespec_get(UADDR(args[2]), &ns);
	if (status)
		return status;
	if (!(args[1] & TIMER_ABSTIME))
		return sleep_for(ns, args[3]);
	deadline = is_real ? time_realtime_deadline(ns) : time_boot_deadline(ns);
	return sleep_until(deadline) ? -ERESTARTNOHAND : 0;
}
SYSCALL(NR_clock_nanosleep, sys_clock_nanosleep);
