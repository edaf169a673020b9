/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * openat(2), close(2), close_range(2).
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

static int open_path(const uint64_t *args, struct file **file)
{
	unsigned mode = (unsigned)args[3] & 07777 & ~call_umask();
	struct call_path path;
	int error = call_path_get(args[0], args[1], &path);

	if (error)
		return error;
	error = file_open(path.start, path.name, (unsigned)args[2], mode, file);
	call_path_put(&path);
	return error;
}

static long sys_openat(const uint64_t *args)
{
	struct fd_table *files = process_current()->files;
	struct file *file = NULL;
	int fd = fd_reserve(files, 0), error;

	if (fd < 0)
		return fd;
	error = open_path(args, &file);
	fd_install(files, fd, file, (args[2] & O_CLOEXEC) != 0);
	return error ? error : fd;
}
SYSCALL(NR_openat, sys_openat);

static long sys_close(const uint64_t *args)
{
	return fd_close(process_current()->files, (int)args[0]);
}
SYSCALL(NR_close, sys_close);

#define CLOSE_RANGE_CLOEXEC 4u

static long sys_close_range(const uint64_t *args)
{
	struct fd_table *files = process_current()->files;
	unsigned first = (unsigned)args[0], last = (unsigned)args[1], flags = (unsigned)args[2];

	if (flags & ~CLOSE_RANGE_CLOEXEC || first > last)
		return -EINVAL;
	for (int fd = first < FD_LIMIT ? fd_next(files, (int)first) : -1;
	     fd >= 0 && (unsigned)fd <= last; fd = fd_next(files, fd + 1)) {
		if (flags & CLOSE_RANGE_CLOEXEC)
			fd_set_close_on_exec(files, fd, true);
		else
			fd_close(files, fd);
	}
	return 0;
}
SYSCALL(NR_close_range, sys_close_range);
