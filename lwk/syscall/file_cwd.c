/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * getcwd(2), chdir(2), fchdir(2).
 */
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/heap.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

/* the path, at the end of a page; caller holds tree_lock */
static long put_cwd(char *page, uint64_t address, uint64_t size)
{
	const struct file_dir *cwd = process_current()->cwd;
	char *path;
	size_t length;

	if (directory_is_removed(cwd))
		return -ENOENT;
	path = directory_path(cwd, page, PAGE_SIZE);
	if (!path)
		return -ENAMETOOLONG;
	length = strlen(path) + 1;
	if (length > size)
		return -ERANGE;
	return copy_to_user(UADDR(address), path, length) ? -EFAULT : (long)length;
}

static long sys_getcwd(const uint64_t *args)
{
	char *page = page_alloc(0);
	long result;

	if (!page)
		return -ENOMEM;
	tree_lock();
	result = put_cwd(page, args[0], args[1]);
	tree_unlock();
	page_free(page, 0);
	return result;
}
SYSCALL(NR_getcwd, sys_getcwd);

/* takes over the caller's reference */
static long change_to(struct node *node)
{
	if (node->kind != NODE_DIRECTORY) {
		node_put(node);
		return -ENOTDIR;
	}
	call_cwd_set(node_dir(node));
	return 0;
}

static long sys_chdir(const uint64_t *args)
{
	struct node *node;
	long result = call_node_get((uint64_t)AT_FDCWD, args[0], 0, &node);

	return result ? result : change_to(node);
}
SYSCALL(NR_chdir, sys_chdir);

static long sys_fchdir(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result;

	if (!file)
		return -EBADF;
	result = change_to(node_hold(file->node));
	file_put(file);
	return result;
}
SYSCALL(NR_fchdir, sys_fchdir);
