/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of VMs, and how one ends.
 */
#include <hv/arm64/vm.h>

#include <hv/arm64/cpu.h>
#include <hv/arm64/gic.h>
#include <hv/arm64/log.h>

struct vm *vms[MAX_VMS];
struct vm *login_vm;
struct spinlock vms_lock;

void vm_end(struct vm *vm, const struct bh_fault *record)
{
	struct vm_locked locked = vm_lock(vm);
	bool first = !vm_has_ended(vm);

	if (first) {
		vm->fault = *record;
		__atomic_store_n(&vm->ended, 1, __ATOMIC_SEQ_CST);
	}
	vm_unlock(locked);
	if (!first)
		return;
	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		const struct vcpu *vcpu = &vm->vcpus[i];

		if (vcpu_is_running(vcpu) && vcpu->core != cpu_this()->index)
			gic->kick(vcpu->core);
	}
	log_line("VM %u ended, cause %u, vCPU %u, pc %llx", vm->id, record->cause, record->vcpu,
		 (unsigned long long)record->pc);
}

bool vm_is_running(const struct vm *vm)
{
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		if (vcpu_is_running(&vm->vcpus[i]))
			return true;
	return false;
}

struct vcpu *vm_vcpu_at(struct vm *vm, uint64_t affinity)
{
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		if ((vm->vcpus[i].mpidr & MPIDR_AFFINITY) == affinity)
			return &vm->vcpus[i];
	return NULL;
}
