/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What C libraries tell the kernel about each thread at start.
 */
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/syscall.h>
#include <string.h>

static long sys_set_tid_address(const uint64_t *args)
{
	thread_current()->clear_child_tid = UADDR(args[0]);
	return thread_current()->tid;
}
SYSCALL(NR_set_tid_address, sys_set_tid_address);

#define ROBUST_LIST_SIZE 24u

static long sys_set_robust_list(const uint64_t *args)
{
	if (args[1] != ROBUST_LIST_SIZE)
		return -EINVAL;
	thread_current()->robust_list = UADDR(args[0]);
	return 0;
}
SYSCALL(NR_set_robust_list, sys_set_robust_list);

static long sys_get_robust_list(const uint64_t *args)
{
	const uint64_t size = ROBUST_LIST_SIZE;
	const struct thread *thread;
	uint64_t head = 0;

	spin_lock(&process_lock);
	thread = thread_find((int)args[0]);
	if (thread)
		head = thread->robust_list.v;
	spin_unlock(&process_lock);
	if (!thread)
		return -ESRCH;
	if (copy_to_user(UADDR(args[2]), &size, sizeof(size)) != 0 ||
	    copy_to_user(UADDR(args[1]), &head, sizeof(head)) != 0)
		return -EFAULT;
	return 0;
}
SYSCALL(NR_get_robust_list, sys_get_robust_list);

#define PR_SET_NAME 15
#define PR_GET_NAME 16
#define NAME_SIZE   16

static long sys_prctl(const uint64_t *args)
{
	struct thread *thread = thread_current();
	char name[NAME_SIZE] = {0};
	long length;

	switch ((int)args[0]) {
	case PR_SET_NAME:
		length = strncpy_from_user(name, UADDR(args[1]), NAME_SIZE);
		if (length < 0 && length != -ENAMETOOLONG)
			return length;
		name[NAME_SIZE - 1] = '\0';
		memcpy(thread->name, name, NAME_SIZE);
		return 0;
	case PR_GET_NAME:
		memcpy(name, thread->name, NAME_SIZE);
		return copy_to_user(UADDR(args[1]), name, NAME_SIZE);
	default:
		return -EINVAL;
	}
}
SYSCALL(NR_prctl, sys_prctl);
