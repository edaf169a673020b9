/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Times as system calls pass them. INT64_MAX ns, 292 years, stand for everything longer: with the present time added they are
 * still less than "for ever".
 */
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/timespec.h>

int timespec_get(uaddr_t from, uint64_t *ns)
{
	struct linux_timespec time;

	if (copy_from_user(&time, from, sizeof(time)) != 0)
		return -EFAULT;
	if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= (int64_t)NS_PER_SECOND)
		return -EINVAL;
	if ((uint64_t)time.seconds >= INT64_MAX / NS_PER_SECOND)
		*ns = INT64_MAX;
	else
		*ns = (uint64_t)time.seconds * NS_PER_SECOND + (uint64_t)time.nanoseconds;
	return 0;
}

int timespec_put(uaddr_t to, uint64_t ns)
{
	const struct linux_timespec time = timespec_from_ns(ns);

	return copy_to_user(to, &time, sizeof(time));
}

struct linux_timespec timespec_from_ns(uint64_t ns)
{
	return (struct linux_timespec){
		.seconds = (int64_t)(ns / NS_PER_SECOND),
		.nanoseconds = (int64_t)(ns % NS_PER_SECOND),
	};
}

struct linux_timeval timeval_from_ns(uint64_t ns)
{
	return (struct linux_timeval){
		.seconds = (int64_t)(ns / NS_PER_SECOND),
		.microseconds = (int64_t)(ns % NS_PER_SECOND / 1000),
	};
}
