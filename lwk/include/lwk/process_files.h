/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What processes ask of the file system (lwk/fs implements all of this): the files and working
 * directory that a process is born with, and the bytes of an executable.
 */
#ifndef LWK_PROCESS_FILES_H
#define LWK_PROCESS_FILES_H

#include <bulkhead/types.h>

struct fd_table;
struct file_dir;

/*
 * Unpacks the initial file tree and makes /dev; once, at boot, before device_register. 0 or -errno.
 * The archive stays mapped for ever.
 */
int file_tree_init(const void *cpio, size_t size);

/* For pid 1: descriptors 0 to 2 open on the three paths, working directory /. 0 or -errno. */
int process_files_first(const char *const paths[3], struct fd_table **files, struct file_dir **cwd);
/*
 * For spawn: the parent's descriptors 0 to 2 (shared open files) and its working directory, which
 * the caller holds. 0 or -errno.
 */
int process_files_inherit(struct fd_table *parent_files, struct file_dir *parent_cwd,
			  struct fd_table **files, struct file_dir **cwd);
/* At the end of a process; either may be NULL. */
void process_files_release(struct fd_table *files, struct file_dir *cwd);

struct executable {
	const void *data; /* the whole file, contiguous, unchanged until executable_close */
	size_t size;
	void *held; /* lwk/fs's own */
};

/* cwd NULL: the root. -ENOENT, -EACCES (not executable, a directory), -ENOMEM, ... */
int executable_open(struct file_dir *cwd, const char *path, struct executable *executable);
void executable_close(struct executable *executable);
/* The absolute path of `path` seen from `cwd`, NUL-terminated in `out`. 0 or -ENAMETOOLONG. */
int file_path_absolute(struct file_dir *cwd, const char *path, char *out, size_t size);

#endif
