/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sleeping locks. Waiters queue in the order in which they came. Whoever comes while the lock is free
 * takes it, even ahead of a waiter that was just woken: handing a lock over costs a switch each time.
 * But a waiter at the head that finds it taken again asks for a hand-off, and the next unlock gives
 * it the lock without making it free. The queue's lock guards all but is_held, which becomes
 * false under it only: so no waiter misses that.
 */
#include <lwk/mutex.h>

struct waiter {
	struct wait_entry entry;
	bool is_given; /* it holds the lock and is off the queue */
};

void mutex_init(struct mutex *mutex)
{
	mutex->is_held = false;
	mutex->hand_off = false;
	wait_queue_init(&mutex->waiters);
}

static bool try_lock(struct mutex *mutex)
{
	return !__atomic_exchange_n(&mutex->is_held, true, __ATOMIC_ACQUIRE);
}

/* Queues the caller: true; or takes the lock, which has become free. */
static bool waiter_queue(struct mutex *mutex, struct waiter *waiter)
{
	uint64_t flags = spin_lock_irq(&mutex->waiters.lock);
	bool is_free = try_lock(mutex);

	if (!is_free) {
		waiter->entry.thread = thread_current();
		list_add_tail(&mutex->waiters.waiters, &waiter->entry.link);
	}
	spin_unlock_irq(&mutex->waiters.lock, flags);
	return !is_free;
}

/* After a wake-up: whether the waiter has the lock. */
static bool waiter_try(struct mutex *mutex, struct waiter *waiter)
{
	uint64_t flags = spin_lock_irq(&mutex->waiters.lock);
	bool has_lock = waiter->is_given;

	if (!has_lock && try_lock(mutex)) {
		list_remove(&waiter->entry.link);
		has_lock = true;
	} else if (!has_lock && mutex->waiters.waiters.next == &waiter->entry.link) {
		mutex->hand_off = true;
	}
	spin_unlock_irq(&mutex->waiters.lock, flags);
	return has_lock;
}

/* apart, so that a lock that is free costs no room on the stack */
static __attribute__((noinline)) void lock_wait(struct mutex *mutex)
{
	struct waiter waiter = {.is_given = false};

	if (!waiter_queue(mutex, &waiter))
		return;
	do {
		thread_park_always(WAIT_FOREVER);
	} while (!waiter_try(mutex, &waiter));
}

void mutex_lock(struct mutex *mutex)
{
	if (!try_lock(mutex))
		lock_wait(mutex);
}

/* The queue's lock is held: the waiter cannot be gone before it is woken. */
static void waiter_wake(struct mutex *mutex, struct waiter *waiter)
{
	if (mutex->hand_off) {
		mutex->hand_off = false;
		waiter->is_given = true;
		list_remove(&waiter->entry.link);
	} else {
		__atomic_store_n(&mutex->is_held, false, __ATOMIC_RELEASE);
	}
	thread_unpark(waiter->entry.thread);
}

void mutex_unlock(struct mutex *mutex)
{
	uint64_t flags = spin_lock_irq(&mutex->waiters.lock);
	struct list *first = mutex->waiters.waiters.next;

	if (list_is_empty(&mutex->waiters.waiters))
		__atomic_store_n(&mutex->is_held, false, __ATOMIC_RELEASE);
	else
		waiter_wake(mutex, list_entry(list_entry(first, struct wait_entry, link),
					      struct waiter, entry));
	spin_unlock_irq(&mutex->waiters.lock, flags);
}
