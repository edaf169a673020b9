/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Order between cores' memory accesses, for the host.
 */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H

static inline void arch_memory_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
