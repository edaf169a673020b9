/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lseek(2).
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

static long sys_lseek(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result;

	if (!file)
		return -EBADF;
	result = file_seek(file, (int64_t)args[1], (unsigned)args[2]);
	file_put(file);
	return result;
}
SYSCALL(NR_lseek, sys_lseek);
