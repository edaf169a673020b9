/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sleeping locks, on a wait queue.
 */
#include <lwk/mutex.h>

void mutex_init(struct mutex *mutex)
{
	mutex->is_held = false;
	wait_queue_init(&mutex->waiters);
}

static bool try_lock(struct mutex *mutex)
{
	return !__atomic_exchange_n(&mutex->is_held, true, __ATOMIC_ACQUIRE);
}

void mutex_lock(struct mutex *mutex)
{
	struct wait_entry entry;

	if (try_lock(mutex))
		return;
	wait_queue_add(&mutex->waiters, &entry);
	while (!try_lock(mutex))
		thread_park_always(WAIT_FOREVER);
	wait_queue_remove(&mutex->waiters, &entry);
}

void mutex_unlock(struct mutex *mutex)
{
	__atomic_store_n(&mutex->is_held, false, __ATOMIC_RELEASE);
	wait_queue_wake_one(&mutex->waiters);
}
