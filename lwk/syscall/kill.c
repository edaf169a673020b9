/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sending signals: kill, tkill, tgkill. Everybody is root; process groups have one member each.
 */
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

static long send(int pid, int signal)
{
	struct process *process;
	long status = -ESRCH;

	spin_lock(&process_lock);
	process = process_find(pid);
	if (process)
		status = signal_send(process, signal);
	spin_unlock(&process_lock);
	return status;
}

static long sys_kill(const uint64_t *args)
{
	int pid = (int)args[0];

	if (pid == -1) /* all others: more than anything here needs */
		return -EPERM;
	if (pid <= 0)
		pid = pid == 0 ? process_current()->pid : -pid;
	return send(pid, (int)args[1]);
}
SYSCALL(NR_kill, sys_kill);

/* a process has one thread, whose id is the process's */
static long sys_tkill(const uint64_t *args)
{
	return (int)args[0] <= 0 ? -EINVAL : send((int)args[0], (int)args[1]);
}
SYSCALL(NR_tkill, sys_tkill);

static long sys_tgkill(const uint64_t *args)
{
	if ((int)args[0] <= 0 || (int)args[1] <= 0)
		return -EINVAL;
	if ((int)args[0] != (int)args[1])
		return -ESRCH;
	return send((int)args[1], (int)args[2]);
}
SYSCALL(NR_tgkill, sys_tgkill);
