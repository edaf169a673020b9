/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * readlinkat(2).
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

static long put_target(struct node *node, uint64_t address, size_t size)
{
	const struct link_node *link = node_link(node);
	size_t length = size;

	if (node->kind != NODE_LINK)
		return -EINVAL;
	if (length > link->length)
		length = link->length;
	return copy_to_user(UADDR(address), link->target, length) ? -EFAULT : (long)length;
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
