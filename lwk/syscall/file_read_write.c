/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * read(2), write(2), pread64(2), pwrite64(2).
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

/* `at` NULL: at the file's position */
static long transfer_buffer(const uint64_t *args, const uint64_t *at, transfer_fn transfer)
{
	struct file *file = call_file(args[0]);
	struct file_transfer io = {.at = at, .wanted = args[2]};
	long result;

	if (!file)
		return -EBADF;
	result = call_check_transfer(file, at, transfer);
	if (!result)
		result = call_buffer(args[1], args[2], &io.buffer);
	if (!result)
		result = transfer(file, &io);
	file_put(file);
	return result;
}

static long sys_read(const uint64_t *args)
{
	return transfer_buffer(args, NULL, file_read);
}
SYSCALL(NR_read, sys_read);

static long sys_write(const uint64_t *args)
{
	return call_written(transfer_buffer(args, NULL, file_write));
}
SYSCALL(NR_write, sys_write);

static long sys_pread64(const uint64_t *args)
{
	return transfer_buffer(args, &args[3], file_read);
}
SYSCALL(NR_pread64, sys_pread64);

static long sys_pwrite64(const uint64_t *args)
{
	return transfer_buffer(args, &args[3], file_write);
}
SYSCALL(NR_pwrite64, sys_pwrite64);
