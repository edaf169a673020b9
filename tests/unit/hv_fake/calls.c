/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The grammar of random hypercalls (see calls.h).
 */
#include "calls.h"
#include "gic.h"
#include "machine.h"
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <hv/arm64/platform.h>

struct choice {
	uint32_t id;
	unsigned weight;
};

static const struct choice of_primary[] = {
	{FFA_RUN, 400},
	{FFA_MSG_SEND_DIRECT_REQ_32, 40},
	{FFA_MSG_SEND_DIRECT_REQ_64, 40},
	{BH_INTR_INJECT, 80},
	{BH_VM_FAULT, 6},
	{BH_VM_COUNTERS, 8},
	{BH_VM_STOP, 1},
	{PSCI_CPU_ON_64, 10},
	{PSCI_CPU_OFF, 4},
	{FFA_YIELD, 2},
	{FFA_MSG_WAIT, 2},
};

static const struct choice of_secondary[] = {
	{FFA_YIELD, 40},
	{FFA_MSG_WAIT, 80},
	{FFA_MSG_SEND_DIRECT_RESP_32, 40},
	{FFA_MSG_SEND_DIRECT_RESP_64, 40},
	{BH_INTR_INJECT, 80},
	{PSCI_CPU_ON_32, 5},
	{PSCI_CPU_ON_64, 20},
	{PSCI_CPU_OFF, 5},
	{PSCI_SYSTEM_OFF, 1},
	{PSCI_SYSTEM_RESET, 1},
	{FFA_RUN, 3},
	{FFA_MSG_SEND_DIRECT_REQ_64, 3},
	{BH_VM_FAULT, 1},
	{BH_VM_COUNTERS, 1},
	{BH_VM_STOP, 2},
};

static const struct choice of_both[] = {
	{FFA_VERSION, 2},
	{FFA_FEATURES, 3},
	{FFA_ID_GET, 2},
	{FFA_RXTX_MAP_32, 3},
	{FFA_RXTX_MAP_64, 8},
	{FFA_RXTX_UNMAP, 4},
	{FFA_RX_RELEASE, 8},
	{FFA_PARTITION_INFO_GET, 10},
	{FFA_CONSOLE_LOG_32, 3},
	{FFA_CONSOLE_LOG_64, 3},
	{BH_INTR_ENABLE, 20},
	{BH_INTR_GET, 8},
	{PSCI_VERSION, 1},
	{PSCI_FEATURES, 2},
	{PSCI_MIGRATE_INFO_TYPE, 1},
	{PSCI_AFFINITY_INFO_32, 2},
	{PSCI_AFFINITY_INFO_64, 4},
	{PSCI_CPU_SUSPEND_32, 3},
	{PSCI_CPU_SUSPEND_64, 3},
	{SMCCC_VERSION, 1},
	{SMCCC_ARCH_FEATURES, 2},
	{FFA_NOTIFICATION_BIND, 8},
	{FFA_NOTIFICATION_UNBIND, 4},
	{FFA_NOTIFICATION_SET, 20},
	{FFA_NOTIFICATION_GET, 8},
	{FFA_NOTIFICATION_INFO_GET_32, 3},
	{FFA_NOTIFICATION_INFO_GET_64, 3},
	{FFA_MEM_SHARE_64, 2},
	{FFA_MEM_LEND_32, 1},
	{FFA_MEM_DONATE_64, 1},
	{FFA_MEM_RETRIEVE_REQ_32, 2},
	{FFA_MEM_RELINQUISH, 1},
	{FFA_MEM_RECLAIM, 1},
	{BH_VM_CREATE, 1},
	{BH_VM_BUILD, 1},
	{BH_VM_DESTROY, 1},
	{BH_VM_INFO, 4},
	{BH_MEMORY_ADD, 1},
	{BH_MEMORY_TAKE, 1},
	{BH_MEMORY_ACCEPT, 1},
	{BH_MEMORY_RELEASE, 1},
	{BH_VM_RELOAD, 1},
};

static uint32_t choose(struct random *rng, const struct choice *choices, size_t count)
{
	unsigned total = 0, at;

	for (size_t i = 0; i < count; i++)
		total += choices[i].weight;
	at = (unsigned)random_below(rng, total);
	while (at >= choices->weight)
		at -= choices++->weight;
	return choices->id;
}

static uint32_t function_random(struct random *rng, const struct model_vcpu *caller)
{
	uint32_t id;

	if (random_one_in(rng, 40))
		return (uint32_t)random_next(rng);
	if (random_one_in(rng, 3))
		id = choose(rng, of_both, ARRAY_SIZE(of_both));
	else if (caller->vm->primary)
		id = choose(rng, of_primary, ARRAY_SIZE(of_primary));
	else
		id = choose(rng, of_secondary, ARRAY_SIZE(of_secondary));
	if (random_one_in(rng, 60))
		id ^= 1u << random_below(rng, 32);
	return id;
}

static uint32_t vm_random(struct random *rng)
{
	uint32_t id = node_manifest.vms[random_below(rng, NODE_VMS)].id;

	return random_one_in(rng, 20) ? (uint32_t)random_below(rng, 70) : id;
}

static uint32_t vcpu_random(struct random *rng, const struct model_vcpu *caller)
{
	const struct model_vm *vm = model_find(vm_random(rng));

	if (!caller->vm->primary && !random_one_in(rng, 8))
		vm = caller->vm;
	if (!vm || random_one_in(rng, 20))
		return vm_random(rng) << 16 | (uint32_t)random_below(rng, 6);
	return (uint32_t)vm->manifest->id << 16 | (uint32_t)random_below(rng, vm->manifest->vcpus);
}

/* Mostly one that can be run. */
static uint32_t runnable_random(struct random *rng, const struct model_vcpu *caller)
{
	uint32_t ids = vcpu_random(rng, caller);

	for (int i = 0; i < 12; i++, ids = vcpu_random(rng, caller)) {
		const struct model_vm *vm = model_find(ids >> 16);
		uint32_t index = ids & 0xFFFF;

		if (vm && !vm->primary && !vm->ended && index < vm->manifest->vcpus &&
		    vm->vcpus[index].state != VCPU_OFF && vm->vcpus[index].state != VCPU_RUNNING)
			break;
	}
	return ids;
}

static uint64_t address_random(struct random *rng, const struct model_vcpu *caller)
{
	const struct model_vm *vm = caller->vm;
	uint64_t own = vm->real->memory[0].v, page = random_below(rng, 8) * PAGE_SIZE;

	switch (random_below(rng, 12)) {
	case 0: /* anywhere in RAM: others' memory, shared regions, the hypervisor's */
		return FAKE_RAM_BASE + random_below(rng, 64 * SIZE_2M / PAGE_SIZE) * PAGE_SIZE;
	case 1:
		return own + page + random_below(rng, PAGE_SIZE);
	case 2:
		return own + vm->manifest->memory_size - 4 + random_below(rng, 8);
	case 3:
		return random_next(rng);
	case 4:
		return platform.uart.start;
	case 5: /* beyond what stage 2 can map, with the right lower bits */
		return own | UINT64_C(1) << (39 + random_below(rng, 25));
	default:
		return own + page;
	}
}

static uint32_t interrupt_random(struct random *rng)
{
	static const uint32_t others[] = {16, 25, INTID_VTIMER, INTID_PTIMER, 31,
					  32, 33, 34,           1019,         1020};

	if (random_one_in(rng, 4))
		return others[random_below(rng, ARRAY_SIZE(others))];
	return random_one_in(rng, 60) ? (uint32_t)random_next(rng)
				      : (uint32_t)random_below(rng, 16);
}

static uint64_t affinity_random(struct random *rng, const struct model_vcpu *caller)
{
	uint64_t index = random_below(rng, caller->vm->manifest->vcpus);

	if (random_one_in(rng, 12))
		return random_one_in(rng, 2) ? random_next(rng) : index | UINT64_C(1) << 31;
	return caller->vm->primary ? platform.cpu_mpidr[index] : index;
}

/* --- arguments --- */

static void arguments_message(struct random *rng, const struct model_vcpu *caller, uint64_t *x)
{
	uint32_t self = caller->vm->manifest->id;
	uint32_t peer = caller->vm->primary ? vm_random(rng) : FFA_PRIMARY_ID;

	if (random_one_in(rng, 20))
		self = vm_random(rng);
	x[1] = self << 16 | peer;
	x[2] = random_one_in(rng, 20) ? 1u << 31 : 0;
}

static void arguments_partition(struct random *rng, uint64_t *x)
{
	const struct manifest_vm *vm = &node_manifest.vms[random_below(rng, NODE_VMS)];
	bool all = random_one_in(rng, 2);

	for (int i = 0; i < 4; i++)
		x[1 + i] = all ? 0 : vm->uuid[i];
	if (random_one_in(rng, 20))
		x[1 + random_below(rng, 4)] ^= 1u << random_below(rng, 32);
	x[5] = random_one_in(rng, 3) ? random_below(rng, 4) : 0;
}

static void arguments_memory(struct random *rng, const struct model_vcpu *caller, uint64_t *x)
{
	x[1] = address_random(rng, caller);
	x[2] = random_one_in(rng, 20) ? x[1] : address_random(rng, caller);
	x[3] = random_one_in(rng, 20) ? random_below(rng, 4) : 1;
}

/* Few of the 64 bits, so that some are bound, by both kinds of flags, and some are pending. */
static void arguments_notification(struct random *rng, const struct model_vcpu *caller, uint64_t *x)
{
	uint32_t self = caller->vm->manifest->id;
	uint32_t peer = caller->vm->primary || random_one_in(rng, 8) ? vm_random(rng)
								     : FFA_PRIMARY_ID;
	bool set = (uint32_t)x[0] == FFA_NOTIFICATION_SET, for_vcpu = random_one_in(rng, 2);
	uint64_t vcpu = random_one_in(rng, 20) ? random_below(rng, 70) : random_below(rng, 2);

	x[1] = set ? self << 16 | peer : peer << 16 | self;
	if ((uint32_t)x[0] == FFA_NOTIFICATION_GET)
		x[1] = (random_one_in(rng, 20) ? vm_random(rng) : self) | vcpu << 16;
	x[2] = for_vcpu | (set ? random_below(rng, 2) << 1 | (for_vcpu ? vcpu << 16 : 0) : 0);
	if ((uint32_t)x[0] == FFA_NOTIFICATION_GET)
		x[2] = random_one_in(rng, 3) ? random_below(rng, 16) : FFA_NOTIFICATION_FROM_VMS;
	if ((uint32_t)x[0] == FFA_NOTIFICATION_UNBIND && !random_one_in(rng, 20))
		x[2] = 0;
	if (random_one_in(rng, 40))
		x[2] ^= 1u << random_below(rng, 32);
	/* bit n is mostly bound in the same way */
	x[3] = for_vcpu ? 1u << random_below(rng, 3) : 8u << random_below(rng, 3);
	x[4] = random_one_in(rng, 6) ? 1u << random_below(rng, 32) : 0;
	if (random_one_in(rng, 20))
		x[3] = random_below(rng, 64);
}

/* Lengths of descriptors; what the TX buffer holds is none. */
static void arguments_transaction(struct random *rng, uint64_t *x)
{
	x[1] = random_below(rng, 2 * PAGE_SIZE);
	x[2] = random_one_in(rng, 10) ? random_next(rng) : x[1];
	x[3] = x[4] = 0;
	if (random_one_in(rng, 10))
		x[3 + random_below(rng, 2)] = random_next(rng);
}

static void arguments_set(struct random *rng, const struct model_vcpu *caller, uint64_t *x)
{
	switch ((uint32_t)x[0]) {
	case FFA_RUN:
		x[1] = random_one_in(rng, 6) ? vcpu_random(rng, caller)
					     : runnable_random(rng, caller);
		break;
	case BH_VM_COUNTERS:
		x[1] = vcpu_random(rng, caller);
		break;
	case BH_INTR_INJECT:
		x[1] = vcpu_random(rng, caller);
		x[2] = random_one_in(rng, 20) ? interrupt_random(rng) : random_below(rng, 16);
		break;
	case BH_INTR_ENABLE:
		x[2] = random_one_in(rng, 20) ? 2 : !random_one_in(rng, 3);
		/* fall through */
	case BH_INTR_GET:
		x[1] = interrupt_random(rng);
		break;
	case BH_VM_FAULT:
	case BH_VM_STOP:
	case BH_VM_RELOAD:
	case BH_VM_INFO:
		x[1] = vm_random(rng);
		break;
	case FFA_MSG_SEND_DIRECT_REQ_32:
	case FFA_MSG_SEND_DIRECT_REQ_64:
	case FFA_MSG_SEND_DIRECT_RESP_32:
	case FFA_MSG_SEND_DIRECT_RESP_64:
		arguments_message(rng, caller, x);
		break;
	case FFA_RXTX_MAP_32:
	case FFA_RXTX_MAP_64:
		arguments_memory(rng, caller, x);
		break;
	case FFA_RXTX_UNMAP:
		x[1] = random_one_in(rng, 2) ? 0 : vm_random(rng) << 16 | random_one_in(rng, 10);
		break;
	case FFA_PARTITION_INFO_GET:
		arguments_partition(rng, x);
		break;
	case FFA_VERSION:
		x[1] = random_one_in(rng, 2) ? FFA_VERSION_1_1 : 0xFFFF + random_below(rng, 8);
		x[1] |= random_one_in(rng, 10) ? 0x80000000 : 0;
		break;
	case FFA_FEATURES:
	case PSCI_FEATURES:
	case SMCCC_ARCH_FEATURES:
		x[1] = function_random(rng, caller);
		break;
	case FFA_CONSOLE_LOG_32:
	case FFA_CONSOLE_LOG_64:
		x[1] = random_below(rng, 52);
		break;
	case PSCI_CPU_ON_32:
	case PSCI_CPU_ON_64:
		x[1] = affinity_random(rng, caller);
		x[2] = address_random(rng, caller);
		break;
	case FFA_NOTIFICATION_BIND:
	case FFA_NOTIFICATION_UNBIND:
	case FFA_NOTIFICATION_SET:
	case FFA_NOTIFICATION_GET:
		arguments_notification(rng, caller, x);
		break;
	case FFA_MEM_SHARE_64:
	case FFA_MEM_LEND_32:
	case FFA_MEM_DONATE_64:
	case FFA_MEM_RETRIEVE_REQ_32:
		arguments_transaction(rng, x);
		break;
	case PSCI_AFFINITY_INFO_32:
	case PSCI_AFFINITY_INFO_64:
		x[1] = affinity_random(rng, caller);
		x[2] = random_one_in(rng, 10);
		break;
	default:
		break;
	}
}

void call_random(struct random *rng, const struct model_vcpu *caller, uint64_t x[CALL_REGISTERS])
{
	for (unsigned i = 0; i < CALL_REGISTERS; i++)
		x[i] = random_next(rng);
	x[0] = function_random(rng, caller);
	arguments_set(rng, caller, x);
	/*
	 * SMC32 functions look at the lower halves, and every function is named by the lower half
	 * of x0
	 */
	x[0] |= random_next(rng) << 32;
	for (unsigned i = 1; i < 8 && !(x[0] & 0x40000000); i++)
		x[i] |= random_next(rng) << 32;
}
