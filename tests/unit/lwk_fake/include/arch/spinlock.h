/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Spin locks between the threads of a test; waiting for one that is never given ends the test (fake_wait).
 */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct spinlock {
	bool is_held;
};

/* one round of waiting; aborts after very many */
void fake_wait(unsigned *rounds);

static inline void spin_lock(struct spinlock *lock)
{
	unsigned rounds = 0;

	while (__atomic_exchange_n(&lock->is_held, true, __ATOMIC_ACQUIRE))
		fake_wait(&rounds);
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->is_held, false, __ATOMIC_RELEASE);
}

#endif
