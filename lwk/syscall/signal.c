/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Signal actions and masks. They are kept and given back; see kernel/signal.c for what a signal
 * does.
 */
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define SET_SIZE    8u /* of a kernel sigset_t */
#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#define SS_DISABLE  2
#define MINSIGSTKSZ 5120u /* arm64 */

static long sys_rt_sigaction(const uint64_t *args)
{
	int signal = (int)args[0];
	struct process *process = process_current();
	struct signal_action action, old;

	if (signal < 1 || signal >= SIGNAL_COUNT || args[3] != SET_SIZE)
		return -EINVAL;
	if (args[1] && (signal == SIGKILL || signal == SIGSTOP))
		return -EINVAL;
	if (args[1] && copy_from_user(&action, UADDR(args[1]), sizeof(action)) != 0)
		return -EFAULT;
	spin_lock(&process_lock);
	old = process->actions[signal];
	if (args[1])
		process->actions[signal] = action;
	spin_unlock(&process_lock);
	if (args[2] && copy_to_user(UADDR(args[2]), &old, sizeof(old)) != 0)
		return -EFAULT;
	return 0;
}
SYSCALL(NR_rt_sigaction, sys_rt_sigaction);

static long sys_rt_sigprocmask(const uint64_t *args)
{
	struct process *process = process_current();
	uint64_t old, set = 0;
	long status = 0;

	if (args[3] != SET_SIZE)
		return -EINVAL;
	if (args[1] && copy_from_user(&set, UADDR(args[1]), sizeof(set)) != 0)
		return -EFAULT;
	spin_lock(&process_lock);
	old = process->signals_blocked;
	if (args[1]) {
		switch ((int)args[0]) {
		case SIG_BLOCK:
			signal_set_blocked(process, old | set);
			break;
		case SIG_UNBLOCK:
			signal_set_blocked(process, old & ~set);
			break;
		case SIG_SETMASK:
			signal_set_blocked(process, set);
			break;
		default:
			status = -EINVAL;
		}
	}
	spin_unlock(&process_lock);
	if (status == 0 && args[2] && copy_to_user(UADDR(args[2]), &old, sizeof(old)) != 0)
		return -EFAULT;
	return status;
}
SYSCALL(NR_rt_sigprocmask, sys_rt_sigprocmask);

static long sys_rt_sigpending(const uint64_t *args)
{
	uint64_t pending = process_current()->signals_pending;

	if (args[1] > SET_SIZE)
		return -EINVAL;
	return copy_to_user(UADDR(args[0]), &pending, args[1]);
}
SYSCALL(NR_rt_sigpending, sys_rt_sigpending);

struct linux_stack {
	uint64_t base;
	int32_t flags;
	uint32_t pad;
	uint64_t size;
};

static long sys_sigaltstack(const uint64_t *args)
{
	struct thread *thread = thread_current();
	struct linux_stack new, old = {
					.base = thread->signal_stack.base,
					.flags = thread->signal_stack.size ? 0 : SS_DISABLE,
					.size = thread->signal_stack.size,
				};

	if (args[0]) {
		if (copy_from_user(&new, UADDR(args[0]), sizeof(new)) != 0)
			return -EFAULT;
		if (new.flags & ~SS_DISABLE)
			return -EINVAL;
		if (!(new.flags &SS_DISABLE) && new.size < MINSIGSTKSZ)
			return -ENOMEM;
		thread->signal_stack.base = new.flags &SS_DISABLE ? 0 : new.base;
		thread->signal_stack.size = new.flags &SS_DISABLE ? 0 : new.size;
	}
	if (args[1] && copy_to_user(UADDR(args[1]), &old, sizeof(old)) != 0)
		return -EFAULT;
	return 0;
}
SYSCALL(NR_sigaltstack, sys_sigaltstack);
