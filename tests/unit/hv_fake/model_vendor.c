/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model's vendor calls, PSCI and SMCCC (see model.h), in the order of docs/abi-arm64.md.
 */
#include "../unit.h"
#include "gic.h"
#include "machine.h"
#include "model.h"
#include <bulkhead/counters.h>
#include <bulkhead/enclave.h>
#include <bulkhead/fault.h>
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/platform.h>

#define W(vcpu, n)   ((uint32_t)(vcpu)->x[n])
#define ARG(vcpu, n) ((vcpu)->x[0] & 0x40000000 ? (vcpu)->x[n] : W(vcpu, n))

int64_t model_firmware_status, model_firmware_affinity;
bool model_firmware_left;

/* --- the para-virtual distributor --- */

static bool intr_is_mine(const struct model_vcpu *v, uint32_t id)
{
	return id < MODEL_SGIS || id == INTID_VTIMER ||
	       (v->vm->primary && (id == INTID_PTIMER || id == NODE_UART));
}

static void intr_enable(struct model_vcpu *v)
{
	uint32_t id = W(v, 1);

	if (id >= 1020 || W(v, 2) > 1) {
		model_error(v, FFA_INVALID_PARAMETERS);
	} else if (!intr_is_mine(v, id)) {
		model_error(v, FFA_DENIED);
	} else {
		v->enabled[id] = W(v, 2);
		model_success(v, 0);
		if (id == NODE_UART)
			fake_require(fake_spis[id].enabled == v->enabled[id] &&
					     (!v->enabled[id] || fake_spis[id].core == v->core),
				     "the device's interrupt goes elsewhere");
	}
}

/*
 * Hardware interrupts are pending while they are acknowledged and not taken; `result` decides where
 * the model does not know.
 */
static void intr_get(struct model_vcpu *v)
{
	uint32_t id = W(v, 1);
	uint64_t result = v->real->x[2];

	if (id >= 1020) {
		model_error(v, FFA_INVALID_PARAMETERS);
		return;
	}
	model_success(v, 0);
	if (id < MODEL_IDS && v->enabled[id])
		v->x[2] = BH_INTR_ENABLED;
	if (id < MODEL_SGIS && v->must[id])
		v->x[2] |= BH_INTR_PENDING;
	else if (intr_is_mine(v, id) && (id >= MODEL_SGIS || v->may[id]))
		v->x[2] |= result & BH_INTR_PENDING;
}

static void intr_inject(uint32_t core, struct model_vcpu *v)
{
	uint32_t ids = W(v, 1), index = FFA_VCPU_OF(ids), id = W(v, 2);
	struct model_vm *vm = model_find(FFA_VM_OF(ids));
	struct model_vcpu *target;
	bool waits, fresh;

	/* what vCPUs another VM has is nobody's business */
	if (vm && vm != v->vm && !v->vm->primary && id < MODEL_SGIS) {
		model_error(v, FFA_DENIED);
		return;
	}
	if (!vm || index >= vm->manifest->vcpus || id >= MODEL_SGIS) {
		model_error(v, FFA_INVALID_PARAMETERS);
		return;
	}
	target = &vm->vcpus[index];
	fresh = !target->must[id];
	target->must[id] = true;
	target->may[id]++;
	target->injected++;
	waits = target->state == VCPU_WAIT_MESSAGE || target->state == VCPU_WAIT_INTERRUPT;
	model_success(v, waits);
	target->announced = target->announced || waits;
	/* one that is pending already has been announced, and kicks are not for the asking */
	if (target->state == VCPU_RUNNING && target != v && fresh)
		fake_require(fake_gics[target->core].kicked, "the target's core is not kicked");
	if (waits && !v->vm->primary)
		model_leave(core, VCPU_READY, BH_RUN_WAKE_UP, ids);
}

/* --- life cycle --- */

static void mailbox_answer(struct model_vcpu *v, const void *content, size_t size)
{
	if (!v->vm->rx || v->vm->rx_full) {
		model_error(v, v->vm->rx ? FFA_BUSY : FFA_DENIED);
		return;
	}
	v->vm->rx_full = true;
	assert_memory_equal((const void *)v->vm->rx, content, size);
	model_success(v, size);
}

static void vm_fault(struct model_vcpu *v)
{
	struct model_vm *vm = model_find(W(v, 1));
	const struct bh_fault *fault = vm ? &vm->real->fault : NULL;

	if (!vm) {
		model_error(v, FFA_INVALID_PARAMETERS);
	} else if (!vm->ended) {
		model_error(v, FFA_DENIED);
	} else {
		assert_int_equal(fault->cause, vm->cause);
		assert_int_equal(fault->vm, vm->manifest->id);
		assert_int_equal(fault->version, BH_FAULT_VERSION);
		assert_int_equal(fault->size, sizeof(*fault));
		mailbox_answer(v, fault, sizeof(*fault));
	}
}

static void vm_counters(struct model_vcpu *v)
{
	struct model_vm *vm = model_find(FFA_VM_OF(W(v, 1)));
	uint32_t index = FFA_VCPU_OF(W(v, 1));

	if (!vm || index >= vm->manifest->vcpus)
		model_error(v, FFA_INVALID_PARAMETERS);
	else
		mailbox_answer(v, &vm->vcpus[index].real->counters, sizeof(struct bh_counters));
}

static void vm_stop(struct model_vcpu *v)
{
	struct model_vm *vm = model_find(W(v, 1));

	if (!vm || vm->primary) {
		model_error(v, FFA_INVALID_PARAMETERS);
		return;
	}
	model_end(vm, BH_FAULT_STOPPED);
	model_success(v, 0);
}

static void vm_info(struct model_vcpu *v)
{
	struct enclave_info info = {.version = ENCLAVE_INFO_VERSION, .size = sizeof(info)};
	const struct model_vm *vm = model_find(W(v, 1));

	if (W(v, 1) && !vm) {
		model_error(v, FFA_INVALID_PARAMETERS);
		return;
	}
	for (uint32_t id = 1; id <= MAX_VMS && !W(v, 1); id++)
		info.vms += model_find(id) != NULL;
	info.units = memory_count(vm ? vm->manifest->id : FFA_PRIMARY_ID);
	if (vm) {
		info.vm = vm->manifest->id;
		info.vcpus = (uint16_t)vm->manifest->vcpus;
		info.stage = vm->ended ? ENCLAVE_ENDED : ENCLAVE_ALIVE;
		info.cause = vm->ended ? vm->cause : 0;
	}
	mailbox_answer(v, &info, sizeof(info));
}

/* There are no VMs here but those of the manifest, no login VM, and random memory describes none. */
static void life_call(struct model_vcpu *v)
{
	if (W(v, 0) == BH_MEMORY_ACCEPT || W(v, 0) == BH_MEMORY_RELEASE || !v->vm->primary)
		model_error(v, FFA_DENIED);
	else if (W(v, 0) == BH_VM_INFO)
		vm_info(v);
	else
		model_error(v, FFA_INVALID_PARAMETERS);
}

void model_call_vendor(uint32_t core)
{
	struct model_vcpu *v = model_cores[core].current;
	bool life_cycle = W(v, 0) == BH_VM_FAULT || W(v, 0) == BH_VM_COUNTERS ||
			  W(v, 0) == BH_VM_STOP;

	if (life_cycle && !v->vm->primary)
		model_error(v, FFA_DENIED);
	else if (W(v, 0) == BH_INTR_ENABLE)
		intr_enable(v);
	else if (W(v, 0) == BH_INTR_GET)
		intr_get(v);
	else if (W(v, 0) == BH_INTR_INJECT)
		intr_inject(core, v);
	else if (W(v, 0) == BH_VM_FAULT)
		vm_fault(v);
	else if (W(v, 0) == BH_VM_COUNTERS)
		vm_counters(v);
	else if (W(v, 0) == BH_VM_STOP)
		vm_stop(v);
	else if (W(v, 0) >= BH_VM_CREATE && W(v, 0) <= BH_VM_RELOAD)
		life_call(v);
	else
		model_error(v, FFA_NOT_SUPPORTED);
}

/* --- PSCI and SMCCC --- */

static struct model_vcpu *vcpu_by_affinity(struct model_vm *vm, uint64_t affinity)
{
	for (uint32_t i = 0; i < vm->manifest->vcpus; i++)
		if (affinity == (vm->primary ? platform.cpu_mpidr[i] : i))
			return &vm->vcpus[i];
	return NULL;
}

static void cpu_on(uint32_t core, struct model_vcpu *v)
{
	struct model_vcpu *target = vcpu_by_affinity(v->vm, ARG(v, 1));
	uint64_t entry = ARG(v, 2), context = ARG(v, 3);
	/* all four bytes of the first instruction */
	bool owned = model_owns_page(v->vm, entry) &&
		     (entry % PAGE_SIZE <= PAGE_SIZE - 4 || model_owns_page(v->vm, entry + 3));

	if (!target) {
		v->x[0] = (uint64_t)PSCI_INVALID_PARAMETERS;
	} else if (!owned) {
		v->x[0] = (uint64_t)PSCI_INVALID_ADDRESS;
	} else if (target->state != VCPU_OFF ||
		   (v->vm->primary && model_firmware_affinity != PSCI_AFFINITY_OFF)) {
		v->x[0] = (uint64_t)PSCI_ALREADY_ON;
	} else {
		model_reset(target, entry, context);
		v->x[0] = PSCI_SUCCESS;
		target->state = VCPU_READY;
		if (!v->vm->primary) {
			model_leave(core, VCPU_READY, BH_RUN_WAKE_UP,
				    FFA_VM_VCPU(v->vm->manifest->id, target->index));
		} else if (model_firmware_status != PSCI_SUCCESS) {
			v->x[0] = (uint64_t)(model_firmware_status == PSCI_ALREADY_ON
						     ? PSCI_ALREADY_ON
						     : PSCI_INTERNAL_FAILURE);
			target->state = VCPU_OFF;
		} else {
			target->state = VCPU_RUNNING;
			target->core = target->index;
			model_cores[target->index].starting = true;
		}
	}
}

static void cpu_off(uint32_t core, struct model_vcpu *v)
{
	if (!v->vm->primary) {
		model_leave(core, VCPU_OFF, BH_RUN_VCPU_OFF, 0);
	} else if (model_firmware_left) {
		v->state = VCPU_OFF;
		model_cores[core].on = false;
	} else {
		v->x[0] = (uint64_t)PSCI_DENIED;
	}
}

static void affinity_info(struct model_vcpu *v)
{
	const struct model_vcpu *target = vcpu_by_affinity(v->vm, ARG(v, 1));

	if (!target || ARG(v, 2))
		v->x[0] = (uint64_t)PSCI_INVALID_PARAMETERS;
	else if (target->state != VCPU_OFF)
		v->x[0] = PSCI_AFFINITY_ON;
	else /* a core may be on its way */
		v->x[0] = v->vm->primary ? (uint64_t)model_firmware_affinity : PSCI_AFFINITY_OFF;
}

static void system_off(uint32_t core, struct model_vcpu *v)
{
	if (v->vm->primary) {
		fake_require(model_firmware_left, "the machine is still on");
		return;
	}
	model_end(v->vm, BH_FAULT_OFF);
	model_leave(core, VCPU_OFF, BH_RUN_ABORTED, v->vm->cause);
}

static int64_t psci_features(uint32_t id)
{
	switch (id) {
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND_32:
	case PSCI_CPU_SUSPEND_64:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON_32:
	case PSCI_CPU_ON_64:
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO_64:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
	case SMCCC_VERSION:
		return PSCI_SUCCESS;
	default:
		return PSCI_NOT_SUPPORTED;
	}
}

void model_call_psci(uint32_t core)
{
	struct model_vcpu *v = model_cores[core].current;
	uint32_t argument = W(v, 1);

	switch (W(v, 0)) {
	case SMCCC_VERSION:
		v->x[0] = SMCCC_VERSION_1_2;
		break;
	case SMCCC_ARCH_FEATURES:
		v->x[0] = argument == SMCCC_VERSION || argument == SMCCC_ARCH_FEATURES
				  ? PSCI_SUCCESS
				  : (uint64_t)SMCCC_RET_NOT_SUPPORTED;
		break;
	case PSCI_VERSION:
		v->x[0] = PSCI_VERSION_1_1;
		break;
	case PSCI_FEATURES:
		v->x[0] = (uint64_t)psci_features(argument);
		break;
	case PSCI_MIGRATE_INFO_TYPE:
		v->x[0] = PSCI_MIGRATE_NOT_REQUIRED;
		break;
	case PSCI_CPU_SUSPEND_32:
	case PSCI_CPU_SUSPEND_64:
		v->x[0] = PSCI_SUCCESS;
		if (!v->vm->primary)
			model_wfi(core);
		break;
	case PSCI_CPU_ON_32:
	case PSCI_CPU_ON_64:
		cpu_on(core, v);
		break;
	case PSCI_CPU_OFF:
		cpu_off(core, v);
		break;
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO_64:
		affinity_info(v);
		break;
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
		system_off(core, v);
		break;
	default:
		v->x[0] = (uint64_t)PSCI_NOT_SUPPORTED;
	}
}

void model_call(uint32_t core)
{
	const struct model_vcpu *v = model_cores[core].current;
	uint32_t id = W(v, 0), owner = id & 0xBFFF0000, number = id & 0xFFFF;

	if (owner == 0x84000000 && number >= 0x60 && number <= 0xFF)
		model_call_ffa(core);
	else if (owner == 0x86000000)
		model_call_vendor(core);
	else
		model_call_psci(core);
}
