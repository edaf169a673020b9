/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dup(2), dup3(2), fcntl(2): descriptors and their flags.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/file_lock.h>
#include <lwk/fs_pipe.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define F_DUPFD         0u
#define F_GETFD         1u
#define F_SETFD         2u
#define F_GETFL         3u
#define F_SETFL         4u
#define F_DUPFD_CLOEXEC 1030u
#define F_GETPIPE_SZ    1032u
#define FD_CLOEXEC      1u

#define SETTABLE_FLAGS (O_APPEND | O_NONBLOCK | O_DIRECT)

/* another descriptor for `file`, whose reference stays the caller's */
static long duplicate(struct file *file, uint64_t lowest, bool close_on_exec)
{
	long result;

	if (lowest >= fd_get_limit(process_current()->files))
		return -EINVAL;
	file_hold(file);
	result = fd_add(process_current()->files, (unsigned)lowest, file, close_on_exec);
	if (result < 0)
		file_put(file);
	return result;
}

static long sys_dup(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result;

	if (!file)
		return -EBADF;
	result = duplicate(file, 0, false);
	file_put(file);
	return result;
}
SYSCALL(NR_dup, sys_dup);

static long sys_dup3(const uint64_t *args)
{
	unsigned fd = (unsigned)args[1], flags = (unsigned)args[2];
	struct file *file;
	long result;

	if (flags & ~O_CLOEXEC || (unsigned)args[0] == fd)
		return -EINVAL;
	if (fd >= fd_get_limit(process_current()->files))
		return -EBADF;
	file = call_file(args[0]);
	if (!file)
		return -EBADF;
	result = fd_set(process_current()->files, fd, file, (flags & O_CLOEXEC) != 0);
	if (result) {
		file_put(file);
		return result;
	}
	return (long)fd;
}
SYSCALL(NR_dup3, sys_dup3);

/* commands on the descriptor, not on the open file */
static long control_descriptor(int fd, unsigned command, uint64_t argument)
{
	struct fd_table *files = process_current()->files;

	if (command == F_GETFD)
		return fd_get_close_on_exec(files, fd);
	return fd_set_close_on_exec(files, fd, (argument & FD_CLOEXEC) != 0);
}

static long control_file(struct file *file, unsigned command, uint64_t argument)
{
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return duplicate(file, (unsigned)argument, command == F_DUPFD_CLOEXEC);
	case F_GETFL:
		return (long)(file_flags(file) | (file_flags(file) & O_PATH ? 0 : O_LARGEFILE));
	case F_SETFL:
		if (file_flags(file) & O_PATH)
			return -EBADF;
		file_set_flags(file, SETTABLE_FLAGS, (unsigned)argument & SETTABLE_FLAGS);
		return 0;
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return call_record_lock(file, command, argument);
	case F_GETPIPE_SZ:
		return file->node->kind == NODE_PIPE ? (long)PIPE_SIZE : -EBADF;
	default:
		return -EINVAL;
	}
}

static long sys_fcntl(const uint64_t *args)
{
	unsigned command = (unsigned)args[1];
	struct file *file;
	long result;

	if (command == F_GETFD || command == F_SETFD)
		return control_descriptor((int)args[0], command, args[2]);
	file = call_file(args[0]);
	if (!file)
		return -EBADF;
	result = control_file(file, command, args[2]);
	file_put(file);
	return result;
}
SYSCALL(NR_fcntl, sys_fcntl);
