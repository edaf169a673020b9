/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Decoding of what the file system calls have in common: descriptors, paths with the directory they are seen from, access to
 * user memory. Everything found is referred to, and given back by its _put.
 */
#ifndef LWK_FILE_CALL_H
#define LWK_FILE_CALL_H

#include <lwk/file.h>
#include <lwk/file_flags.h>
#include <lwk/file_table.h>
#include <lwk/fs_tree.h>

/* the current process's open file, or NULL: -EBADF */
struct file *call_file(uint64_t fd);

/* a path argument */
struct call_path {
	char *name; /* PATH_LENGTH_MAX bytes, NUL-terminated */
	struct file_dir *start;
};
/* -EFAULT, -ENAMETOOLONG, -ENOENT (empty path), -EBADF, -ENOTDIR, -ENOMEM */
int call_path_get(uint64_t dirfd, uint64_t address, struct call_path *path);
void call_path_put(struct call_path *path);

/* What a path argument names, or with AT_EMPTY_PATH the descriptor itself; AT_SYMLINK_NOFOLLOW as stated. */
int call_node_get(uint64_t dirfd, uint64_t address, unsigned flags, struct node **node);

/* A buffer argument. -EFAULT when it cannot lie in user memory, -EINVAL for a negative count; cut to FILE_COUNT_LIMIT. */
int call_buffer(uint64_t address, uint64_t count, struct io_buffer *buffer);

/* file_read or file_write */
typedef long (*transfer_fn)(struct file *file, const struct file_transfer *transfer);
/* May the file be used so, at this offset (NULL: its position)? 0, -EBADF, -EINVAL, -ESPIPE. */
int call_check_transfer(const struct file *file, const uint64_t *at, transfer_fn transfer);

/* The result of a write: when nobody can read any more, the process gets SIGPIPE for it. */
long call_written(long result);

uint32_t call_umask(void);
/* the current process's working directory */
struct file_dir *call_cwd_get(void);
void call_cwd_set(struct file_dir *dir); /* takes over the caller's reference */

struct linux_timespec;
#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe
/* utimensat(2) with its times in the kernel: args[0], args[1] and args[3] as there. 0 or -errno. */
long file_times_set(const uint64_t *args, const struct linux_timespec *times);

#endif
