/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Running a secondary's vCPU on behalf of the primary, and coming back: the scheduling contract of hypercall.h.
 */
#ifndef HV_ARM64_RUN_H
#define HV_ARM64_RUN_H

#include <bulkhead/types.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/vcpu.h>

struct cpu;
struct vcpu;

/* Moves `vcpu` from a state of `from` (bits 1 << enum vcpu_state) to RUNNING on this core; its state before, whether moved or not. */
static inline uint32_t run_claim(struct cpu *cpu, struct vcpu *vcpu, uint32_t from)
{
	uint32_t state = __atomic_load_n(&vcpu->state, __ATOMIC_RELAXED);

	/* a failed exchange leaves the state that was found in `state` */
	while (from >> state & 1) {
		if (__atomic_compare_exchange_n(&vcpu->state, &state, VCPU_RUNNING, false,
						__ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
			__atomic_store_n(&vcpu->core, cpu->index, __ATOMIC_SEQ_CST);
			break;
		}
	}
	return state;
}
/* Leaves the primary for a vCPU that run_claim took; stays, with FFA_INTERRUPT, when the primary has an interrupt to take. */
void run_enter(struct cpu *cpu, struct vcpu *vcpu);
/*
 * Leaves the current vCPU, a secondary's, in `state` and resumes the primary: x0 = function, x1 = the vCPU, x2 = value,
 * x3 to x7 zero.
 */
void run_leave(struct cpu *cpu, uint32_t state, uint32_t function, uint64_t value);
/* The same for a vCPU whose VM has ended. */
void run_leave_ended(struct cpu *cpu);
/*
 * After an interrupt became pending for `target`: kicks the core that runs it, when the interrupt is `fresh`: who made it pending
 * before has kicked already, and no VM may keep a core busy with kicks. True when it waits and the primary has to run it.
 */
bool run_notify(struct vcpu *target, bool fresh);

#endif
