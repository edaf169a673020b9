/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * umask(2), fchmod(2), fchmodat(2), fchown(2), fchownat(2): recorded and reported; root is the only user, and may do everything.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define UNCHANGED UINT32_MAX

static long sys_umask(const uint64_t *args)
{
	return (long)__atomic_exchange_n(&process_current()->umask, (uint32_t)args[0] & 0777,
					 __ATOMIC_RELAXED);
}
SYSCALL(NR_umask, sys_umask);

static void change_mode(struct node *node, uint64_t mode)
{
	mutex_lock(&node->lock);
	node->mode = (uint32_t)mode & 07777;
	node->changed = node_time_now();
	mutex_unlock(&node->lock);
}

static void change_owner(struct node *node, uint64_t uid, uint64_t gid)
{
	mutex_lock(&node->lock);
	if ((uint32_t)uid != UNCHANGED)
		node->uid = (uint32_t)uid;
	if ((uint32_t)gid != UNCHANGED)
		node->gid = (uint32_t)gid;
	node->changed = node_time_now();
	mutex_unlock(&node->lock);
}

static long sys_fchmod(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result = 0;

	if (!file || file_flags(file) & O_PATH)
		result = -EBADF;
	else
		change_mode(file->node, args[1]);
	file_put(file);
	return result;
}
SYSCALL(NR_fchmod, sys_fchmod);

static long sys_fchmodat(const uint64_t *args)
{
	struct node *node;
	long result = call_node_get(args[0], args[1], 0, &node);

	if (result)
		return result;
	change_mode(node, args[2]);
	node_put(node);
	return 0;
}
SYSCALL(NR_fchmodat, sys_fchmodat);

static long sys_fchown(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result = 0;

	if (!file || file_flags(file) & O_PATH)
		result = -EBADF;
	else
		change_owner(file->node, args[1], args[2]);
	file_put(file);
	return result;
}
SYSCALL(NR_fchown, sys_fchown);

static long sys_fchownat(const uint64_t *args)
{
	unsigned flags = (unsigned)args[4];
	struct node *node;
	long result;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	result = call_node_get(args[0], args[1], flags, &node);
	if (result)
		return result;
	change_owner(node, args[2], args[3]);
	node_put(node);
	return 0;
}
SYSCALL(NR_fchownat, sys_fchownat);
