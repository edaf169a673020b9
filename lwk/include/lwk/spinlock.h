/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Spin locks of the kernel. A lock that an interrupt handler takes is taken with interrupts masked
 * everywhere (spin_lock_irq); others may be held with interrupts on. Nobody sleeps (thread_park)
 * while holding one.
 */
#ifndef LWK_SPINLOCK_H
#define LWK_SPINLOCK_H

#include <arch/irq.h>
#include <arch/spinlock.h>

/* masks interrupts on this core and takes the lock; give the result to spin_unlock_irq */
static inline uint64_t spin_lock_irq(struct spinlock *lock)
{
	uint64_t flags = arch_irq_save();

	spin_lock(lock);
	return flags;
}

static inline void spin_unlock_irq(struct spinlock *lock, uint64_t flags)
{
	spin_unlock(lock);
	arch_irq_restore(flags);
}

#endif
