/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Structures of Linux's user ABI on 64-bit machines that several system calls use.
 */
#ifndef LWK_LINUX_TYPES_H
#define LWK_LINUX_TYPES_H

#include <assert.h>
#include <stdint.h>

struct linux_timespec {
	int64_t seconds;
	int64_t nanoseconds;
};

struct linux_timeval {
	int64_t seconds;
	int64_t microseconds;
};

struct linux_rusage {
	struct linux_timeval user;
	struct linux_timeval system;
	int64_t max_rss; /* KiB */
	int64_t unused[13];
};
static_assert(sizeof(struct linux_rusage) == 144, "struct rusage");

#endif
