/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * getitimer(2), setitimer(2). User and system time are not told apart: ITIMER_VIRTUAL counts both,
 * as ITIMER_PROF.
 */
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/interval_timer.h>
#include <lwk/syscall.h>
#include <lwk/timespec.h>

#define NS_PER_MICROSECOND 1000

struct linux_itimerval {
	struct linux_timeval interval;
	struct linux_timeval value;
};

static int time_get(const struct linux_timeval *time, uint64_t *ns)
{
	if (time->seconds < 0 || time->microseconds < 0 || time->microseconds >= 1000000)
		return -EINVAL;
	*ns = INT64_MAX;
	if ((uint64_t)time->seconds < INT64_MAX / NS_PER_SECOND)
		*ns = (uint64_t)time->seconds * NS_PER_SECOND +
		      (uint64_t)time->microseconds * NS_PER_MICROSECOND;
	return 0;
}

static int setting_get(uint64_t from, struct timer_setting *setting)
{
	struct linux_itimerval user;
	int status;

	if (copy_from_user(&user, UADDR(from), sizeof(user)) != 0)
		return -EFAULT;
	status = time_get(&user.value, &setting->value);
	return status ? status : time_get(&user.interval, &setting->interval);
}

static int setting_put(uint64_t to, const struct timer_setting *setting)
{
	const struct linux_itimerval user = {
		.interval = timeval_from_ns(setting->interval),
		.value = timeval_from_ns(setting->value),
	};

	return copy_to_user(UADDR(to), &user, sizeof(user));
}

static long sys_getitimer(const uint64_t *args)
{
	struct timer_setting setting;

	if ((uint32_t)args[0] >= ITIMER_COUNT)
		return -EINVAL;
	itimer_set((uint32_t)args[0], NULL, &setting);
	return setting_put(args[1], &setting);
}
SYSCALL(NR_getitimer, sys_getitimer);

static long sys_setitimer(const uint64_t *args)
{
	struct timer_setting old, new = {0};
	int status = args[1] ? setting_get(args[1], &new) : 0;

	if (status)
		return status;
	if ((uint32_t)args[0] >= ITIMER_COUNT)
		return -EINVAL;
	itimer_set((uint32_t)args[0], &new, &old);
	return args[2] ? setting_put(args[2], &old) : 0;
}
SYSCALL(NR_setitimer, sys_setitimer);
