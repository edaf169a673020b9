/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rt_sigaction(2): what is done about a signal.
 */
#include <lwk/errno.h>
#include <lwk/signal.h>
#include <lwk/syscall.h>
#include <lwk/uaccess.h>

static long sys_rt_sigaction(const uint64_t *args)
{
	int signal = (int)args[0];
	struct signal_action new, old;

	if (args[3] != SIGNAL_SET_SIZE)
		return -EINVAL;
	if (args[1] && copy_from_user(&new, UADDR(args[1]), sizeof(new)) != 0)
		return -EFAULT;
	if (signal < 1 || signal >= SIGNAL_COUNT)
		return -EINVAL;
	if (args[1] && (signal == SIGKILL || signal == SIGSTOP))
		return -EINVAL;
	signal_set_action(signal, args[1] ? &new : NULL, &old);
	return args[2] ? copy_to_user(UADDR(args[2]), &old, sizeof(old)) : 0;
}
SYSCALL(NR_rt_sigaction, sys_rt_sigaction);
