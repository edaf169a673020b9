/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake architecture numbers its calls as the build host does.
 */
#ifndef ARCH_SYSCALL_NR_H
#define ARCH_SYSCALL_NR_H

#include <asm/unistd.h>

#define NR_chdir           __NR_chdir
#define NR_close           __NR_close
#define NR_close_range     __NR_close_range
#define NR_copy_file_range __NR_copy_file_range
#define NR_dup             __NR_dup
#define NR_dup3            __NR_dup3
#define NR_epoll_create1   __NR_epoll_create1
#define NR_epoll_ctl       __NR_epoll_ctl
#define NR_epoll_pwait     __NR_epoll_pwait
#define NR_epoll_pwait2    __NR_epoll_pwait2
#define NR_eventfd2        __NR_eventfd2
#define NR_faccessat       __NR_faccessat
#define NR_faccessat2      __NR_faccessat2
#define NR_fadvise64       __NR_fadvise64
#define NR_fallocate       __NR_fallocate
#define NR_fchdir          __NR_fchdir
#define NR_fchmod          __NR_fchmod
#define NR_fchmodat        __NR_fchmodat
#define NR_fchown          __NR_fchown
#define NR_fchownat        __NR_fchownat
#define NR_fcntl           __NR_fcntl
#define NR_fdatasync       __NR_fdatasync
#define NR_flock           __NR_flock
#define NR_fstat           __NR_fstat
#define NR_fstatfs         __NR_fstatfs
#define NR_fsync           __NR_fsync
#define NR_ftruncate       __NR_ftruncate
#define NR_getcwd          __NR_getcwd
#define NR_getdents64      __NR_getdents64
#define NR_ioctl           __NR_ioctl
#define NR_linkat          __NR_linkat
#define NR_lseek           __NR_lseek
#define NR_memfd_create    __NR_memfd_create
#define NR_mkdirat         __NR_mkdirat
#define NR_mknodat         __NR_mknodat
#define NR_newfstatat      __NR_newfstatat
#define NR_openat          __NR_openat
#define NR_pipe2           __NR_pipe2
#define NR_ppoll           __NR_ppoll
#define NR_pread64         __NR_pread64
#define NR_preadv          __NR_preadv
#define NR_preadv2         __NR_preadv2
#define NR_pselect6        __NR_pselect6
#define NR_pwrite64        __NR_pwrite64
#define NR_pwritev         __NR_pwritev
#define NR_pwritev2        __NR_pwritev2
#define NR_read            __NR_read
#define NR_readahead       __NR_readahead
#define NR_readlinkat      __NR_readlinkat
#define NR_readv           __NR_readv
#define NR_renameat        __NR_renameat
#define NR_renameat2       __NR_renameat2
#define NR_sendfile        __NR_sendfile
#define NR_statfs          __NR_statfs
#define NR_statx           __NR_statx
#define NR_symlinkat       __NR_symlinkat
#define NR_sync            __NR_sync
#define NR_sync_file_range __NR_sync_file_range
#define NR_syncfs          __NR_syncfs
#define NR_truncate        __NR_truncate
#define NR_umask           __NR_umask
#define NR_unlinkat        __NR_unlinkat
#define NR_utimensat       __NR_utimensat
#define NR_write           __NR_write
#define NR_writev          __NR_writev

#endif
