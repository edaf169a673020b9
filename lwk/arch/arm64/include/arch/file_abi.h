/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What differs between architectures in Linux's file system calls: on arm64 a few flags of open
 * (asm/fcntl.h), and struct stat, which is the generic one (asm-generic/stat.h).
 */
#ifndef ARCH_FILE_ABI_H
#define ARCH_FILE_ABI_H

#include <assert.h>
#include <stdint.h>

#define O_DIRECTORY 040000u
#define O_NOFOLLOW  0100000u
#define O_DIRECT    0200000u
#define O_LARGEFILE 0400000u

struct abi_stat {
	uint64_t st_dev;
	uint64_t st_ino;
	uint32_t st_mode;
	uint32_t st_nlink;
	uint32_t st_uid;
	uint32_t st_gid;
	uint64_t st_rdev;
	uint64_t pad1;
	int64_t st_size;
	int32_t st_blksize;
	int32_t pad2;
	int64_t st_blocks;
	int64_t st_atime_sec;
	uint64_t st_atime_nsec;
	int64_t st_mtime_sec;
	uint64_t st_mtime_nsec;
	int64_t st_ctime_sec;
	uint64_t st_ctime_nsec;
	uint32_t unused[2];
};
static_assert(sizeof(struct abi_stat) == 128, "asm-generic/stat.h");

#endif
