/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fsync(2), fdatasync(2), sync(2): memory is all there is to write to.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

static long sys_fsync(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result = 0;

	if (!file || file->flags & O_PATH)
		result = -EBADF;
	else if (file->node->kind == NODE_DEVICE)
		result = -EINVAL;
	file_put(file);
	return result;
}
SYSCALL(NR_fsync, sys_fsync);

static long sys_fdatasync(const uint64_t *args)
{
	return sys_fsync(args);
}
SYSCALL(NR_fdatasync, sys_fdatasync);

static long sys_sync(const uint64_t *args)
{
	(void)args;
	return 0;
}
SYSCALL(NR_sync, sys_sync);
