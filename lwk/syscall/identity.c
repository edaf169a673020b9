/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who a process is. There is one user, root, and every process is its own group and session.
 */
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

static long sys_getpid(const uint64_t *args)
{
	(void)args;
	return process_current()->pid;
}
SYSCALL(NR_getpid, sys_getpid);

static long sys_gettid(const uint64_t *args)
{
	(void)args;
	return thread_current()->tid;
}
SYSCALL(NR_gettid, sys_gettid);

static long sys_getppid(const uint64_t *args)
{
	const struct process *parent;
	long pid;

	(void)args;
	spin_lock(&process_lock);
	parent = process_current()->parent;
	pid = parent ? parent->pid : 0;
	spin_unlock(&process_lock);
	return pid;
}
SYSCALL(NR_getppid, sys_getppid);

/* every user and group id there is */
static long sys_get_id(const uint64_t *args)
{
	(void)args;
	return 0;
}
SYSCALL_AS(NR_getuid, getuid, sys_get_id);
SYSCALL_AS(NR_geteuid, geteuid, sys_get_id);
SYSCALL_AS(NR_getgid, getgid, sys_get_id);
SYSCALL_AS(NR_getegid, getegid, sys_get_id);

static long sys_getgroups(const uint64_t *args)
{
	return (int)args[0] < 0 ? -EINVAL : 0;
}
SYSCALL(NR_getgroups, sys_getgroups);

/* None but the one that it has already: no group at all. */
static long sys_setgroups(const uint64_t *args)
{
	return (int)args[0] == 0 ? 0 : -EINVAL;
}
SYSCALL(NR_setgroups, sys_setgroups);

/* getresuid and getresgid: real, effective, saved */
static long sys_get_three(const uint64_t *args)
{
	const uint32_t id = 0;

	for (unsigned i = 0; i < 3; i++) {
		if (copy_to_user(UADDR(args[i]), &id, sizeof(id)) != 0)
			return -EFAULT;
	}
	return 0;
}
SYSCALL_AS(NR_getresuid, getresuid, sys_get_three);
SYSCALL_AS(NR_getresgid, getresgid, sys_get_three);

/* To root; there is nobody else to become. */
static long sys_set_id(const uint64_t *args)
{
	return (uint32_t)args[0] == 0 ? 0 : -EINVAL;
}
SYSCALL_AS(NR_setuid, setuid, sys_set_id);
SYSCALL_AS(NR_setgid, setgid, sys_set_id);

/* ids of which each is root's, or -1: left as it is */
static long set_ids(const uint64_t *args, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if ((uint32_t)args[i] != 0 && (uint32_t)args[i] != UINT32_MAX)
			return -EINVAL;
	}
	return 0;
}

static long sys_set_two(const uint64_t *args)
{
	return set_ids(args, 2);
}
SYSCALL_AS(NR_setreuid, setreuid, sys_set_two);
SYSCALL_AS(NR_setregid, setregid, sys_set_two);

static long sys_set_three(const uint64_t *args)
{
	return set_ids(args, 3);
}
SYSCALL_AS(NR_setresuid, setresuid, sys_set_three);
SYSCALL_AS(NR_setresgid, setresgid, sys_set_three);

static long sys_getpgid(const uint64_t *args)
{
	int pid = (int)args[0];
	bool exists;

	if (pid == 0)
		return process_current()->pid;
	spin_lock(&process_lock);
	exists = process_find(pid);
	spin_unlock(&process_lock);
	return exists ? pid : -ESRCH;
}
SYSCALL_AS(NR_getpgid, getpgid, sys_getpgid);
SYSCALL_AS(NR_getsid, getsid, sys_getpgid);

static long sys_setpgid(const uint64_t *args)
{
	int own = process_current()->pid;
	int pid = (int)args[0], group = (int)args[1];

	if (pid < 0 || group < 0)
		return -EINVAL;
	if (pid != 0 && pid != own)
		return -ESRCH;
	return group == 0 || group == own ? 0 : -EPERM;
}
SYSCALL(NR_setpgid, sys_setpgid);

/* a process that leads its group cannot start a session */
static long sys_setsid(const uint64_t *args)
{
	(void)args;
	return -EPERM;
}
SYSCALL(NR_setsid, sys_setsid);
