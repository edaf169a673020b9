/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading clocks: they all come from the machine's counter.
 */
#include <lwk/address_space.h>
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/syscall.h>
#include <lwk/timespec.h>

enum {
	CLOCK_REALTIME = 0,
	CLOCK_MONOTONIC = 1,
	CLOCK_PROCESS_CPUTIME = 2,
	CLOCK_THREAD_CPUTIME = 3,
	CLOCK_MONOTONIC_RAW = 4,
	CLOCK_REALTIME_COARSE = 5,
	CLOCK_MONOTONIC_COARSE = 6,
	CLOCK_BOOTTIME = 7,
};

#define TICKS_PER_SECOND 100u /* of times(2), as AT_CLKTCK says */

/* on a core so far, this time included */
static uint64_t thread_run_ns(void)
{
	const struct thread *thread = thread_current();

	return thread->run_ns + (time_now_ns() - thread->started);
}

static bool clock_read(int clock, uint64_t *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*ns = time_realtime_ns();
		return true;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = time_boot_ns();
		return true;
	case CLOCK_PROCESS_CPUTIME:
	case CLOCK_THREAD_CPUTIME:
		*ns = process_current()->run_ns + thread_run_ns();
		return true;
	default:
		return false;
	}
}

static long sys_clock_gettime(const uint64_t *args)
{
	uint64_t ns;

	return clock_read((int)args[0], &ns) ? timespec_put(UADDR(args[1]), ns) : -EINVAL;
}
SYSCALL(NR_clock_gettime, sys_clock_gettime);

static long sys_clock_getres(const uint64_t *args)
{
	uint64_t ns;

	if (!clock_read((int)args[0], &ns))
		return -EINVAL;
	return args[1] ? timespec_put(UADDR(args[1]), 1) : 0;
}
SYSCALL(NR_clock_getres, sys_clock_getres);

static long sys_gettimeofday(const uint64_t *args)
{
	const struct linux_timeval time = timeval_from_ns(time_realtime_ns());
	const int32_t zone[2] = {0, 0};

	if (args[0] && copy_to_user(UADDR(args[0]), &time, sizeof(time)) != 0)
		return -EFAULT;
	if (args[1] && copy_to_user(UADDR(args[1]), zone, sizeof(zone)) != 0)
		return -EFAULT;
	return 0;
}
SYSCALL(NR_gettimeofday, sys_gettimeofday);

static long sys_times(const uint64_t *args)
{
	const struct process *process = process_current();
	const uint64_t tick = NS_PER_SECOND / TICKS_PER_SECOND;
	/* user, system, children's user, children's system: kernel time is not told apart */
	const uint64_t times[4] = {(process->run_ns + thread_run_ns()) / tick, 0,
				   process->children_ns / tick, 0};

	if (args[0] && copy_to_user(UADDR(args[0]), times, sizeof(times)) != 0)
		return -EFAULT;
	return (long)(time_boot_ns() / tick);
}
SYSCALL(NR_times, sys_times);

#define RUSAGE_SELF     0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD   1

static long sys_getrusage(const uint64_t *args)
{
	struct linux_rusage usage = {.max_rss = 0};
	const struct process *process = process_current();
	uint64_t ns;

	switch ((int)args[0]) {
	case RUSAGE_SELF:
		ns = process->run_ns + thread_run_ns();
		break;
	case RUSAGE_THREAD:
		ns = thread_run_ns();
		break;
	case RUSAGE_CHILDREN:
		ns = process->children_ns;
		break;
	default:
		return -EINVAL;
	}
	usage.user = timeval_from_ns(ns);
	if ((int)args[0] != RUSAGE_CHILDREN)
		usage.max_rss = (int64_t)(process->space->pages_max * PAGE_SIZE / 1024);
	return copy_to_user(UADDR(args[1]), &usage, sizeof(usage));
}
SYSCALL(NR_getrusage, sys_getrusage);
