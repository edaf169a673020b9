/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * newfstatat(2), fstat(2), statx(2).
 */
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/syscall.h>

#define FIRST_DEVICE 1u /* st_dev of the first file system */

/* linux/stat.h */
#define STATX_BASIC_STATS 0x7ffu
#define STATX_RESERVED    0x80000000u

struct abi_statx_time {
	int64_t tv_sec;
	uint32_t tv_nsec;
	int32_t reserved;
};

struct abi_statx {
	uint32_t stx_mask;
	uint32_t stx_blksize;
	uint64_t stx_attributes;
	uint32_t stx_nlink;
	uint32_t stx_uid;
	uint32_t stx_gid;
	uint16_t stx_mode;
	uint16_t spare0;
	uint64_t stx_ino;
	uint64_t stx_size;
	uint64_t stx_blocks;
	uint64_t stx_attributes_mask;
	struct abi_statx_time stx_atime, stx_btime, stx_ctime, stx_mtime;
	uint32_t stx_rdev_major, stx_rdev_minor;
	uint32_t stx_dev_major, stx_dev_minor;
	uint64_t spare[14];
};
static_assert(sizeof(struct abi_statx) == 256, "linux/stat.h");

static long put_stat(struct node *node, uint64_t address)
{
	struct node_status status;
	struct abi_stat stat;

	node_get_status(node, &status);
	memset(&stat, 0, sizeof(stat));
	stat.st_dev = FIRST_DEVICE + (unsigned)status.fs;
	stat.st_ino = status.number;
	stat.st_mode = status.mode;
	stat.st_nlink = status.links;
	stat.st_uid = status.uid;
	stat.st_gid = status.gid;
	stat.st_rdev = status.device;
	stat.st_size = (int64_t)status.size;
	stat.st_blksize = (int32_t)PAGE_SIZE;
	stat.st_blocks = (int64_t)status.blocks;
	stat.st_atime_sec = status.accessed.seconds;
	stat.st_atime_nsec = status.accessed.nanoseconds;
	stat.st_mtime_sec = status.modified.seconds;
	stat.st_mtime_nsec = status.modified.nanoseconds;
	stat.st_ctime_sec = status.changed.seconds;
	stat.st_ctime_nsec = status.changed.nanoseconds;
	return copy_to_user(UADDR(address), &stat, sizeof(stat));
}

static long sys_newfstatat(const uint64_t *args)
{
	const unsigned allowed = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT;
	unsigned flags = (unsigned)args[3];
	struct node *node;
	long result;

	if (flags & ~allowed)
		return -EINVAL;
	result = call_node_get(args[0], args[1], flags, &node);
	if (result)
		return result;
	result = put_stat(node, args[2]);
	node_put(node);
	return result;
}
SYSCALL(NR_newfstatat, sys_newfstatat);

static long sys_fstat(const uint64_t *args)
{
	struct file *file = call_file(args[0]);
	long result;

	if (!file)
		return -EBADF;
	result = put_stat(file->node, args[1]);
	file_put(file);
	return result;
}
SYSCALL(NR_fstat, sys_fstat);

static struct abi_statx_time statx_time(struct node_time time)
{
	return (struct abi_statx_time){.tv_sec = time.seconds, .tv_nsec = time.nanoseconds};
}

static long put_statx(struct node *node, uint64_t address)
{
	struct node_status status;
	struct abi_statx stat;

	node_get_status(node, &status);
	memset(&stat, 0, sizeof(stat));
	stat.stx_mask = STATX_BASIC_STATS;
	stat.stx_blksize = (uint32_t)PAGE_SIZE;
	stat.stx_nlink = status.links;
	stat.stx_uid = status.uid;
	stat.stx_gid = status.gid;
	stat.stx_mode = (uint16_t)status.mode;
	stat.stx_ino = status.number;
	stat.stx_size = status.size;
	stat.stx_blocks = status.blocks;
	stat.stx_atime = statx_time(status.accessed);
	stat.stx_ctime = statx_time(status.changed);
	stat.stx_mtime = statx_time(status.modified);
	stat.stx_rdev_major = (uint32_t)(status.device >> 8);
	stat.stx_rdev_minor = (uint32_t)(status.device & 0xff);
	stat.stx_dev_minor = FIRST_DEVICE + (unsigned)status.fs;
	return copy_to_user(UADDR(address), &stat, sizeof(stat));
}

static long sys_statx(const uint64_t *args)
{
	const unsigned allowed = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT |
				 AT_STATX_SYNC_TYPE;
	unsigned flags = (unsigned)args[2];
	struct node *node;
	long result;

	if (args[3] & STATX_RESERVED || flags & ~allowed ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	result = call_node_get(args[0], args[1], flags, &node);
	if (result)
		return result;
	result = put_statx(node, args[4]);
	node_put(node);
	return result;
}
SYSCALL(NR_statx, sys_statx);
