/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake architecture has one thread: a lock that is taken twice would never be given.
 */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct spinlock {
	bool is_held;
};

static inline void spin_lock(struct spinlock *lock)
{
	if (lock->is_held)
		__builtin_trap();
	lock->is_held = true;
}

static inline void spin_unlock(struct spinlock *lock)
{
	if (!lock->is_held)
		__builtin_trap();
	lock->is_held = false;
}

#endif
