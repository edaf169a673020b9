/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a switched-out thread keeps: callee-saved registers, and its FP, SIMD and SVE state, which
 * stays in the core's registers until another user thread wants them (fp_owner in arch/core.h).
 */
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

struct arch_thread {
	uint64_t x19_x28[10];
	uint64_t fp;
	uint64_t lr;
	uint64_t sp;
	uint64_t tpidr_el0; /* user's thread pointer */
	void *vector;       /* lib/arch/arm64/vector.h; NULL for kernel threads */
	/* of the fault that a signal is about, until its handler has been told; syndrome 0: none */
	uint64_t fault_address;
	uint64_t fault_esr;
};
/* offsets that switch.S uses */
static_assert(offsetof(struct arch_thread, fp) == 80, "switch.S");
static_assert(offsetof(struct arch_thread, sp) == 96, "switch.S");

#endif
