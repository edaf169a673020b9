/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time of day in seconds, and times of files in seconds or microseconds.
 */
#include "legacy.h"
#include <lwk/clock.h>
#include <lwk/file_call.h>
#include <lwk/linux_types.h>

#define MICROSECONDS 1000000

static long sys_time(const uint64_t *args)
{
	int64_t now = (int64_t)(time_realtime_ns() / NS_PER_SECOND);

	if (args[0] && copy_to_user(UADDR(args[0]), &now, sizeof(now)))
		return -EFAULT;
	return (long)now;
}
SYSCALL(NR_time, sys_time);

/* directory, path: utimensat's without flags; NULL for now */
static long times_set(uint64_t directory, uint64_t path, const struct linux_timespec *times)
{
	static const struct linux_timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
	const uint64_t args[4] = {directory, path};

	return file_times_set(args, times ? times : now);
}

static long sys_utime(const uint64_t *args)
{
	int64_t seconds[2];

	if (!args[1])
		return times_set(HERE, args[0], NULL);
	if (copy_from_user(seconds, UADDR(args[1]), sizeof(seconds)))
		return -EFAULT;
	return times_set(HERE, args[0],
			 (struct linux_timespec[2]){{seconds[0], 0}, {seconds[1], 0}});
}
SYSCALL(NR_utime, sys_utime);

static long timevals_set(uint64_t directory, uint64_t path, uint64_t from)
{
	struct linux_timespec times[2];
	struct linux_timeval user[2];

	if (!from)
		return times_set(directory, path, NULL);
	if (copy_from_user(user, UADDR(from), sizeof(user)))
		return -EFAULT;
	for (unsigned i = 0; i < 2; i++) {
		if (user[i].microseconds < 0 || user[i].microseconds >= MICROSECONDS)
			return -EINVAL;
		times[i] = (struct linux_timespec){user[i].seconds, user[i].microseconds * 1000};
	}
	return times_set(directory, path, times);
}

static long sys_utimes(const uint64_t *args)
{
	return timevals_set(HERE, args[0], args[1]);
}
SYSCALL(NR_utimes, sys_utimes);

static long sys_futimesat(const uint64_t *args)
{
	return timevals_set(args[0], args[1], args[2]);
}
SYSCALL(NR_futimesat, sys_futimesat);
