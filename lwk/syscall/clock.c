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
	CLOCK_TAI = 11,
};

/* a negative clock id (clock_getcpuclockid(3)): the complement of a pid or tid, and 3 bits */
#define CPUCLOCK_PER_THREAD 4
#define CPUCLOCK_KIND \
	3 /* profiling, user or scheduling time: all the same here; 3 is no CPU clock */

static uint64_t own_process_ns(void)
{
	uint64_t ns;

	spin_lock(&process_lock);
	ns = process_cpu_ns(process_current());
	spin_unlock(&process_lock);
	return ns;
}

/* CPU time of a process, or of a thread of this one; 0 is the caller */
static bool cpu_clock_read(int clock, uint64_t *ns)
{
	int id = ~(clock >> 3);
	struct process *process = process_current();
	const struct thread *thread = thread_current();

	if ((clock & CPUCLOCK_KIND) == CPUCLOCK_KIND)
		return false;
	spin_lock(&process_lock);
	if (clock & CPUCLOCK_PER_THREAD)
		thread = id ? process_thread_find(process, id) : thread;
	else
		process = id ? process_find(id) : process;
	if (thread && process)
		*ns = clock & CPUCLOCK_PER_THREAD ? thread_cpu_ns(thread) : process_cpu_ns(process);
	spin_unlock(&process_lock);
	return thread && process;
}

static bool clock_read(int clock, uint64_t *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_TAI: /* no leap seconds are known */
		*ns = time_realtime_ns();
		return true;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = time_boot_ns();
		return true;
	case CLOCK_PROCESS_CPUTIME:
		*ns = own_process_ns();
		return true;
	case CLOCK_THREAD_CPUTIME:
		*ns = thread_cpu_ns(thread_current());
		return true;
	default:
		return clock < 0 && cpu_clock_read(clock, ns);
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
	const uint64_t times[4] = {own_process_ns() / tick, 0, process_children_ns(process) / tick,
				   0};

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
		ns = own_process_ns();
		break;
	case RUSAGE_THREAD:
		ns = thread_cpu_ns(thread_current());
		break;
	case RUSAGE_CHILDREN:
		ns = process_children_ns(process);
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
