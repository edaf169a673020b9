/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sending signals: kill(2), tkill(2), tgkill(2), rt_sigqueueinfo(2), rt_tgsigqueueinfo(2). Everybody
 * is root; process groups have one member each.
 */
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/syscall.h>
#include <lwk/thread.h>

/* pid of a process, tid of one of its threads or 0 */
static long send(int pid, int tid, const struct signal_info *info)
{
	struct process *process;
	struct thread *thread = NULL;
	enum signal_sent sent = SIGNAL_IGNORED;
	bool is_signal = info->signo >= 0 && info->signo < SIGNAL_COUNT;

	spin_lock(&process_lock);
	process = process_find(pid);
	if (process && tid)
		thread = process_thread_find(process, tid);
	if (process && (thread || !tid) && is_signal && info->signo != 0)
		sent = signal_send(process, thread, info);
	spin_unlock(&process_lock);
	if (!process || (tid && !thread))
		return -ESRCH;
	if (!is_signal)
		return -EINVAL;
	return sent == SIGNAL_FULL ? -EAGAIN : 0;
}

static struct signal_info info_make(uint64_t signal, int code)
{
	return (struct signal_info){
		.signo = (int)signal, .code = code, .sent.pid = process_current()->pid};
}

static long sys_kill(const uint64_t *args)
{
	int pid = (int)args[0];
	const struct signal_info info = info_make(args[1], SI_USER);

	if (pid == -1) /* all others: more than anything here needs */
		return -EPERM;
	if (pid <= 0)
		pid = pid == 0 ? process_current()->pid : -pid;
	return send(pid, 0, &info);
}
SYSCALL(NR_kill, sys_kill);

static long sys_tkill(const uint64_t *args)
{
	const struct signal_info info = info_make(args[1], SI_TKILL);
	int tid = (int)args[0];

	return tid <= 0 ? -EINVAL : send(process_current()->pid, tid, &info);
}
SYSCALL(NR_tkill, sys_tkill);

static long sys_tgkill(const uint64_t *args)
{
	const struct signal_info info = info_make(args[2], SI_TKILL);
	int pid = (int)args[0], tid = (int)args[1];

	return pid <= 0 || tid <= 0 ? -EINVAL : send(pid, tid, &info);
}
SYSCALL(NR_tgkill, sys_tgkill);

/* A siginfo_t as the caller made it; only what the kernel itself says is not his to say. */
static long send_info(int pid, int tid, uint64_t signal, uint64_t from)
{
	struct signal_info info;

	if (copy_from_user(&info, UADDR(from), sizeof(info)) != 0)
		return -EFAULT;
	info.signo = (int)signal;
	if ((info.code >= 0 || info.code == SI_TKILL) && pid != process_current()->pid)
		return -EPERM;
	return send(pid, tid, &info);
}

static long sys_rt_sigqueueinfo(const uint64_t *args)
{
	return send_info((int)args[0], 0, args[1], args[2]);
}
SYSCALL(NR_rt_sigqueueinfo, sys_rt_sigqueueinfo);

static long sys_rt_tgsigqueueinfo(const uint64_t *args)
{
	if ((int)args[0] <= 0 || (int)args[1] <= 0)
		return -EINVAL;
	return send_info((int)args[0], (int)args[1], args[2], args[3]);
}
SYSCALL(NR_rt_tgsigqueueinfo, sys_rt_tgsigqueueinfo);
