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

/* Robust mutexes matter between threads and processes that share memory; there are none. */
static long sys_set_robust_list(const uint64_t *args)
{
	return args[1] == ROBUST_LIST_SIZE ? 0 : -EINVAL;
}
SYSCALL(NR_set_robust_list, sys_set_robust_list);

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
