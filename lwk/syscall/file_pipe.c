/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pipe2(2).
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

/* Descriptors for both files, whose references it takes over in any case. */
static int give_descriptors(struct file *files[2], bool close_on_exec, int fds[2])
{
	struct fd_table *table = process_current()->files;

	fds[0] = fd_add(table, 0, files[0], close_on_exec);
	if (fds[0] < 0) {
		file_put(files[0]);
		file_put(files[1]);
		return fds[0];
	}
	fds[1] = fd_add(table, 0, files[1], close_on_exec);
	if (fds[1] < 0) {
		fd_close(table, fds[0]);
		file_put(files[1]);
		return fds[1];
	}
	return 0;
}

static long sys_pipe2(const uint64_t *args)
{
	unsigned flags = (unsigned)args[1];
	struct file *files[2];
	int fds[2], error;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	error = file_open_pipe(flags & O_NONBLOCK, files);
	if (!error)
		error = give_descriptors(files, (flags & O_CLOEXEC) != 0, fds);
	if (!error && copy_to_user(UADDR(args[0]), fds, sizeof(fds))) {
		fd_close(process_current()->files, fds[0]);
		fd_close(process_current()->files, fds[1]);
		error = -EFAULT;
	}
	return error;
}
SYSCALL(NR_pipe2, sys_pipe2);
