/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Linux error numbers, as system calls return them (negated). The values are the same on every
 * architecture that uses asm-generic/errno.h, x86 included.
 */
#ifndef LWK_ERRNO_H
#define LWK_ERRNO_H

#define EPERM        1
#define ENOENT       2
#define ESRCH        3
#define EINTR        4
#define EIO          5
#define ENXIO        6
#define E2BIG        7
#define ENOEXEC      8
#define EBADF        9
#define ECHILD       10
#define EAGAIN       11
#define ENOMEM       12
#define EACCES       13
#define EFAULT       14
#define EBUSY        16
#define EEXIST       17
#define EXDEV        18
#define ENODEV       19
#define ENOTDIR      20
#define EISDIR       21
#define EINVAL       22
#define ENFILE       23
#define EMFILE       24
#define ENOTTY       25
#define EFBIG        27
#define ENOSPC       28
#define ESPIPE       29
#define EROFS        30
#define EMLINK       31
#define EPIPE        32
#define ERANGE       34
#define ENAMETOOLONG 36
#define ENOSYS       38
#define ENOTEMPTY    39
#define ELOOP        40
#define EOVERFLOW    75
#define EOPNOTSUPP   95
#define ETIMEDOUT    110

/*
 * Within the kernel only: a call that a signal interrupted. Done again when no handler runs; after
 * a handler: done again if that has SA_RESTART; done again always; -EINTR; -EINTR, and without a
 * handler by restart_syscall(2).
 */
#define ERESTARTSYS           512
#define ERESTARTNOINTR        513
#define ERESTARTNOHAND        514
#define ERESTART_RESTARTBLOCK 516
/* of rt_sigreturn: the program's registers are as they shall be */
#define ECALL_RETURNED 517
#define ECALL_FIRST    512
#define ECALL_LAST     517

#endif
