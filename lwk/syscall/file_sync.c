/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fsync(2), fdatasync(2), sync(2), syncfs(2), sync_file_range(2): memory is all there is to write to. fadvise64(2), readahead(2): nor is
 * there anything to read in advance.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

static long sys_fsync(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result = 0;

	if (!file || file_flags(file) & O_PATH)
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

static long sys_syncfs(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result = file && !(file_flags(file) & O_PATH) ? 0 : -EBADF;

	file_put(file);
	return result;
}
SYSCALL(NR_syncfs, sys_syncfs);

/* of a range of a file; `invalid` when the other arguments make no sense */
static long advise(uint64_t fd, bool invalid)
{
	struct file *file = call_file(fd);
	long result = 0;

	if (!file || file_flags(file) & O_PATH)
		result = -EBADF;
	else if (!file_has_position(file))
		result = -ESPIPE;
	else if (invalid)
		result = -EINVAL;
	file_put(file);
	return result;
}

#define SYNC_RANGE_FLAGS 7u
#define ADVICE_LAST      5

static long sys_sync_file_range(const uint64_t *args)
{
	return advise(args[0], args[1] > FILE_SIZE_MAX || args[2] > FILE_SIZE_MAX ||
				       (unsigned)args[3] & ~SYNC_RANGE_FLAGS);
}
SYSCALL(NR_sync_file_range, sys_sync_file_range);

static long sys_fadvise64(const uint64_t *args)
{
	return advise(args[0], args[2] > INT64_MAX || (unsigned)args[3] > ADVICE_LAST);
}
SYSCALL(NR_fadvise64, sys_fadvise64);

static long sys_readahead(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result = -EBADF;

	if (file && file_can_read(file))
		result = file->node->kind == NODE_FILE ? 0 : -EINVAL;
	file_put(file);
	return result;
}
SYSCALL(NR_readahead, sys_readahead);
