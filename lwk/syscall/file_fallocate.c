/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fallocate(2): memory is taken when a file is written. C libraries answer EOPNOTSUPP by writing zeros, which takes it.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

static long sys_fallocate(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result = file && file_can_write(file) ? -EOPNOTSUPP : -EBADF;

	file_put(file);
	return result;
}
SYSCALL(NR_fallocate, sys_fallocate);
