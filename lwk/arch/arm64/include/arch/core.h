/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A core as the architecture sees it. TPIDR_EL1 points to the core's record all the time.
 */
#ifndef ARCH_CORE_H
#define ARCH_CORE_H

#include <lib/arch/arm64/sysreg.h>

struct core;
struct thread;
struct trap_frame;

#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)

struct arch_core {
	uint64_t mpidr;          /* affinity fields */
	struct thread *fp_owner; /* whose FP/SIMD state is in the registers; NULL: nobody's */
	uint64_t ttbr0;          /* what this core's TTBR0_EL1 holds */
	const struct trap_frame *interrupted; /* by the interrupt that is being handled */
	void *boot_stack;                     /* of the idle thread */
	int dt_node;                          /* of a secondary core, at boot */
};

static inline struct core *arch_core_self(void)
{
	return (struct core *)sysreg_read(tpidr_el1);
}

static inline void arch_core_set_self(struct core *core)
{
	sysreg_write(tpidr_el1, (uint64_t)core);
}

#endif
