/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The life of VMs made at run time. All of such a VM lies in memory of its own, which becomes the primary's again: nobody may hold a pointer
 * into it by then. life_lock guards the table of slots and who has claimed a VM; it is held for a few instructions and nothing is taken
 * inside.
 *
 * Why the memory of a VM X can be reused (the rules of vm.h are what makes it true):
 * 1. It has ended and none of its vCPUs is RUNNING. It is taken out of vms[], under vms_lock: who finds VMs under that lock is done with X.
 * 2. Then each core gets a kick and X waits until the core has taken it, but for cores that are off and cores whose current vCPU is that of
 *    another VM than X and the primary. Kicks are taken in a guest: a handler that had begun before has ended by then. A core that was left
 *    out runs another VM's vCPU, whose handlers hold no pointer to X; it may come back to the primary and look for X only after it has
 *    stored that vCPU's state, which is a release, and vm_find is an acquire in the same total order (both are sequentially consistent; Arm
 *    ARM B2.3.11): since its `current` was not the primary's when we looked, it finds that X is gone.
 * 3. If a vCPU is RUNNING again (entered before 1. was seen), all begins anew: it leaves at once, since X has ended.
 */
#include <hv/arm64/life.h>

#include <bulkhead/hypercall.h>
#include <bulkhead/status.h>
#include <hv/arm64/call.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/fault.h>
#include <hv/arm64/gic.h>
#include <hv/arm64/log.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/notify.h>
#include <hv/arm64/share.h>
#include <hv/arm64/stage2.h>
#include <hv/arm64/vgic.h>
#include <hv/arm64/vm_carve.h>
#include <string.h>

#define FIRST_ID 3u /* 1 is the primary, 2 the login VM */

static struct spinlock life_lock;
static struct {
	bool used;
	struct vm *vm; /* NULL: not yet, or only its unit is left */
	pa_t unit;     /* of a VM that is gone, but for this */
} slots[MAX_VMS];      /* by id - 1 */

/* The FF-A error of a failure; 0 of what is done, or to be called again */
static int32_t error_of(int status)
{
	if (status >= BH_OK)
		return 0;
	switch (status) {
	case BH_EPERM:
		return FFA_DENIED;
	case BH_ENOMEM:
		return FFA_NO_MEMORY;
	case BH_EBUSY:
		return FFA_BUSY;
	default:
		return FFA_INVALID_PARAMETERS;
	}
}

/* The VM is this core's to work at, until life_unclaim. EINVAL: there is none; EBUSY: another core is at it. */
static int life_claim(uint32_t id, struct vm **vm)
{
	int status = BH_EINVAL;

	spin_lock(&life_lock);
	*vm = id >= 1 && id <= MAX_VMS ? slots[id - 1].vm : NULL;
	if (*vm) {
		status = (*vm)->life->busy ? BH_EBUSY : BH_OK;
		(*vm)->life->busy = true;
	}
	spin_unlock(&life_lock);
	return status;
}

static void life_unclaim(struct vm *vm)
{
	spin_lock(&life_lock);
	vm->life->busy = false;
	spin_unlock(&life_lock);
}

/* 0: no id is free */
static uint16_t slot_reserve(void)
{
	uint16_t id = 0;

	spin_lock(&life_lock);
	for (uint16_t i = FIRST_ID; i <= MAX_VMS && !id; i++) {
		if (slots[i - 1].used || vm_find(i))
			continue;
		slots[i - 1].used = true;
		id = i;
	}
	spin_unlock(&life_lock);
	return id;
}

static void slot_set(uint16_t id, bool used, struct vm *vm, pa_t unit)
{
	spin_lock(&life_lock);
	slots[id - 1].used = used;
	slots[id - 1].vm = vm;
	slots[id - 1].unit = unit;
	spin_unlock(&life_lock);
}

static void vm_begin(pa_t unit, uint16_t id, const struct enclave_config *config)
{
	const struct vm_shape shape = {
		.id = id,
		.role = VM_SECONDARY,
		.vcpus = config->vcpus,
		.ffa_version = FFA_VERSION_1_1,
		.uuid = config->uuid,
	};
	struct vm *vm;

	memset((void *)unit.v, 0, SIZE_2M);
	vm = vm_carve(unit, &shape, sizeof(struct vm_life)); /* a unit has room for the root */
	vm->life = vm_extra(vm);
	vm->life->unit = unit;
	vm->life->config = *config;
	vm_publish(vm);
	slot_set(id, true, vm, PA(0));
}

/* x1 = address of the config */
static void create(struct vcpu *vcpu)
{
	struct enclave_config config;
	uint16_t id;
	int status;

	if (!IS_ALIGNED(vcpu->x[1], PAGE_SIZE) ||
	    !memory_read(vcpu->vm, IPA(vcpu->x[1]), &config, sizeof(config)) ||
	    !enclave_is_valid(&config)) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	id = slot_reserve();
	if (!id) {
		answer_error(vcpu, FFA_NO_MEMORY);
		return;
	}
	status = memory_donate(vcpu->vm, FFA_HYPERVISOR_ID, PA(config.tables), SIZE_2M);
	if (status)
		slot_set(id, false, NULL, PA(0));
	else
		vm_begin(PA(config.tables), id, &config);
	answer(vcpu, error_of(status), id);
}

/* x2 = 1: again */
static int build(struct vm *vm)
{
	bool allowed = vm->life->phase == LIFE_BUILDING && !vm_has_ended(vm);

	return allowed ? enclave_build(vm) : BH_EPERM;
}

/* The core may be in a handler that has found the VM. */
static bool may_hold(const struct cpu *core, const struct vm *vm)
{
	const struct vm *primary = vm_primary();
	const struct vcpu *current = __atomic_load_n(&core->current, __ATOMIC_SEQ_CST);

	if (core == cpu_this() || core->index >= primary->vcpu_count)
		return false;
	if (current >= vm->vcpus && current < vm->vcpus + vm->vcpu_count)
		return true;
	return current == &primary->vcpus[core->index] &&
	       __atomic_load_n(&current->state, __ATOMIC_SEQ_CST) != VCPU_OFF;
}

static void leave_begin(struct vm *vm)
{
	struct vm_life *life = vm->life;

	spin_lock(&vms_lock);
	__atomic_store_n(&vms[vm->id - 1], NULL, __ATOMIC_SEQ_CST);
	spin_unlock(&vms_lock);
	for (uint32_t i = 0; i < MAX_CPUS; i++) {
		life->kicks[i] = __atomic_load_n(&cpus[i].kicks, __ATOMIC_SEQ_CST);
		life->waits[i] = may_hold(&cpus[i], vm);
		if (life->waits[i])
			gic->kick(i);
	}
	life->phase = LIFE_LEAVING;
}

/* True when no core can hold a pointer to the VM any more. */
static bool has_left(struct vm *vm)
{
	struct vm_life *life = vm->life;
	bool left = true;

	for (uint32_t i = 0; i < MAX_CPUS; i++) {
		if (!life->waits[i])
			continue;
		life->waits[i] = may_hold(&cpus[i], vm) &&
				 __atomic_load_n(&cpus[i].kicks, __ATOMIC_SEQ_CST) ==
					 life->kicks[i];
		/* a core that was being turned on may have lost the first */
		if (life->waits[i])
			gic->kick(i);
		left = left && !life->waits[i];
	}
	return left;
}

static void leave_end(struct vm *vm)
{
	stage2_flush(vm); /* before others get what it borrowed */
	if (!share_vm_exit(vm))
		return; /* one transaction a step */
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		vgic_drop(&vm->vcpus[i]);
	mailbox_drop(vm);
	notify_vm_exit(vm);
	memory_unshare(vm);
	vm->life->cursor = 0;
	vm->life->phase = LIFE_COLLECTING;
}

/* What is left of a VM that nobody knows of: its unit. *given is it, once it is the primary's. The slot is reserved and empty. */
static int unit_return(uint16_t id, pa_t unit, uint64_t *given)
{
	int status = memory_return(unit);

	if (!status)
		*given = unit.v;
	slot_set(id, status != 0, NULL, status ? unit : PA(0));
	return status;
}

/* What unit_return could not do. EINVAL: there is nothing. */
static int unit_retry(uint32_t id, uint64_t *given)
{
	pa_t unit = PA(0);

	if (id < 1 || id > MAX_VMS)
		return BH_EINVAL;
	spin_lock(&life_lock);
	unit = slots[id - 1].unit;
	slots[id - 1].unit = PA(0);
	spin_unlock(&life_lock);
	return unit.v ? unit_return((uint16_t)id, unit, given) : BH_EINVAL;
}

/* One unit. 1: there are more; 0: that was the last. In the end, *gone. */
static int collect(struct vm *vm, uint64_t *given, bool *gone)
{
	uint16_t id = vm->id;
	pa_t unit = vm->life->unit;
	int status = memory_collect(vm, &vm->life->cursor, &unit);

	if (status == BH_ERANGE)
		return 1;
	if (status == BH_EBUSY)
		return BH_EPERM;
	if (!status) {
		memory_scrub(unit);
		status = memory_return(unit);
		*given = status ? 0 : unit.v;
		return status ? status : 1;
	}
	log_forget(id);
	*gone = true;
	slot_set(id, true, NULL, PA(0)); /* before its state goes: nobody claims it any more */
	memory_scrub(unit);
	return unit_return(id, unit, given);
}

static int destroy_step(struct cpu *cpu, struct vm *vm, uint64_t *given, bool *gone)
{
	struct vm_life *life = vm->life;

	switch (life->phase) {
	case LIFE_BUILDING:
	case LIFE_ALIVE:
		fault_stop(cpu, vm);
		life->phase = LIFE_STOPPING;
		return 1;
	case LIFE_STOPPING:
		if (!vm_is_running(vm))
			leave_begin(vm);
		return 1;
	case LIFE_LEAVING:
		if (has_left(vm)) {
			if (vm_is_running(vm))
				life->phase = LIFE_STOPPING;
			else
				leave_end(vm);
		}
		return 1;
	default:
		return collect(vm, given, gone);
	}
}

/* w1 = id. x2 = 1: again; x3 = the unit that the primary has again */
static void destroy(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t id = ARG32(vcpu, 1);
	uint64_t given = 0;
	bool gone = false;
	struct vm *vm;
	int status = life_claim(id, &vm);

	if (!status) {
		status = destroy_step(cpu, vm, &given, &gone);
		if (!gone)
			life_unclaim(vm);
	} else if (status == BH_EINVAL) {
		status = unit_retry(id, &given);
	}
	answer(vcpu, error_of(status), status == 1);
	if (status >= 0)
		vcpu->x[3] = given;
}

static void vm_info_fill(const struct vm *vm, struct enclave_info *info)
{
	const struct vm_life *life = vm->life;

	info->vm = vm->id;
	info->vcpus = (uint16_t)vm->vcpu_count;
	info->stage = vm_has_ended(vm) ? ENCLAVE_ENDED : ENCLAVE_ALIVE;
	info->cause = vm_has_ended(vm) ? vm->fault.cause : BH_FAULT_NONE;
	info->units = memory_count(vm->id);
	if (!life)
		return;
	if (life->phase != LIFE_ALIVE)
		info->stage = life->phase == LIFE_BUILDING ? ENCLAVE_BUILDING : ENCLAVE_DYING;
	memcpy(info->digest, life->digest, sizeof(info->digest));
	memcpy(info->name, life->config.name, sizeof(info->name));
}

/* w1 = id, 0: the node */
static void info(struct vcpu *vcpu)
{
	struct enclave_info info = {.version = ENCLAVE_INFO_VERSION, .size = sizeof(info)};
	uint32_t id = ARG32(vcpu, 1);
	const struct vm *vm = vm_find(id);

	if (id && !vm) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	if (vm)
		vm_info_fill(vm, &info);
	else
		info.units = memory_count(vcpu->vm->id);
	for (uint32_t i = 1; i <= MAX_VMS && !id; i++)
		info.vms += vm_find(i) || slots[i - 1].used;
	answer(vcpu, mailbox_put(vcpu->vm, &info, sizeof(info)), sizeof(info));
}

/* One unit of the primary's, which the VM then may accept */
static int memory_add(struct vcpu *vcpu, struct vm *vm)
{
	pa_t unit = PA(vcpu->x[2]);
	int status = BH_EPERM;

	if (vm->life->phase == LIFE_ALIVE && !vm_has_ended(vm))
		status = memory_donate(vcpu->vm, vm->id, unit, SIZE_2M);
	if (!status) {
		memory_scrub(unit);
		memory_offer(vm, unit);
	}
	return status;
}

static int memory_back(struct vcpu *vcpu, struct vm *vm)
{
	pa_t unit = PA(vcpu->x[2]);
	int status = BH_EPERM;

	if (vm->life->phase == LIFE_ALIVE)
		status = memory_withdraw(vm, unit);
	if (status)
		return status;
	memory_scrub(unit);
	status = memory_return(unit);
	if (status) /* to be tried again */
		memory_offer(vm, unit);
	return status;
}

/* Calls about one VM, which this core claims. */
static void vm_call(struct vcpu *vcpu, uint32_t id)
{
	struct vm *vm;
	int status = life_claim(ARG32(vcpu, 1), &vm);

	if (!status) {
		status = id == BH_VM_BUILD     ? build(vm)
			 : id == BH_MEMORY_ADD ? memory_add(vcpu, vm)
					       : memory_back(vcpu, vm);
		life_unclaim(vm);
	}
	answer(vcpu, error_of(status), status == 1);
}

/* By the VM itself, for its memory */
static void own_call(struct vcpu *vcpu, uint32_t id)
{
	pa_t unit = PA(vcpu->x[1]);
	int status = BH_EPERM;

	if (vcpu->vm->life)
		status = id == BH_MEMORY_ACCEPT ? memory_accept(vcpu->vm, unit)
						: memory_release(vcpu->vm, unit);
	answer(vcpu, error_of(status), 0);
}

void life_call(struct cpu *cpu, uint32_t id)
{
	struct vcpu *vcpu = cpu->current;

	if (id == BH_MEMORY_ACCEPT || id == BH_MEMORY_RELEASE)
		own_call(vcpu, id);
	else if (vcpu->vm->role != VM_PRIMARY)
		answer_error(vcpu, FFA_DENIED);
	else if (id == BH_VM_CREATE)
		create(vcpu);
	else if (id == BH_VM_DESTROY)
		destroy(cpu);
	else if (id == BH_VM_INFO)
		info(vcpu);
	else
		vm_call(vcpu, id);
}
