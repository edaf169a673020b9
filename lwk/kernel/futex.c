/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Waiting for futexes and waking. No wake-up is lost: a waiter announces itself, then looks at the word; a waker has
 * changed the word, then looks for waiters; both with a barrier between. See futex_bucket.h for the locks.
 */
#include <arch/barrier.h>
#include <lwk/errno.h>
#include <lwk/futex_bucket.h>
#include <lwk/process.h>

#define BUCKET_BITS 8u

static struct futex_bucket buckets[1u << BUCKET_BITS];

struct futex_key futex_key_of(uaddr_t word)
{
	return (struct futex_key){.space = process_current()->space, .address = word.v};
}

/* Fibonacci hashing: neighbouring words and equal addresses of several processes spread */
struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
	uint64_t mixed = (key->address >> 2) + ((uintptr_t)key->space >> 6);

	return &buckets[mixed * UINT64_C(0x9e3779b97f4a7c15) >> (64 - BUCKET_BITS)];
}

int futex_fault_in(uaddr_t word, bool is_written)
{
	uint32_t value, found;

	if (copy_from_user(&value, word, sizeof(value)) != 0)
		return -EFAULT;
	return is_written ? user_word_exchange(word, value, value, &found) : 0;
}

int futex_wake_locked(struct futex_bucket *bucket, const struct futex_key *key, int count,
		      uint32_t bits)
{
	int woken = 0;

	if (!bucket->queue.next)
		return 0;
	list_for_each_safe(link, next, &bucket->queue)
	{
		struct futex_waiter *waiter = list_entry(link, struct futex_waiter, link);

		if (!futex_key_equal(&waiter->key, key) || !(waiter->bits & bits))
			continue;
		list_remove(link);
		__atomic_sub_fetch(&bucket->waiters, 1, __ATOMIC_RELAXED);
		thread_unpark_with(waiter->thread, &waiter->is_woken);
		if (++woken >= count)
			break;
	}
	return woken;
}

int futex_wake(uaddr_t word, int count, uint32_t bits)
{
	struct futex_key key = futex_key_of(word);
	struct futex_bucket *bucket = futex_bucket_of(&key);
	uint64_t flags;
	int woken;

	arch_memory_barrier(); /* the caller's change of the word comes first */
	if (__atomic_load_n(&bucket->waiters, __ATOMIC_RELAXED) == 0)
		return 0;
	flags = spin_lock_irq(&bucket->lock);
	woken = futex_wake_locked(bucket, &key, count, bits);
	spin_unlock_irq(&bucket->lock, flags);
	return woken;
}

/*
 * Queues the waiter if the word is what it should be. 0; -EAGAIN: it is not; -EFAULT: nothing is known of it yet.
 */
static int waiter_enqueue(struct futex_waiter *waiter, uint32_t value)
{
	struct futex_bucket *bucket = waiter->bucket;
	uint64_t flags = spin_lock_irq(&bucket->lock);
	uint32_t found;
	int status;

	__atomic_add_fetch(&bucket->waiters, 1, __ATOMIC_RELAXED);
	arch_memory_barrier();
	status = user_word_read(UADDR(waiter->key.address), &found);
	if (status == 0 && found != value)
		status = -EAGAIN;
	if (status == 0) {
		if (!bucket->queue.next)
			list_init(&bucket->queue);
		list_add_tail(&bucket->queue, &waiter->link);
	} else {
		__atomic_sub_fetch(&bucket->waiters, 1, __ATOMIC_RELAXED);
	}
	spin_unlock_irq(&bucket->lock, flags);
	return status;
}

/* Gives up waiting, unless a wake-up came meanwhile: then false. */
static bool waiter_leave(struct futex_waiter *waiter)
{
	struct futex_bucket *bucket;
	uint64_t flags;
	bool is_queued;

	for (;;) { /* until the record is not moved between look and lock */
		bucket = __atomic_load_n(&waiter->bucket, __ATOMIC_RELAXED);
		flags = spin_lock_irq(&bucket->lock);
		if (waiter->bucket == bucket)
			break;
		spin_unlock_irq(&bucket->lock, flags);
	}
	is_queued = !waiter->is_woken;
	if (is_queued) {
		list_remove(&waiter->link);
		__atomic_sub_fetch(&bucket->waiters, 1, __ATOMIC_RELAXED);
	}
	spin_unlock_irq(&bucket->lock, flags);
	return is_queued;
}

int futex_wait(uaddr_t word, uint32_t value, uint32_t bits, uint64_t deadline)
{
	struct futex_waiter waiter; /* not initialised as a whole: this path is short */
	int status;

	waiter.key = futex_key_of(word);
	waiter.bits = bits;
	waiter.is_woken = false;
	waiter.thread = thread_current();
	waiter.bucket = futex_bucket_of(&waiter.key);
	while ((status = waiter_enqueue(&waiter, value)) == -EFAULT) {
		if (futex_fault_in(word, false) != 0)
			return -EFAULT;
	}
	if (status)
		return status;
	waiter.thread->futex = word.v;
	while (!status && !__atomic_load_n(&waiter.is_woken, __ATOMIC_ACQUIRE))
		status = thread_park(deadline);
	waiter.thread->futex = 0;
	return status && waiter_leave(&waiter) ? status : 0;
}
