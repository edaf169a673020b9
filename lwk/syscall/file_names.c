/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mkdirat(2), unlinkat(2), symlinkat(2), linkat(2), renameat(2), renameat2(2).
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

static long sys_mkdirat(const uint64_t *args)
{
	unsigned mode = (unsigned)args[2] & 01777 & ~call_umask();
	struct call_path path;
	long result = call_path_get(args[0], args[1], &path);

	if (result)
		return result;
	result = tree_make_directory(path.start, path.name, mode);
	call_path_put(&path);
	return result;
}
SYSCALL(NR_mkdirat, sys_mkdirat);

static long sys_unlinkat(const uint64_t *args)
{
	unsigned flags = (unsigned)args[2];
	struct call_path path;
	long result;

	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	result = call_path_get(args[0], args[1], &path);
	if (result)
		return result;
	if (flags & AT_REMOVEDIR)
		result = tree_remove_directory(path.start, path.name);
	else
		result = tree_remove_name(path.start, path.name);
	call_path_put(&path);
	return result;
}
SYSCALL(NR_unlinkat, sys_unlinkat);

static long sys_symlinkat(const uint64_t *args)
{
	struct call_path target, path;
	long result = call_path_get((uint64_t)AT_FDCWD, args[0], &target);

	if (result)
		return result;
	result = call_path_get(args[1], args[2], &path);
	if (!result) {
		result = tree_make_link(path.start, path.name, target.name);
		call_path_put(&path);
	}
	call_path_put(&target);
	return result;
}
SYSCALL(NR_symlinkat, sys_symlinkat);

static long sys_linkat(const uint64_t *args)
{
	unsigned flags = (unsigned)args[4];
	struct call_path path;
	struct node *node;
	long result;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (!(flags & AT_SYMLINK_FOLLOW))
		flags |= AT_SYMLINK_NOFOLLOW;
	result = call_node_get(args[0], args[1], flags, &node);
	if (result)
		return result;
	result = call_path_get(args[2], args[3], &path);
	if (!result) {
		result = tree_add_name(path.start, path.name, node);
		call_path_put(&path);
	}
	node_put(node);
	return result;
}
SYSCALL(NR_linkat, sys_linkat);

static long rename_paths(const uint64_t *args, unsigned flags)
{
	struct call_path from, to;
	long result = call_path_get(args[0], args[1], &from);

	if (result)
		return result;
	result = call_path_get(args[2], args[3], &to);
	if (!result) {
		result = tree_rename(&(struct tree_place){from.start, from.name},
				     &(struct tree_place){to.start, to.name}, flags);
		call_path_put(&to);
	}
	call_path_put(&from);
	return result;
}

static long sys_renameat(const uint64_t *args)
{
	return rename_paths(args, 0);
}
SYSCALL(NR_renameat, sys_renameat);

static long sys_renameat2(const uint64_t *args)
{
	unsigned flags = (unsigned)args[4];

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	return rename_paths(args, flags);
}
SYSCALL(NR_renameat2, sys_renameat2);
