/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Times as system calls pass them (struct timespec), in and out of nanoseconds.
 */
#ifndef LWK_TIMESPEC_H
#define LWK_TIMESPEC_H

#include <lwk/linux_types.h>
#include <lwk/uaccess.h>

/* A length or point of time that user memory holds; INT64_MAX is the most. 0, -EFAULT, -EINVAL. */
int timespec_get(uaddr_t from, uint64_t *ns);
/* 0 or -EFAULT */
int timespec_put(uaddr_t to, uint64_t ns);

struct linux_timespec timespec_from_ns(uint64_t ns);
struct linux_timeval timeval_from_ns(uint64_t ns); /* rounded down */

#endif
