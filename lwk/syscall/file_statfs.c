/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * statfs(2), fstatfs(2): files are in memory; /proc and /sys take none.
 */
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/heap.h>
#include <lwk/syscall.h>

/* linux/magic.h, by enum node_fs */
static const int64_t magic[] = {
	[FS_MEMORY] = 0x01021994, [FS_PROC] = 0x9fa0, [FS_SYS] = 0x62656572};

/* asm-generic/statfs.h, 64-bit */
struct abi_statfs {
	int64_t f_type, f_bsize;
	uint64_t f_blocks, f_bfree, f_bavail, f_files, f_ffree;
	int32_t f_fsid[2];
	int64_t f_namelen, f_frsize, f_flags, f_spare[4];
};
static_assert(sizeof(struct abi_statfs) == 120, "asm-generic/statfs.h");

static long put_statfs(const struct node *node, uint64_t address)
{
	struct abi_statfs stat = {
		.f_type = magic[node->fs],
		.f_bsize = (int64_t)PAGE_SIZE,
		.f_namelen = NAME_LENGTH_MAX,
		.f_frsize = (int64_t)PAGE_SIZE,
	};

	if (node->fs == FS_MEMORY) {
		stat.f_blocks = page_total_count();
		stat.f_bfree = page_free_count();
		stat.f_bavail = stat.f_bfree;
	}
	return copy_to_user(UADDR(address), &stat, sizeof(stat));
}

static long sys_statfs(const uint64_t *args)
{
	struct node *node;
	long result = call_node_get((uint64_t)AT_FDCWD, args[0], 0, &node);

	if (result)
		return result;
	result = put_statfs(node, args[1]);
	node_put(node);
	return result;
}
SYSCALL(NR_statfs, sys_statfs);

static long sys_fstatfs(const uint64_t *args)
{
	struct file *file = call_file(args[0]);

	long result;

	if (!file)
		return -EBADF;
	result = put_statfs(file->node, args[1]);
	file_put(file);
	return result;
}
SYSCALL(NR_fstatfs, sys_fstatfs);
