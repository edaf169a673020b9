/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Resource limits: reported as they are; they cannot be changed but to what they are or less, which
 * changes nothing.
 */
#include <arch/layout.h>
#include <lwk/errno.h>
#include <lwk/file_table.h>
#include <lwk/limits.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define RLIMIT_STACK  3u
#define RLIMIT_CORE   4u
#define RLIMIT_NOFILE 7u

struct limit limit_of(uint32_t resource)
{
	switch (resource) {
	case RLIMIT_STACK:
		return (struct limit){USER_STACK_SIZE, LIMIT_NONE};
	case RLIMIT_CORE:
		return (struct limit){0, 0};
	case RLIMIT_NOFILE:
		return (struct limit){FD_LIMIT, FD_LIMIT};
	default:
		return (struct limit){LIMIT_NONE, LIMIT_NONE};
	}
}

static long limit_get_set(uint32_t resource, uint64_t new, uint64_t old)
{
	struct limit limit, wanted;

	if (resource >= LIMIT_COUNT)
		return -EINVAL;
	limit = limit_of(resource);
	if (new) {
		if (copy_from_user(&wanted, UADDR(new), sizeof(wanted)) != 0)
			return -EFAULT;
		if (wanted.soft > wanted.hard)
			return -EINVAL;
		if (wanted.hard > limit.hard)
			return -EPERM;
	}
	return old ? copy_to_user(UADDR(old), &limit, sizeof(limit)) : 0;
}

static long sys_prlimit64(const uint64_t *args)
{
	int pid = (int)args[0];

	if (pid != 0 && pid != process_current()->pid)
		return -ESRCH;
	return limit_get_set((uint32_t)args[1], args[2], args[3]);
}
SYSCALL(NR_prlimit64, sys_prlimit64);

static long sys_getrlimit(const uint64_t *args)
{
	return limit_get_set((uint32_t)args[0], 0, args[1]);
}
SYSCALL(NR_getrlimit, sys_getrlimit);

static long sys_setrlimit(const uint64_t *args)
{
	return limit_get_set((uint32_t)args[0], args[1], 0);
}
SYSCALL(NR_setrlimit, sys_setrlimit);
