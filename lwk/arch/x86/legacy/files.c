/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls on names that start at the working directory.
 */
#include "legacy.h"
#include <lwk/linux_types.h>
#include <lwk/uaccess.h>

static long sys_open(const uint64_t *args)
{
	return CALL(NR_openat, HERE, args[0], args[1], args[2]);
}
SYSCALL(NR_open, sys_open);

static long sys_creat(const uint64_t *args)
{
	return CALL(NR_openat, HERE, args[0], O_CREAT | O_WRONLY | O_TRUNC, args[1]);
}
SYSCALL(NR_creat, sys_creat);

static long sys_stat(const uint64_t *args)
{
	return CALL(NR_newfstatat, HERE, args[0], args[1], 0);
}
SYSCALL(NR_stat, sys_stat);

static long sys_lstat(const uint64_t *args)
{
	return CALL(NR_newfstatat, HERE, args[0], args[1], AT_SYMLINK_NOFOLLOW);
}
SYSCALL(NR_lstat, sys_lstat);

static long sys_access(const uint64_t *args)
{
	return CALL(NR_faccessat, HERE, args[0], args[1]);
}
SYSCALL(NR_access, sys_access);

static long sys_rename(const uint64_t *args)
{
	return CALL(NR_renameat, HERE, args[0], HERE, args[1]);
}
SYSCALL(NR_rename, sys_rename);

static long sys_mkdir(const uint64_t *args)
{
	return CALL(NR_mkdirat, HERE, args[0], args[1]);
}
SYSCALL(NR_mkdir, sys_mkdir);

static long sys_rmdir(const uint64_t *args)
{
	return CALL(NR_unlinkat, HERE, args[0], AT_REMOVEDIR);
}
SYSCALL(NR_rmdir, sys_rmdir);

static long sys_link(const uint64_t *args)
{
	return CALL(NR_linkat, HERE, args[0], HERE, args[1], 0);
}
SYSCALL(NR_link, sys_link);

static long sys_unlink(const uint64_t *args)
{
	return CALL(NR_unlinkat, HERE, args[0], 0);
}
SYSCALL(NR_unlink, sys_unlink);

static long sys_symlink(const uint64_t *args)
{
	return CALL(NR_symlinkat, args[0], HERE, args[1]);
}
SYSCALL(NR_symlink, sys_symlink);

static long sys_readlink(const uint64_t *args)
{
	return CALL(NR_readlinkat, HERE, args[0], args[1], args[2]);
}
SYSCALL(NR_readlink, sys_readlink);

static long sys_chmod(const uint64_t *args)
{
	return CALL(NR_fchmodat, HERE, args[0], args[1]);
}
SYSCALL(NR_chmod, sys_chmod);

static long sys_chown(const uint64_t *args)
{
	return CALL(NR_fchownat, HERE, args[0], args[1], args[2], 0);
}
SYSCALL(NR_chown, sys_chown);

static long sys_lchown(const uint64_t *args)
{
	return CALL(NR_fchownat, HERE, args[0], args[1], args[2], AT_SYMLINK_NOFOLLOW);
}
SYSCALL(NR_lchown, sys_lchown);
