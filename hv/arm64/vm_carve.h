/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Makes a VM's state out of one unit of memory, at boot and at run time alike.
 */
#ifndef HV_ARM64_VM_CARVE_H
#define HV_ARM64_VM_CARVE_H

#include <hv/arm64/vm.h>

struct vm_shape {
	uint16_t id;
	enum vm_role role;
	uint32_t vcpus; /* 1 to MAX_VCPUS */
	uint32_t ffa_version;
	const uint32_t *uuid; /* 4 words */
};

/*
 * The VM, with empty stage-2 tables and all vCPUs off, in the unit, which is zero and the hypervisor's: pages for tables from its start,
 * struct vm and then `extra` bytes for the caller, at vm_extra, at its end. Nobody finds it yet. NULL: the tables do not fit.
 */
struct vm *vm_carve(pa_t unit, const struct vm_shape *shape, size_t extra);

static inline void *vm_extra(struct vm *vm)
{
	return &vm->vcpus[vm->vcpu_count];
}

/* The VM's id, and all others with it, become known to other cores. */
static inline void vm_publish(struct vm *vm)
{
	__atomic_store_n(&vms[vm->id - 1], vm, __ATOMIC_SEQ_CST);
}

#endif
