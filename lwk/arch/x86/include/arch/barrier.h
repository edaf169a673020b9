/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Order between cores' memory accesses, beyond what locks and atomics give.
 */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H

/* Every access before it is seen by all cores before any after it. */
static inline void arch_memory_barrier(void)
{
	__asm__ volatile("mfence" ::: "memory");
}

#endif
