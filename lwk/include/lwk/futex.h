/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Futexes: threads that wait for a word of their process's memory. A word is known by address space and address: no
 * two processes share memory, so private and shared futexes are the same, and a shared wait sees a private wake-up.
 * Addresses are aligned to 4; all results are -errno or counts.
 */
#ifndef LWK_FUTEX_H
#define LWK_FUTEX_H

#include <lwk/uaccess.h>

#define FUTEX_ANY UINT32_MAX /* bit set of those who do not care */

/*
 * Waits while the word is `value`. `deadline` as in thread_park. 0: woken by a wake-up with a bit of `bits`; -EAGAIN:
 * the word is something else; -ETIMEDOUT; -ERESTARTSYS; -EFAULT.
 */
int futex_wait(uaddr_t word, uint32_t value, uint32_t bits, uint64_t deadline);
/* Wakes up to `count` waiters, those that wait longest first, but at least one if there is one. How many. */
int futex_wake(uaddr_t word, int count, uint32_t bits);
/*
 * Wakes up to `wake` waiters and makes up to `move` others wait for the word `to`. How many in all; -EAGAIN: `expected`
 * is not NULL and the word is not that.
 */
int futex_requeue(uaddr_t word, uaddr_t to, int wake, int move, const uint32_t *expected);
/*
 * Changes the word `second` as `operation` says (futex(2), FUTEX_WAKE_OP), wakes up to `wake` waiters of `first` and, if
 * the old value of `second` compares so, up to `wake_second` of it. How many in all; -ENOSYS: no such operation.
 */
int futex_wake_op(uaddr_t first, uaddr_t second, int wake, int wake_second, uint32_t operation);

#endif
