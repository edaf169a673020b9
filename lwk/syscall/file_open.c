/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * openat(2), close(2). O_TMPFILE is what a kernel without it sees: O_DIRECTORY with writing, EISDIR.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

static long sys_openat(const uint64_t *args)
{
	unsigned flags = (unsigned)args[2];
	unsigned mode = (unsigned)args[3] & 07777 & ~process_current()->umask;
	struct call_path path;
	struct file *file;
	int result = call_path_get(args[0], args[1], &path);

	if (result)
		return result;
	result = file_open(path.start, path.name, flags, mode, &file);
	call_path_put(&path);
	if (result)
		return result;
	result = fd_add(process_current()->files, 0, file, (flags & O_CLOEXEC) != 0);
	if (result < 0)
		file_put(file);
	return result;
}
SYSCALL(NR_openat, sys_openat);

static long sys_close(const uint64_t *args)
{
	return fd_close(process_current()->files, (int)args[0]);
}
SYSCALL(NR_close, sys_close);
