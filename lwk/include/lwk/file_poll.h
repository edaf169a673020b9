/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Waiting for one of several files, for ppoll and pselect6.
 */
#ifndef LWK_FILE_POLL_H
#define LWK_FILE_POLL_H

#include <lwk/file.h>

struct polled_file {
	struct file *file; /* the caller's reference; NULL: there is none to look at */
	uint16_t events;   /* POLL_ bits that are waited for, beside errors */
	uint16_t ready;    /* in: what to report when there is no file; out: what holds */
};

/* Waits until something is ready. How many files are, 0 at the deadline (time_now_ns() scale, or WAIT_FOREVER), -ERESTARTNOHAND, -ENOMEM. */
long poll_files(struct polled_file *files, size_t count, uint64_t deadline);
/* A struct timespec argument as deadline; address 0: for ever. -EFAULT, -EINVAL. */
int call_deadline(uint64_t address, uint64_t *deadline);
/*
 * What ppoll and pselect6 have in common, before and after the wait: the signal mask at `mask` holds meanwhile, unless that is 0,
 * -EFAULT, -EINVAL; the time left goes to where the time limit came from, unless that is 0. The result of the call.
 */
int call_mask_begin(uint64_t mask, uint64_t size);
long call_wait_end(long result, uint64_t timeout, uint64_t deadline);
/* The waits themselves: ppoll's array, pselect6's first four arguments. As poll_files, and -EFAULT, -EINVAL, -EBADF. */
long poll_call(uint64_t address, uint32_t count, uint64_t deadline);
long select_call(const uint64_t *args, uint64_t deadline);

#endif
