/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * State of one physical core at EL2. Each core touches its own struct cpu only; what other cores need to know of a
 * running vCPU stands in the vCPU.
 */
#ifndef HV_ARM64_CPU_H
#define HV_ARM64_CPU_H

#include <assert.h>
#include <bulkhead/types.h>
#include <hv/arm64/offsets.h>
#include <hv/arm64/limits.h>
#include <lib/arch/arm64/sysreg.h>

struct vcpu;

struct cpu {
	struct vcpu *current; /* whose registers are loaded; the primary's vCPU when in doubt */
	uint8_t *stack_top;
	struct vcpu *primary; /* the primary's vCPU of this core */
	struct vcpu *
		fp_last; /* whose FP registers are in the core, saved in memory as well unless fp_live */
	bool has_ras;           /* DISR_EL1 of the guest is VDISR_EL2 */
	bool has_auxiliary;     /* AMAIR_EL1, AFSR0_EL1 or AFSR1_EL1 hold something */
	uint32_t vector_length; /* bytes of an SVE register, 0 without SVE */
	bool fp_live;           /* current uses FP: not trapped, to be saved when it leaves */
	uint32_t index;         /* position in platform.cpus */
	uint32_t kicks;         /* taken so far; other cores read it (life.c) */
	uint64_t entered;       /* virtual counter when current, a secondary's vCPU, was entered */
};
static_assert(offsetof(struct cpu, current) == CPU_CURRENT, "vectors.S");
static_assert(offsetof(struct cpu, stack_top) == CPU_STACK_TOP, "start.S");

extern struct cpu cpus[MAX_CPUS];

static inline struct cpu *cpu_this(void)
{
	return (struct cpu *)sysreg_read(tpidr_el2);
}

/* The core was in a guest: no handler of it goes on that had begun before. */
static inline void cpu_note_kick(struct cpu *cpu)
{
	__atomic_store_n(&cpu->kicks, cpu->kicks + 1, __ATOMIC_RELEASE);
}

/* start.S: where a core starts that PSCI CPU_ON turned on; its context id is the address of its struct cpu */
void cpu_start(void);
/* Prepares EL2 of the calling core and makes the primary's vCPU of this core current; start.S enters it then. */
void cpu_prepare(struct cpu *cpu);
/* vectors.S: loads the registers of cpu->current and returns to the guest */
_Noreturn void guest_enter(void);

#endif
