/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * faccessat(2), faccessat2(2), as they answer to root: everything may be read and written, and executed if anyone may execute it.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

#define ACCESS_EXECUTE 1u
#define ACCESS_WRITE   2u
#define ACCESS_ALL     7u

static long check_access(const uint64_t *args, unsigned flags)
{
	unsigned wanted = (unsigned)args[2];
	struct node_status status;
	struct node *node;
	long result;

	if (wanted & ~ACCESS_ALL)
		return -EINVAL;
	result = call_node_get(args[0], args[1], flags, &node);
	if (result)
		return result;
	node_get_status(node, &status);
	if (wanted & ACCESS_EXECUTE && node->kind != NODE_DIRECTORY && !(status.mode & 0111))
		result = -EACCES;
	if (wanted & ACCESS_WRITE && node->kind == NODE_TEXT)
		result = -EACCES;
	node_put(node);
	return result;
}

static long sys_faccessat(const uint64_t *args)
{
	return check_access(args, 0);
}
SYSCALL(NR_faccessat, sys_faccessat);

static long sys_faccessat2(const uint64_t *args)
{
	unsigned flags = (unsigned)args[3];

	if (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return check_access(args, flags);
}
SYSCALL(NR_faccessat2, sys_faccessat2);
