/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model's state, running and leaving, interrupts, and the comparison with the real hypervisor
 * (see model.h).
 */
#include "model.h"
#include "../unit.h"
#include "gic.h"
#include "machine.h"
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <hv/arm64/cpu.h>

struct model_vm model_vms[NODE_VMS];
struct model_core model_cores[NODE_CORES];

void model_vm_reset(struct model_vm *vm)
{
	uint32_t count = vm->manifest->vcpus;

	vm->ended = false;
	vm->version = vm->manifest->ffa_version;
	vm->rx = vm->tx = 0;
	vm->rx_full = false;
	memset(vm->sender, 0, sizeof(vm->sender));
	memset(vm->for_vcpu, 0, sizeof(vm->for_vcpu));
	vm->notified = 0;
	vm->untold = false;
	for (uint32_t i = 0; i < count; i++) {
		struct model_vcpu *vcpu = &vm->vcpus[i];

		*vcpu = (struct model_vcpu){.real = &vm->real->vcpus[i], .vm = vm, .index = i};
		memcpy(vcpu->x, vcpu->real->x, sizeof(vcpu->x));
		vcpu->pc = vcpu->real->pc;
		vcpu->state = i == 0 ? VCPU_READY : VCPU_OFF;
	}
}

void model_start(void)
{
	for (unsigned i = 0; i < NODE_VMS; i++) {
		struct model_vm *vm = &model_vms[i];

		vm->manifest = &node_manifest.vms[i];
		vm->real = vm_find(vm->manifest->id);
		vm->primary = vm->manifest->primary;
		model_vm_reset(vm);
	}
	memset(model_cores, 0, sizeof(model_cores));
	model_core_started(0);
}

struct model_vm *model_find(uint64_t id)
{
	for (unsigned i = 0; i < NODE_VMS; i++)
		if (model_vms[i].manifest->id == id)
			return &model_vms[i];
	return NULL;
}

/* Independent of memory.c: executable memory is a VM's own, and nobody else may have it. */
bool model_owns_page(const struct model_vm *vm, uint64_t address)
{
	struct pt_leaf leaf;

	if (!pt_lookup(&vm->real->stage2, address, &leaf) || !(leaf.attr & PT_X))
		return false;
	for (unsigned i = 0; i < NODE_VMS; i++)
		if (&model_vms[i] != vm && pt_lookup(&model_vms[i].real->stage2, address, &leaf))
			return false;
	return true;
}

void model_core_started(uint32_t core)
{
	struct model_vcpu *vcpu = &model_vms[0].vcpus[core];

	model_cores[core] = (struct model_core){.on = true, .current = vcpu, .primary = vcpu};
	vcpu->state = VCPU_RUNNING;
	vcpu->core = core;
}

/* --- interrupts --- */

static bool is_on_core(const struct model_vcpu *vcpu)
{
	return vcpu->state == VCPU_RUNNING && model_cores[vcpu->core].current == vcpu;
}

/* The hypervisor has acknowledged it for the vCPU, the guest has not. */
static bool hardware_pending(const struct model_vcpu *vcpu, uint32_t id)
{
	if (vcpu->state != VCPU_RUNNING || !model_cores[vcpu->core].on || vcpu->active[id])
		return false;
	if (id == NODE_UART)
		return fake_spis[id].active && fake_spis[id].taker == vcpu->core;
	return fake_gics[vcpu->core].active >> id & 1;
}

enum model_answer model_interrupted(const struct model_vcpu *vcpu)
{
	enum model_answer answer = MODEL_NO;

	for (uint32_t id = 0; id < MODEL_SGIS; id++) {
		if (!vcpu->enabled[id])
			continue;
		if (vcpu->must[id])
			return MODEL_YES;
		if (vcpu->may[id])
			answer = MODEL_MAYBE;
	}
	if (vcpu->enabled[INTID_VTIMER] && is_on_core(vcpu) && hardware_pending(vcpu, INTID_VTIMER))
		return MODEL_YES;
	if (vcpu->vm->primary &&
	    ((vcpu->enabled[INTID_PTIMER] && hardware_pending(vcpu, INTID_PTIMER)) ||
	     (vcpu->enabled[NODE_UART] && hardware_pending(vcpu, NODE_UART))))
		return MODEL_YES;
	return answer;
}

uint64_t model_deadline(const struct model_vcpu *vcpu)
{
	return vcpu->enabled[INTID_VTIMER] && (vcpu->timer_ctl & 3) == 1 ? vcpu->timer_cval
									 : BH_NO_DEADLINE;
}

/* --- running and leaving --- */

void model_success(struct model_vcpu *vcpu, uint64_t value)
{
	memset(vcpu->x, 0, 8 * sizeof(vcpu->x[0]));
	vcpu->x[0] = FFA_SUCCESS_32;
	vcpu->x[2] = value;
}

void model_error(struct model_vcpu *vcpu, int32_t code)
{
	model_success(vcpu, (uint32_t)code);
	vcpu->x[0] = FFA_ERROR;
}

static void answer_run(struct model_vcpu *primary, const struct model_vcpu *vcpu, uint32_t function,
		       uint64_t value)
{
	model_success(primary, value);
	primary->x[0] = function;
	primary->x[1] = FFA_VM_VCPU(vcpu->vm->manifest->id, vcpu->index);
}

void model_before(uint32_t core)
{
	model_cores[core].interrupted = model_interrupted(model_cores[core].current);
}

void model_enter(uint32_t core, struct model_vcpu *vcpu)
{
	struct model_core *c = &model_cores[core];
	bool went = cpus[core].current != c->primary->real;

	vcpu->announced = false;
	if (c->interrupted == MODEL_YES || (c->interrupted == MODEL_MAYBE && !went)) {
		answer_run(c->primary, vcpu, FFA_INTERRUPT, 0);
		vcpu->state = VCPU_READY;
		return;
	}
	vcpu->state = VCPU_RUNNING;
	vcpu->core = core;
	c->current = vcpu;
}

void model_leave(uint32_t core, uint32_t state, uint32_t function, uint64_t value)
{
	struct model_core *c = &model_cores[core];
	struct model_vcpu *vcpu = c->current;

	answer_run(c->primary, vcpu, function, value);
	vcpu->state = state;
	c->current = c->primary;
}

void model_reset(struct model_vcpu *vcpu, uint64_t entry, uint64_t argument)
{
	*vcpu = (struct model_vcpu){.real = vcpu->real,
				    .vm = vcpu->vm,
				    .index = vcpu->index,
				    .state = vcpu->state,
				    .core = vcpu->core,
				    .injected = vcpu->injected,
				    .notified = vcpu->notified,
				    .untold = vcpu->untold,
				    .pc = entry,
				    .x = {argument}};
}

void model_end(struct model_vm *vm, uint32_t cause)
{
	if (vm->ended)
		return;
	vm->ended = true;
	vm->cause = cause;
	for (uint32_t i = 0; i < vm->manifest->vcpus; i++) {
		const struct model_vcpu *vcpu = &vm->vcpus[i];

		if (is_on_core(vcpu) && &cpus[vcpu->core] != cpu_this())
			fake_require(fake_gics[vcpu->core].kicked,
				     "a vCPU of a VM that ended is not kicked");
	}
}

void model_wfi(uint32_t core)
{
	struct model_vcpu *vcpu = model_cores[core].current;
	bool left = cpus[core].current != vcpu->real;
	enum model_answer interrupted = model_cores[core].interrupted;

	if (interrupted == MODEL_YES || (interrupted == MODEL_MAYBE && !left))
		return;
	if (model_deadline(vcpu) <= fake_cores[core].cntvct_el0)
		return;
	model_leave(core, VCPU_WAIT_INTERRUPT, BH_RUN_WAIT_FOR_INTERRUPT, model_deadline(vcpu));
}

void model_irq(uint32_t core)
{
	struct model_core *c = &model_cores[core];
	enum model_answer interrupted = model_interrupted(c->primary);
	bool left = cpus[core].current == c->primary->real;

	if (c->current == c->primary)
		return;
	if (c->current->vm->ended)
		model_leave(core, VCPU_OFF, BH_RUN_ABORTED, c->current->vm->cause);
	else if (interrupted == MODEL_YES || (interrupted == MODEL_MAYBE && left))
		model_leave(core, VCPU_READY, FFA_INTERRUPT, 0);
}

/* --- comparing --- */

static void vcpu_compare(const struct model_vcpu *vcpu, const char *what)
{
	const struct vcpu *real = vcpu->real;
	unsigned vm = vcpu->vm->manifest->id, index = vcpu->index;

	for (unsigned i = 0; i < 31; i++)
		if (real->x[i] != vcpu->x[i])
			fail_msg("%s: vCPU %u.%u: x%u is %llx, not %llx", what, vm, index, i,
				 (unsigned long long)real->x[i], (unsigned long long)vcpu->x[i]);
	if (real->pc != vcpu->pc)
		fail_msg("%s: vCPU %u.%u: pc is %llx, not %llx", what, vm, index,
			 (unsigned long long)real->pc, (unsigned long long)vcpu->pc);
	if (real->state != vcpu->state || (vcpu->state == VCPU_RUNNING && real->core != vcpu->core))
		fail_msg("%s: vCPU %u.%u: state %u on core %u, not %u on %u", what, vm, index,
			 real->state, real->core, vcpu->state, vcpu->core);
	if (real->counters.injected != vcpu->injected)
		fail_msg("%s: vCPU %u.%u: %llu interrupts injected", what, vm, index,
			 (unsigned long long)real->counters.injected);
	if (real->serving != vcpu->serving)
		fail_msg("%s: vCPU %u.%u: serving %u", what, vm, index, real->serving);
	if ((vcpu->state == VCPU_WAIT_MESSAGE || vcpu->state == VCPU_WAIT_INTERRUPT) &&
	    model_interrupted(vcpu) == MODEL_YES && !vcpu->announced && !vcpu->vm->ended)
		fail_msg("%s: vCPU %u.%u waits, nobody knows of its interrupt", what, vm, index);
}

static void core_compare(uint32_t core, const char *what)
{
	const struct model_core *c = &model_cores[core];
	const struct fake_core *registers = &fake_cores[core];

	if (!c->on)
		return;
	if (cpus[core].current != c->current->real)
		fail_msg("%s: core %u runs vCPU %u.%u", what, core, cpus[core].current->vm->id,
			 cpus[core].current->index);
	if (registers->cntv_ctl_el0 != c->current->timer_ctl ||
	    registers->cntv_cval_el0 != c->current->timer_cval ||
	    registers->tpidr_el1 != c->current->tag ||
	    registers->vttbr_el2 != c->current->vm->real->vttbr)
		fail_msg("%s: core %u has registers of another vCPU", what, core);
}

static void vm_compare(const struct model_vm *vm, const char *what)
{
	if ((vm->real->ended != 0) != vm->ended ||
	    (vm->ended && vm->real->fault.cause != vm->cause))
		fail_msg("%s: VM %u: ended %u, cause %u", what, vm->manifest->id, vm->real->ended,
			 vm->real->fault.cause);
	if (vm->real->rx.v != vm->rx || vm->real->tx.v != vm->tx ||
	    vm->real->rx_full != vm->rx_full || vm->real->ffa_version != vm->version)
		fail_msg("%s: VM %u: mailbox or version", what, vm->manifest->id);
	if (vm->real->lock.next != vm->real->lock.serving)
		fail_msg("%s: VM %u is locked", what, vm->manifest->id);
	for (uint32_t i = 0; i < vm->manifest->vcpus; i++)
		vcpu_compare(&vm->vcpus[i], what);
}

void model_compare(const char *what)
{
	for (uint32_t core = 0; core < NODE_CORES; core++) {
		core_compare(core, what);
		for (uint32_t other = 0; other < core; other++)
			if (model_cores[core].on && model_cores[other].on &&
			    cpus[core].current == cpus[other].current)
				fail_msg("%s: one vCPU runs on cores %u and %u", what, other, core);
	}
	for (unsigned i = 0; i < NODE_VMS; i++)
		vm_compare(&model_vms[i], what);
}
