/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * prlimit64(2), getrlimit(2), setrlimit(2) of the calling process.
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

void limits_init(struct limit limits[LIMIT_COUNT])
{
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		limits[i] = (struct limit){LIMIT_NONE, LIMIT_NONE};
	limits[RLIMIT_STACK].soft = USER_STACK_SIZE;
	limits[RLIMIT_CORE].soft = 0;
	limits[RLIMIT_NOFILE] = (struct limit){FD_LIMIT, FD_LIMIT};
}

struct limit limit_of(uint32_t resource)
{
	struct limit limit;

	spin_lock(&process_lock);
	limit = process_current()->limits[resource];
	spin_unlock(&process_lock);
	return limit;
}

/* Everybody is root, who may raise any limit, but not over what a descriptor table can hold. */
static long limit_set(uint32_t resource, struct limit limit)
{
	struct process *process = process_current();

	if (limit.soft > limit.hard)
		return -EINVAL;
	if (resource == RLIMIT_NOFILE && limit.hard > FD_LIMIT)
		return -EPERM;
	spin_lock(&process_lock);
	process->limits[resource] = limit;
	spin_unlock(&process_lock);
	if (resource == RLIMIT_NOFILE)
		fd_set_limit(process->files, (unsigned)limit.soft);
	return 0;
}

/* addresses; 0: not wanted */
static long limit_get_set(uint32_t resource, uint64_t new, uint64_t old)
{
	struct limit wanted, last;
	long status = 0;

	if (new != 0 && copy_from_user(&wanted, UADDR(new), sizeof(wanted)) != 0)
		return -EFAULT;
	if (resource >= LIMIT_COUNT)
		return -EINVAL;
	last = limit_of(resource);
	if (new != 0)
		status = limit_set(resource, wanted);
	if (status != 0 || old == 0)
		return status;
	return copy_to_user(UADDR(old), &last, sizeof(last));
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
	long status = limit_get_set((uint32_t)args[0], 0, args[1]);

	return status == 0 && args[1] == 0 ? -EFAULT : status;
}
SYSCALL(NR_getrlimit, sys_getrlimit);

static long sys_setrlimit(const uint64_t *args)
{
	return args[1] ? limit_get_set((uint32_t)args[0], args[1], 0) : -EFAULT;
}
SYSCALL(NR_setrlimit, sys_setrlimit);
