/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entering and leaving vCPUs (see run.h). The order of states and pending interrupts makes that no wake-up is lost: a vCPU stores its
 * waiting state before it looks at its interrupts a last time; who injects sets the interrupt before looking at the state.
 */
#include <hv/arm64/run.h>

#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/fault.h>
#include <hv/arm64/gic.h>
#include <hv/arm64/vcpu.h>
#include <hv/arm64/vgic.h>
#include <hv/arm64/vm.h>

/* What FFA_RUN and a direct request return to the primary: function, the vCPU, a value */
static void primary_answer(struct vcpu *primary, const struct vcpu *vcpu, uint32_t function,
			   uint64_t value)
{
	primary->x[0] = function;
	primary->x[1] = FFA_VM_VCPU(vcpu->vm->id, vcpu->index);
	primary->x[2] = value;
	for (int i = 3; i < 8; i++)
		primary->x[i] = 0;
}

void run_enter(struct cpu *cpu, struct vcpu *vcpu)
{
	/* one that it had masked: in a list register, it would not end the vCPU's run any more */
	if (vgic_has_interrupt(cpu->current)) {
		primary_answer(cpu->current, vcpu, FFA_INTERRUPT, 0);
		__atomic_store_n(&vcpu->state, VCPU_READY, __ATOMIC_SEQ_CST);
		return;
	}
	vcpu->counters.runs++;
	cpu->current->hcr = sysreg_read(hcr_el2); /* the primary may have taken its SError */
	vcpu_switch(cpu, vcpu);
	cpu->entered = sysreg_read(cntvct_el0);
	/* whoever ended the VM before our claim was visible has not kicked us */
	if (vm_has_ended(vcpu->vm))
		run_leave_ended(cpu);
}

/*
 * Takes note of an SError that is on its way: of the vCPU that leaves, not of the primary. ESB makes it known, by DISR_EL1,
 * although it is masked (RAS architecture, DDI 0587).
 */
static bool error_defer(void)
{
	uint64_t disr;

	esb();
	disr = sysreg_read(s3_0_c12_c1_1); /* DISR_EL1 */
	if (!disr)
		return false;
	sysreg_write(s3_0_c12_c1_1, 0);
	return true;
}

void run_leave(struct cpu *cpu, uint32_t state, uint32_t function, uint64_t value)
{
	struct vcpu *vcpu = cpu->current, *primary = cpu->primary;

	if (cpu->has_ras && error_defer()) {
		if (vcpu->vm->role == VM_SECONDARY) {
			fault_report(cpu, BH_FAULT_EXTERNAL, 0);
			return;
		}
		fault_error_inject(cpu);
	}
	vcpu->hcr = sysreg_read(hcr_el2); /* the login VM may have taken its SError */
	vcpu->counters.run_ticks += sysreg_read(cntvct_el0) - cpu->entered;
	vcpu_switch(cpu, primary);
	primary_answer(primary, vcpu, function, value);
	__atomic_store_n(&vcpu->state, state, __ATOMIC_SEQ_CST);
}

void run_leave_ended(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;

	vgic_release(vcpu);
	run_leave(cpu, VCPU_OFF, BH_RUN_ABORTED, vcpu->vm->fault.cause);
}

bool run_notify(struct vcpu *target, bool fresh)
{
	uint32_t state = __atomic_load_n(&target->state, __ATOMIC_SEQ_CST);

	if (state == VCPU_RUNNING && fresh)
		gic->kick(__atomic_load_n(&target->core, __ATOMIC_SEQ_CST));
	return state == VCPU_WAIT_INTERRUPT || state == VCPU_WAIT_MESSAGE;
}
