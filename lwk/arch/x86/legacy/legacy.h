/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that x86-64 has and younger architectures have not: each is said by a call that all have.
 */
#ifndef LEGACY_H
#define LEGACY_H

#include <lwk/errno.h>
#include <lwk/file_flags.h>
#include <lwk/syscall.h>

#define HERE ((uint64_t)(int64_t)AT_FDCWD)

/* A call of the same kernel; the arguments that are not given are zero. */
#define CALL(number, ...) syscall_dispatch((number), (const uint64_t[6]){__VA_ARGS__})

#endif
