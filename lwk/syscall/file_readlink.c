/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * readlinkat(2).
 */
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

static long put_target(struct node *node, uint64_t address, size_t size)
{
	const char *target;
	size_t length;

	if (node->kind != NODE_LINK)
		return -EINVAL;
	target = node_link(node)->read ? node_link(node)->read() : node_link(node)->target;
	if (!target)
		return -ENOENT;
	length = strlen(target);
	if (length > size)
		length = size;
	return copy_to_user(UADDR(address), target, length) ? -EFAULT : (long)length;
}

static long sys_readlinkat(const uint64_t *args)
{
	int size = (int)args[3];
	struct node *node;
	long result;

	if (size <= 0)
		return -EINVAL;
	result = call_node_get(args[0], args[1], AT_SYMLINK_NOFOLLOW, &node);
	if (result)
		return result;
	result = put_target(node, args[2], (size_t)size);
	node_put(node);
	return result;
}
SYSCALL(NR_readlinkat, sys_readlinkat);
