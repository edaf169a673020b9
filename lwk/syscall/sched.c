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

#define SCHED_OTHER    0
#define SCHED_FIFO     1
#define SCHED_RR       2
#define SCHED_BATCH    3
#define SCHED_IDLE     5
#define SCHED_DEADLINE 6

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

/* 0 when there is such a thread, and `parameter` is not NULL */
static long check_thread(uint64_t tid, uint64_t parameter)
{
	if ((int)tid < 0 || !parameter)
		return -EINVAL;
	return exists(tid) ? 0 : -ESRCH;
}

static long sys_sched_getscheduler(const uint64_t *args)
{
	long status = check_thread(args[0], 1);

	return status ? status : SCHED_OTHER;
}
SYSCALL(NR_sched_getscheduler, sys_sched_getscheduler);

static long sys_sched_getparam(const uint64_t *args)
{
	const int32_t priority = 0;
	long status = check_thread(args[0], args[1]);

	return status ? status : copy_to_user(UADDR(args[1]), &priority, sizeof(priority));
}
SYSCALL(NR_sched_getparam, sys_sched_getparam);

static bool is_real_time(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static bool is_policy(int policy)
{
	return is_real_time(policy) || policy == SCHED_OTHER || policy == SCHED_BATCH ||
	       policy == SCHED_IDLE;
}

/* Every policy but the one is refused as to somebody without the right to it. */
static long policy_set(uint64_t tid, int policy, uint64_t parameter)
{
	long status = check_thread(tid, parameter);
	int32_t priority;

	if (copy_from_user(&priority, UADDR(parameter), sizeof(priority)) != 0)
		return parameter ? -EFAULT : -EINVAL;
	if (status)
		return status;
	if (!is_policy(policy) || is_real_time(policy) != (priority != 0))
		return -EINVAL;
	return policy == SCHED_OTHER ? 0 : -EPERM;
}

static long sys_sched_setscheduler(const uint64_t *args)
{
	return (int)args[1] < 0 ? -EINVAL : policy_set(args[0], (int)args[1], args[2]);
}
SYSCALL(NR_sched_setscheduler, sys_sched_setscheduler);

static long sys_sched_setparam(const uint64_t *args)
{
	return policy_set(args[0], SCHED_OTHER, args[1]);
}
SYSCALL(NR_sched_setparam, sys_sched_setparam);

static long sys_sched_get_priority_max(const uint64_t *args)
{
	int policy = (int)args[0];

	if (!is_policy(policy) && policy != SCHED_DEADLINE)
		return -EINVAL;
	return is_real_time(policy) ? 99 : 0;
}
SYSCALL(NR_sched_get_priority_max, sys_sched_get_priority_max);

static long sys_sched_get_priority_min(const uint64_t *args)
{
	int policy = (int)args[0];

	if (!is_policy(policy) && policy != SCHED_DEADLINE)
		return -EINVAL;
	return is_real_time(policy) ? 1 : 0;
}
SYSCALL(NR_sched_get_priority_min, sys_sched_get_priority_min);

static long sys_sched_rr_get_interval(const uint64_t *args)
{
	long status = check_thread(args[0], 1);

	return status ? status : timespec_put(UADDR(args[1]), sched_get_quantum());
}
SYSCALL(NR_sched_rr_get_interval, sys_sched_rr_get_interval);

#define PRIO_PROCESS 0u
#define PRIO_USER    2u
#define NICE_ZERO    20 /* getpriority answers 20 - nice, as a negative result would be an error */

/* of threads; groups have one process, users are root */
static long check_who(uint64_t which, uint64_t who)
{
	if ((uint32_t)which > PRIO_USER)
		return -EINVAL;
	return which != PRIO_PROCESS || exists(who) ? 0 : -ESRCH;
}

static long sys_getpriority(const uint64_t *args)
{
	long status = check_who(args[0], args[1]);

	return status ? status : NICE_ZERO;
}
SYSCALL(NR_getpriority, sys_getpriority);

/* All are equal, and stay so: what is wished is noted by nobody. */
static long sys_setpriority(const uint64_t *args)
{
	return check_who(args[0], args[1]);
}
SYSCALL(NR_setpriority, sys_setpriority);
