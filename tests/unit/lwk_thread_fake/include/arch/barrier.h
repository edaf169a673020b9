/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The barrier of the build host as an access that ThreadSanitizer understands, which it does not of fences.
 */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H

extern unsigned fake_barrier;

static inline void arch_memory_barrier(void)
{
	__atomic_fetch_add(&fake_barrier, 1, __ATOMIC_SEQ_CST);
}

#endif
