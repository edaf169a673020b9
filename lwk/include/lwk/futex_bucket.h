/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where waiters of futexes are found: a hash table of queues. For kernel/futex*.c only.
 *
 * A waiter's record lies on its stack. It belongs to the bucket that it is queued in, under the bucket's lock, until
 * somebody takes it off and sets is_woken; then it is the waiter's again. Two buckets are locked in the order of their
 * addresses. The locks are taken with interrupts masked, which makes copies of user words fail instead of sleep; inside
 * are run queues' locks only.
 */
#ifndef LWK_FUTEX_BUCKET_H
#define LWK_FUTEX_BUCKET_H

#include <lwk/futex.h>
#include <lwk/list.h>
#include <lwk/spinlock.h>

struct address_space;
struct thread;

struct futex_key {
	const struct address_space *space;
	uint64_t address;
};

struct futex_bucket {
	struct spinlock lock;
	/* waiters queued, or about to look at their word: 0 tells a waker that there is nobody, without the lock */
	uint32_t waiters;
	struct list queue; /* next NULL: never used */
} __attribute__((aligned(64)));

struct futex_waiter {
	struct list link;
	struct futex_key key;
	uint32_t bits;
	bool is_woken;
	struct thread *thread;
	struct futex_bucket *bucket;
};

static inline bool futex_key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->address == b->address && a->space == b->space;
}

struct futex_key futex_key_of(uaddr_t word); /* of the current process */
struct futex_bucket *futex_bucket_of(const struct futex_key *key);
/* Wakes as futex_wake does; caller holds the bucket's lock. */
int futex_wake_locked(struct futex_bucket *bucket, const struct futex_key *key, int count,
		      uint32_t bits);
/* Both locks, or the one when they are the same. */
uint64_t futex_lock_two(struct futex_bucket *a, struct futex_bucket *b);
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b, uint64_t flags);
/* Makes the page of a word present after user_word_* failed under a lock. 0 or -EFAULT. */
int futex_fault_in(uaddr_t word, bool is_written);

#endif
