/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What differs between architectures in Linux's file system calls: on x86-64 the generic flags of open
 * (asm-generic/fcntl.h), and a struct stat of its own (asm/stat.h).
 */
#ifndef ARCH_FILE_ABI_H
#define ARCH_FILE_ABI_H

#include <assert.h>
#include <stdint.h>

#define O_DIRECT    040000u
#define O_LARGEFILE 0100000u
#define O_DIRECTORY 0200000u
#define O_NOFOLLOW  0400000u

struct abi_stat {
	uint64_t st_dev;
	uint64_t st_ino;
	uint64_t st_nlink;
	uint32_t st_mode;
	uint32_t st_uid;
	uint32_t st_gid;
	uint32_t pad1;
	uint64_t st_rdev;
	int64_t st_size;
	int64_t st_blksize;
	int64_t st_blocks;
	int64_t st_atime_sec;
	uint64_t st_atime_nsec;
	int64_t st_mtime_sec;
	uint64_t st_mtime_nsec;
	int64_t st_ctime_sec;
	uint64_t st_ctime_nsec;
	int64_t unused[3];
};
static_assert(sizeof(struct abi_stat) == 144, "asm/stat.h");

#endif
