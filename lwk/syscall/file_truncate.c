/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * truncate(2), ftruncate(2).
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

static long sys_ftruncate(const uint64_t *args)
{
	struct file *file;
	long result;

	if (args[1] > FILE_SIZE_MAX)
		return -EINVAL;
	file = call_file(args[0]);
	if (!file)
		return -EBADF;
	result = file_truncate(file, args[1]);
	file_put(file);
	return result;
}
SYSCALL(NR_ftruncate, sys_ftruncate);

static long sys_truncate(const uint64_t *args)
{
	struct node *node;
	long result;

	if (args[1] > FILE_SIZE_MAX)
		return -EINVAL;
	result = call_node_get((uint64_t)AT_FDCWD, args[0], 0, &node);
	if (result)
		return result;
	if (node->kind == NODE_FILE) {
		mutex_lock(&node->lock);
		file_node_resize(node_file(node), args[1]);
		mutex_unlock(&node->lock);
	} else {
		result = node->kind == NODE_DIRECTORY ? -EISDIR : -EINVAL;
	}
	node_put(node);
	return result;
}
SYSCALL(NR_truncate, sys_truncate);
