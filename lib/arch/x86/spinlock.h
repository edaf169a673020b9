/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ticket spin lock: fair, so that no core starves. The caller has masked interrupts where its interrupt handlers take the same lock.
 */
#ifndef LIB_ARCH_X86_SPINLOCK_H
#define LIB_ARCH_X86_SPINLOCK_H

#include <lib/arch/x86/cpu.h>
#include <stdbool.h>
#include <stdint.h>

struct spinlock {
	uint16_t next;
	uint16_t serving;
};

static inline void spin_lock(struct spinlock *lock)
{
	uint16_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket)
		cpu_relax();
}

/* for reports; whatever it says may be over */
static inline bool spin_is_locked(const struct spinlock *lock)
{
	return __atomic_load_n(&lock->next, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&lock->serving, __ATOMIC_RELAXED);
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->serving, (uint16_t)(lock->serving + 1), __ATOMIC_RELEASE);
}

#endif
