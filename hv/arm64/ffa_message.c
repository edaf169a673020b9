/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * FF-A calls that move a core between the primary and a secondary: RUN, YIELD, MSG_WAIT and direct messages
 * (DEN0077A sections 7, 14 and 15). Direct requests go from the primary to the first vCPU of the receiver that waits for a message.
 */
#include <hv/arm64/call.h>

#include <bulkhead/hypercall.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/regs.h>
#include <hv/arm64/run.h>
#include <hv/arm64/vgic.h>
#include <hv/arm64/vm.h>

/* states in which FFA_RUN takes a vCPU */
#define RUNNABLE (1u << VCPU_READY | 1u << VCPU_WAIT_INTERRUPT | 1u << VCPU_WAIT_MESSAGE)

static bool is_primary(const struct vcpu *vcpu)
{
	return vcpu->vm->role == VM_PRIMARY;
}

static void answer_ended(struct vcpu *primary, const struct vcpu *target)
{
	answer_success(primary, target->vm->fault.cause);
	primary->x[0] = BH_RUN_ABORTED;
	primary->x[1] = FFA_VM_VCPU(target->vm->id, target->index);
}

/* Its FFA_MSG_WAIT completes without a message. */
static void message_wait_end(struct vcpu *vcpu)
{
	answer_success(vcpu, 0);
	vcpu->x[0] = FFA_RUN;
	vcpu->x[1] = FFA_VM_VCPU(vcpu->vm->id, vcpu->index);
}

/* While nothing else wants the core, the login VM may wait for interrupts on it. */
static void wfi_trap(struct vcpu *vcpu, bool on)
{
	vcpu->hcr = on ? vcpu->hcr | HCR_TWI : vcpu->hcr & ~HCR_TWI;
}

/* w1 = vCPU to run. It goes on where it left; one that waits for a message sees its FFA_MSG_WAIT complete with FFA_RUN. */
void ffa_run(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current, *target;
	struct vm *vm = vm_find(FFA_VM_OF(vcpu->x[1]));
	uint32_t index = FFA_VCPU_OF(vcpu->x[1]);

	if (!is_primary(vcpu)) {
		answer_error(vcpu, FFA_DENIED);
		return;
	}
	if (!vm || vm->role == VM_PRIMARY || index >= vm->vcpu_count) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	target = &vm->vcpus[index];
	if (vm_has_ended(vm)) {
		answer_ended(vcpu, target);
		return;
	}
	switch (run_claim(cpu, target, RUNNABLE)) {
	case VCPU_WAIT_MESSAGE:
		message_wait_end(target); /* its WFI as at the run before */
		run_enter(cpu, target);
		break;
	case VCPU_READY:
	case VCPU_WAIT_INTERRUPT:
		if (vm->role == VM_LOGIN)
			wfi_trap(target, !(vcpu->x[2] & BH_RUN_KEEP));
		run_enter(cpu, target);
		break;
	case VCPU_OFF:
		answer_error(vcpu, FFA_DENIED);
		break;
	default:
		answer_error(vcpu, FFA_BUSY);
	}
}

void ffa_yield(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;

	if (is_primary(vcpu)) {
		answer_error(vcpu, FFA_DENIED);
		return;
	}
	answer_success(vcpu, 0);
	run_leave(cpu, VCPU_READY, FFA_YIELD, 0);
}

void ffa_msg_wait(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	bool interrupted;

	if (is_primary(vcpu) || vcpu->serving) {
		answer_error(vcpu, FFA_DENIED);
		return;
	}
	/* what is in its list registers or its timer has raised, and then what comes while it leaves */
	interrupted = vgic_has_interrupt(vcpu) || vgic_deadline(vcpu) <= sysreg_read(cntvct_el0);
	run_leave(cpu, VCPU_WAIT_MESSAGE, FFA_MSG_WAIT, interrupted);
	if (vgic_wants_entry(vcpu))
		cpu->primary->x[2] = 1;
}

/* The message of x3 to x7, in the caller's width, with the function id and w1 of the call; w2 is zero. */
static void message_copy(const struct vcpu *from, uint64_t *x)
{
	bool wide = from->x[0] & WIDE;

	x[0] = ARG32(from, 0);
	x[1] = ARG32(from, 1);
	x[2] = 0;
	for (int i = 3; i < 8; i++)
		x[i] = wide ? from->x[i] : ARG32(from, i);
}

/* w1 = sender, receiver; w2 = 0 (no framework message); x3 to x7 = message */
void ffa_direct_request(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t ids = ARG32(vcpu, 1);
	struct vm *vm = vm_find(ids & 0xFFFF);

	if (!is_primary(vcpu)) {
		answer_error(vcpu, FFA_DENIED);
		return;
	}
	if (ids >> 16 != vcpu->vm->id || !vm || vm->role == VM_PRIMARY || ARG32(vcpu, 2) != 0) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	if (vm_has_ended(vm)) {
		answer_error(vcpu, FFA_ABORTED);
		return;
	}
	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		struct vcpu *target = &vm->vcpus[i];

		if (run_claim(cpu, target, 1u << VCPU_WAIT_MESSAGE) != VCPU_WAIT_MESSAGE)
			continue;
		target->serving = true;
		message_copy(vcpu, target->x);
		run_enter(cpu, target);
		return;
	}
	answer_error(vcpu, FFA_BUSY);
}

/* w1 = sender, receiver; answers the request that this vCPU serves and waits for the next */
void ffa_direct_response(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint64_t message[8];

	if (!vcpu->serving) {
		answer_error(vcpu, FFA_DENIED);
		return;
	}
	if (ARG32(vcpu, 1) != FFA_VM_VCPU(vcpu->vm->id, FFA_PRIMARY_ID) || ARG32(vcpu, 2) != 0) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	vcpu->serving = false;
	/* once it has left, another core may send it the next request */
	message_copy(vcpu, message);
	run_leave(cpu, VCPU_WAIT_MESSAGE, 0, 0);
	for (int i = 0; i < 8; i++)
		cpu->primary->x[i] = message[i];
}
