/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The mask of blocked signals of the calling thread, and which of them wait: rt_sigprocmask(2),
 * rt_sigpending(2).
 */
#include <lwk/errno.h>
#include <lwk/signal.h>
#include <lwk/syscall.h>
#include <lwk/thread.h>

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

static long mask_change(int how, uint64_t set)
{
	uint64_t blocked = thread_current()->signals.blocked;

	switch (how) {
	case SIG_BLOCK:
		signal_set_blocked(blocked | set);
		return 0;
	case SIG_UNBLOCK:
		signal_set_blocked(blocked & ~set);
		return 0;
	case SIG_SETMASK:
		signal_set_blocked(set);
		return 0;
	default:
		return -EINVAL;
	}
}

static long sys_rt_sigprocmask(const uint64_t *args)
{
	uint64_t set, old = thread_current()->signals.blocked;
	long status = 0;

	if (args[3] != SIGNAL_SET_SIZE)
		return -EINVAL;
	if (args[1] && copy_from_user(&set, UADDR(args[1]), sizeof(set)) != 0)
		return -EFAULT;
	if (args[1])
		status = mask_change((int)args[0], set);
	if (status == 0 && args[2] && copy_to_user(UADDR(args[2]), &old, sizeof(old)) != 0)
		return -EFAULT;
	return status;
}
SYSCALL(NR_rt_sigprocmask, sys_rt_sigprocmask);

static long sys_rt_sigpending(const uint64_t *args)
{
	uint64_t set = signal_pending() & thread_current()->signals.blocked;

	if (args[1] > SIGNAL_SET_SIZE)
		return -EINVAL;
	return copy_to_user(UADDR(args[0]), &set, args[1]);
}
SYSCALL(NR_rt_sigpending, sys_rt_sigpending);
