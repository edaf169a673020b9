/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Waiting: poll, select, pause; and what wakes: alarm.
 */
#include "legacy.h"
#include <lwk/clock.h>
#include <lwk/file_poll.h>
#include <lwk/interval_timer.h>
#include <lwk/signal.h>
#include <lwk/thread.h>
#include <lwk/timespec.h>
#include <lwk/wait.h>

#define NS_PER_MS 1000000u
#define NS_PER_US 1000u

/* interrupted, it goes on until the same time */
static long poll_again(const struct signal_restart *restart)
{
	long result = poll_call(restart->arguments[0], (uint32_t)restart->arguments[1],
				restart->deadline);

	return result == -ERESTARTNOHAND ? signal_call_restart(restart) : result;
}

static long sys_poll(const uint64_t *args)
{
	int ms = (int)args[2];

	return poll_again(&(struct signal_restart){
		.again = poll_again,
		.deadline = ms < 0 ? WAIT_FOREVER : time_now_ns() + (uint64_t)ms * NS_PER_MS,
		.arguments = {args[0], args[1]},
	});
}
SYSCALL(NR_poll, sys_poll);

/* More than a second of microseconds is allowed here. */
static int timeval_deadline(uint64_t address, uint64_t *deadline)
{
	struct linux_timeval time;

	*deadline = WAIT_FOREVER;
	if (!address)
		return 0;
	if (copy_from_user(&time, UADDR(address), sizeof(time)) != 0)
		return -EFAULT;
	if (time.seconds < 0 || time.microseconds < 0)
		return -EINVAL;
	if ((uint64_t)time.seconds < INT64_MAX / NS_PER_SECOND / 2 &&
	    (uint64_t)time.microseconds < INT64_MAX / NS_PER_US / 2)
		*deadline = time_now_ns() + (uint64_t)time.seconds * NS_PER_SECOND +
			    (uint64_t)time.microseconds * NS_PER_US;
	return 0;
}

/* The time that is left goes to where it came from, so that a call done again waits no longer. */
static long sys_select(const uint64_t *args)
{
	uint64_t deadline, now;
	long result = timeval_deadline(args[4], &deadline);
	struct linux_timeval left;

	if (result)
		return result;
	result = select_call(args, deadline);
	if (!args[4] || deadline == WAIT_FOREVER)
		return result;
	now = time_now_ns();
	left = timeval_from_ns(deadline > now ? deadline - now : 0);
	if (copy_to_user(UADDR(args[4]), &left, sizeof(left)) && result == -ERESTARTNOHAND)
		return -EINTR;
	return result;
}
SYSCALL(NR_select, sys_select);

static long sys_pause(const uint64_t *args)
{
	(void)args;
	while (thread_park(WAIT_FOREVER) == 0)
		; /* a wake-up for something else */
	return -ERESTARTNOHAND;
}
SYSCALL(NR_pause, sys_pause);

/* What was left of the one before: to the next second from the middle on, and never none. */
static long sys_alarm(const uint64_t *args)
{
	struct timer_setting old, new = {.value = (uint64_t)(uint32_t)args[0] * NS_PER_SECOND};
	uint64_t seconds;

	itimer_set(0, &new, &old);
	seconds = (old.value + NS_PER_SECOND / 2) / NS_PER_SECOND;
	return seconds || !old.value ? (long)seconds : 1;
}
SYSCALL(NR_alarm, sys_alarm);
