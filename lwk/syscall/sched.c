/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scheduling as programs see it: one policy, one priority.
 */
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/syscall.h>
#include <lwk/timespec.h>

#define SCHED_OTHER 0
#define SCHED_FIFO  1
#define SCHED_RR    2
#define SCHED_BATCH 3
#define SCHED_IDLE  5

static long sys_sched_yield(const uint64_t *args)
{
	(void)args;
	thread_yield();
	return 0;
}
SYSCALL(NR_sched_yield, sys_sched_yield);

static bool exists(uint64_t tid)
{
	bool is_there;

	spin_lock(&process_lock);
	is_there = thread_find((int)tid);
	spin_unlock(&process_lock);
	return is_there;
}

static long sys_getcpu(const uint64_t *args)
{
	const uint32_t core = core_self()->index, node = core_self()->node;

	if (args[0] && copy_to_user(UADDR(args[0]), &core, sizeof(core)) != 0)
		return -EFAULT;
	if (args[1] && copy_to_user(UADDR(args[1]), &node, sizeof(node)) != 0)
		return -EFAULT;
	return 0;
}
SYSCALL(NR_getcpu, sys_getcpu);

static long sys_sched_getscheduler(const uint64_t *args)
{
	return exists(args[0]) ? SCHED_OTHER : -ESRCH;
}
SYSCALL(NR_sched_getscheduler, sys_sched_getscheduler);

static long sys_sched_getparam(const uint64_t *args)
{
	const int32_t priority = 0;

	if (!exists(args[0]))
		return -ESRCH;
	return copy_to_user(UADDR(args[1]), &priority, sizeof(priority));
}
SYSCALL(NR_sched_getparam, sys_sched_getparam);

static long sys_sched_setscheduler(const uint64_t *args)
{
	int32_t priority;

	if (!exists(args[0]))
		return -ESRCH;
	if (copy_from_user(&priority, UADDR(args[2]), sizeof(priority)) != 0)
		return -EFAULT;
	if (priority != 0)
		return -EINVAL;
	return (int)args[1] == SCHED_OTHER ? 0 : -EPERM;
}
SYSCALL(NR_sched_setscheduler, sys_sched_setscheduler);

static bool is_real_time(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool is_policy(int policy)
{
	return is_real_time(policy) || policy == SCHED_OTHER || policy == SCHED_BATCH ||
	       policy == SCHED_IDLE;
}

static long sys_sched_get_priority_max(const uint64_t *args)
{
	if (!is_policy((int)args[0]))
		return -EINVAL;
	return is_real_time((int)args[0]) ? 99 : 0;
}
SYSCALL(NR_sched_get_priority_max, sys_sched_get_priority_max);

static long sys_sched_get_priority_min(const uint64_t *args)
{
	if (!is_policy((int)args[0]))
		return -EINVAL;
	return is_real_time((int)args[0]) ? 1 : 0;
}
SYSCALL(NR_sched_get_priority_min, sys_sched_get_priority_min);

static long sys_sched_rr_get_interval(const uint64_t *args)
{
	if (!exists(args[0]))
		return -ESRCH;
	return timespec_put(UADDR(args[1]), sched_get_quantum());
}
SYSCALL(NR_sched_rr_get_interval, sys_sched_rr_get_interval);
