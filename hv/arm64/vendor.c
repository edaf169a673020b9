/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Bulkhead's own hypercalls (bulkhead/hypercall.h): the para-virtual distributor, life cycle and counters of VMs.
 */
#include <hv/arm64/call.h>

#include <bulkhead/hypercall.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/fault.h>
#include <hv/arm64/gic.h>
#include <hv/arm64/life.h>
#include <hv/arm64/reload.h>
#include <hv/arm64/run.h>
#include <hv/arm64/vdist.h>
#include <hv/arm64/vgic.h>
#include <hv/arm64/vm.h>

#define SGI_COUNT 16u

/* A device interrupt of the login VM that the primary forwards. */
static bool intr_forwarded(uint32_t id)
{
	return login_vm && login_vm->forward && vm_has_interrupt(login_vm, id);
}

/* SGIs, the timer of the role, and the device interrupts the manifest gave; one who has a standard distributor uses that */
static bool intr_allowed(const struct vm *vm, uint32_t id)
{
	if (vm->dist)
		return false;
	if (id < SGI_COUNT || id == INTID_VTIMER)
		return true;
	if (id < INTID_SPI_FIRST)
		return id == INTID_PTIMER && vm->role == VM_PRIMARY;
	return vm_has_interrupt(vm, id) || (vm->role == VM_PRIMARY && intr_forwarded(id));
}

static void intr_enable(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t id = ARG32(vcpu, 1), on = ARG32(vcpu, 2);

	if (id >= INTID_LIMIT || on > 1) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	if (!intr_allowed(vcpu->vm, id)) {
		answer_error(vcpu, FFA_DENIED);
		return;
	}
	if (id >= INTID_SPI_FIRST && !intr_forwarded(id))
		gic->spi_enable(id, on, cpu->index);
	vgic_enable(vcpu, id, on);
	answer_success(vcpu, 0);
}

static void intr_get(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t id = ARG32(vcpu, 1);

	if (id >= INTID_LIMIT) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	answer_success(vcpu, (vcpu->irq.enabled[id / 64] >> id % 64 & 1 ? BH_INTR_ENABLED : 0) |
				     (vgic_is_pending(vcpu, id) ? BH_INTR_PENDING : 0));
}

static void intr_inject(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current, *target;
	uint16_t name = FFA_VM_OF(ARG32(vcpu, 1));
	/* only the primary may look at another VM without vms_lock */
	struct vm *vm = name == vcpu->vm->id           ? vcpu->vm
			: vcpu->vm->role == VM_PRIMARY ? vm_find(name)
						       : NULL;
	uint32_t index = FFA_VCPU_OF(ARG32(vcpu, 1)), id = ARG32(vcpu, 2);
	bool wake, fresh;

	if (!vm && vcpu->vm->role != VM_PRIMARY && vm_find(name) && id < SGI_COUNT) {
		answer_error(vcpu, FFA_DENIED);
		return;
	}
	if (vm && vm == login_vm && vcpu->vm->role == VM_PRIMARY && intr_forwarded(id)) {
		answer(vcpu, vdist_forward(vm, id) ? 0 : FFA_DENIED, 0);
		return;
	}
	if (!vm || index >= vm->vcpu_count || id >= SGI_COUNT) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	target = &vm->vcpus[index];
	__atomic_fetch_add(&target->counters.injected, 1, __ATOMIC_RELAXED);
	fresh = vgic_set_pending(target, id);
	if (target == vcpu) {
		vgic_flush(vcpu);
		answer_success(vcpu, 0);
		return;
	}
	wake = run_notify(target, fresh);
	answer_success(vcpu, wake);
	if (wake && vcpu->vm->role != VM_PRIMARY)
		run_leave(cpu, VCPU_READY, BH_RUN_WAKE_UP, FFA_VM_VCPU(vm->id, index));
}

static void answer_mailbox(struct vcpu *vcpu, const void *from, size_t size)
{
	answer(vcpu, mailbox_put(vcpu->vm, from, size), size);
}

static void vm_fault(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct vm *vm = vm_find(ARG32(vcpu, 1));

	if (!vm)
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
	else if (!vm_has_ended(vm))
		answer_error(vcpu, FFA_DENIED);
	else
		answer_mailbox(vcpu, &vm->fault, sizeof(vm->fault));
}

static void vm_counters(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct vm *vm = vm_find(FFA_VM_OF(ARG32(vcpu, 1)));
	uint32_t index = FFA_VCPU_OF(ARG32(vcpu, 1));

	if (!vm || index >= vm->vcpu_count)
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
	else
		answer_mailbox(vcpu, &vm->vcpus[index].counters, sizeof(struct bh_counters));
}

static void vm_stop(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct vm *vm = vm_find(ARG32(vcpu, 1));

	if (!vm || vm->role == VM_PRIMARY) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	fault_stop(cpu, vm);
	answer_success(vcpu, 0);
}

void vendor_call(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t id = ARG32(vcpu, 0);

	vcpu->counters.exits[BH_EXIT_VENDOR]++;
	switch (id) {
	case BH_INTR_ENABLE:
		intr_enable(cpu);
		return;
	case BH_INTR_GET:
		intr_get(cpu);
		return;
	case BH_INTR_INJECT:
		intr_inject(cpu);
		return;
	case BH_VM_FAULT:
	case BH_VM_COUNTERS:
	case BH_VM_STOP:
	case BH_VM_RELOAD:
		break;
	case BH_VM_CREATE:
	case BH_VM_BUILD:
	case BH_VM_DESTROY:
	case BH_VM_INFO:
	case BH_MEMORY_ADD:
	case BH_MEMORY_TAKE:
	case BH_MEMORY_ACCEPT:
	case BH_MEMORY_RELEASE:
		life_call(cpu, id);
		return;
	default:
		answer_error(vcpu, FFA_NOT_SUPPORTED);
		return;
	}
	if (vcpu->vm->role != VM_PRIMARY)
		answer_error(vcpu, FFA_DENIED);
	else if (id == BH_VM_FAULT)
		vm_fault(cpu);
	else if (id == BH_VM_COUNTERS)
		vm_counters(cpu);
	else if (id == BH_VM_RELOAD)
		reload_call(cpu);
	else
		vm_stop(cpu);
}
