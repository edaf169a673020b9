/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Waiting for signals: rt_sigsuspend(2), rt_sigtimedwait(2). And going on with a wait that one
 * interrupted: restart_syscall(2).
 */
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/file_poll.h>
#include <lwk/signal.h>
#include <lwk/syscall.h>
#include <lwk/thread.h>
#include <lwk/wait.h>
#include <string.h>

static long sys_rt_sigsuspend(const uint64_t *args)
{
	uint64_t mask;

	if (args[1] != SIGNAL_SET_SIZE)
		return -EINVAL;
	if (copy_from_user(&mask, UADDR(args[0]), sizeof(mask)) != 0)
		return -EFAULT;
	signal_set_blocked_for_call(mask);
	while (thread_park(WAIT_FOREVER) == 0)
		; /* a wake-up for something else */
	return -ERESTARTNOHAND;
}
SYSCALL(NR_rt_sigsuspend, sys_rt_sigsuspend);

/* Its number, -EAGAIN at the deadline, -EINTR when another signal came. */
static long wait_for(uint64_t set, uint64_t deadline, struct signal_info *info)
{
	int signal = signal_take(set, info, NULL);
	int status = 0;

	if (signal)
		return signal;
	signal_await(set);
	while (!signal && !status) {
		status = thread_park(deadline);
		signal = signal_take(set, info, NULL);
	}
	signal_await(0);
	if (signal)
		return signal;
	return status == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

static long sys_rt_sigtimedwait(const uint64_t *args)
{
	uint8_t siginfo[SIGINFO_SIZE] = {0};
	uint64_t set, deadline;
	struct signal_info info;
	long status;

	if (args[3] != SIGNAL_SET_SIZE)
		return -EINVAL;
	if (copy_from_user(&set, UADDR(args[0]), sizeof(set)) != 0)
		return -EFAULT;
	status = call_deadline(args[2], &deadline);
	if (status)
		return status;
	set &= ~(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP));
	status = wait_for(set, deadline, &info);
	if (status < 0 || !args[1])
		return status;
	memcpy(siginfo, &info, sizeof(info));
	return copy_to_user(UADDR(args[1]), siginfo, sizeof(siginfo)) ? -EFAULT : status;
}
SYSCALL(NR_rt_sigtimedwait, sys_rt_sigtimedwait);

static long sys_restart_syscall(const uint64_t *args)
{
	const struct signal_restart restart = thread_current()->signals.restart;

	(void)args;
	return restart.again ? restart.again(&restart) : -EINTR;
}
SYSCALL(NR_restart_syscall, sys_restart_syscall);
