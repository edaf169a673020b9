/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Constants of Linux's file system calls that all architectures share (asm-generic/fcntl.h, linux/fcntl.h, linux/stat.h);
 * arch/file_abi.h has those that differ, and the layout of struct stat.
 */
#ifndef LWK_FILE_FLAGS_H
#define LWK_FILE_FLAGS_H

#include <arch/file_abi.h>

#define O_RDONLY      00u
#define O_WRONLY      01u
#define O_RDWR        02u
#define O_ACCMODE     03u
#define O_CREAT       0100u
#define O_EXCL        0200u
#define O_TRUNC       01000u
#define O_APPEND      02000u
#define O_NONBLOCK    04000u
#define O_CLOEXEC     02000000u
#define O_PATH        010000000u
#define O_TMPFILE_BIT 020000000u /* always together with O_DIRECTORY */

#define AT_FDCWD            (-100)
#define AT_SYMLINK_NOFOLLOW 0x100u
#define AT_REMOVEDIR        0x200u /* unlinkat */
#define AT_EACCESS          0x200u /* faccessat2 */
#define AT_SYMLINK_FOLLOW   0x400u
#define AT_NO_AUTOMOUNT     0x800u
#define AT_EMPTY_PATH       0x1000u
#define AT_STATX_SYNC_TYPE  0x6000u

#define SEEK_SET  0u
#define SEEK_CUR  1u
#define SEEK_END  2u
#define SEEK_DATA 3u
#define SEEK_HOLE 4u

#endif
