/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state of a new VM (see vm_carve.h).
 */
#include <hv/arm64/vm_carve.h>

#include <hv/arm64/memory.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/regs.h>
#include <hv/arm64/stage2.h>
#include <string.h>

#define MPIDR_RES1 BIT64(31)

static void vcpu_init(struct vm *vm, uint32_t index)
{
	struct vcpu *vcpu = &vm->vcpus[index];
	bool primary = vm->role == VM_PRIMARY;

	vcpu->vm = vm;
	vcpu->index = index;
	vcpu->mpidr = MPIDR_RES1 | (primary ? platform.cpu_mpidr[index] : index);
	vcpu->hcr = primary ? HCR_GUEST : HCR_GUEST | HCR_TWI;
	vcpu->cnthctl = primary ? CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN : 0;
	vcpu->counters.version = BH_COUNTERS_VERSION;
	vcpu->counters.size = sizeof(vcpu->counters);
	vcpu->counters.vm = vm->id;
	vcpu->counters.vcpu = (uint16_t)index;
}

/* All pages below struct vm, the first of the unit first: the root of the tables. */
static void pool_fill(struct vm *vm, pa_t unit)
{
	for (uint64_t page = ALIGN_DOWN((uint64_t)vm, PAGE_SIZE); page > unit.v;) {
		page -= PAGE_SIZE;
		memcpy((void *)page, &vm->tables.free, sizeof(void *));
		vm->tables.free = (void *)page;
	}
}

struct vm *vm_carve(pa_t unit, const struct vm_shape *shape, size_t extra)
{
	uint64_t bytes = sizeof(struct vm) + shape->vcpus * sizeof(struct vcpu) + extra;
	struct vm *vm = (struct vm *)(unit.v + SIZE_2M - ALIGN_UP(bytes, PAGE_SIZE));

	vm->id = shape->id;
	vm->role = shape->role;
	vm->vcpu_count = shape->vcpus;
	vm->ffa_version = shape->ffa_version;
	memcpy(vm->uuid, shape->uuid, sizeof(vm->uuid));
	pool_fill(vm, unit);
	for (uint32_t i = 0; i < shape->vcpus; i++)
		vcpu_init(vm, i);
	return stage2_init(vm, memory_ipa_bits()) ? NULL : vm;
}
