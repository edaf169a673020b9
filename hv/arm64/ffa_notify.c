/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * FF-A notifications (DEN0077A 1.1 sections 10 and 16.5 to 16.9). A VM's 64 bits exist as long as the VM does; BITMAP_CREATE and
 * DESTROY, which a hypervisor calls at a secure world, are nobody's here. Bound and pending bits change under the lock of the VM
 * that receives them.
 */
#include <hv/arm64/call.h>

#include <hv/arm64/cpu.h>
#include <hv/arm64/run.h>
#include <hv/arm64/vdist.h>
#include <hv/arm64/vgic.h>
#include <hv/arm64/vm.h>

#include <bulkhead/hypercall.h>

#define IDS_32     10u /* 16-bit ids that the registers of an answer can hold */
#define IDS_64     20u
#define LIST_VCPUS 3u

static uint64_t bitmap_of(const struct vcpu *vcpu)
{
	return ARG32(vcpu, 3) | (uint64_t)ARG32(vcpu, 4) << 32;
}

static uint64_t pending_of_all(const struct vm *vm)
{
	uint64_t pending = vm->notify.pending;

	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		pending |= vm->vcpus[i].notify_pending;
	return pending;
}

/* Which of `bits` are bound to `sender` */
static uint64_t bound_to(const struct notify *notify, uint64_t bits, uint16_t sender)
{
	uint64_t found = 0;

	for (uint64_t left = bits & notify->bound; left; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);

		if (notify->sender[i] == sender)
			found |= UINT64_C(1) << i;
	}
	return found;
}

/* --- BIND, UNBIND --- */

static int32_t bind(struct vm_locked locked, uint16_t sender, uint64_t bits, bool per_vcpu)
{
	struct notify *notify = &locked.vm->notify;

	/* bound to whomever, with whatever flag; or left over from one that is gone */
	if (bits & (notify->bound | pending_of_all(locked.vm)))
		return FFA_DENIED;
	notify->bound |= bits;
	notify->per_vcpu |= per_vcpu ? bits : 0;
	for (uint64_t left = bits; left; left &= left - 1)
		notify->sender[__builtin_ctzll(left)] = sender;
	return 0;
}

static int32_t unbind(struct vm_locked locked, uint16_t sender, uint64_t bits)
{
	struct notify *notify = &locked.vm->notify;

	if (bound_to(notify, bits, sender) != bits || pending_of_all(locked.vm) & bits)
		return FFA_DENIED;
	notify->bound &= ~bits;
	notify->per_vcpu &= ~bits;
	return 0;
}

/* w1 = sender, receiver (the caller), w2 = flags, w3 and w4 = bitmap */
static int32_t binding_change(struct vcpu *vcpu, bool on)
{
	uint32_t ids = ARG32(vcpu, 1), flags = ARG32(vcpu, 2);
	const struct vm *sender = vm_find(ids >> 16);
	struct vm_locked locked;
	int32_t error;

	if (!sender || sender == vcpu->vm || (ids & 0xFFFF) != vcpu->vm->id || !bitmap_of(vcpu) ||
	    flags & ~(on ? FFA_NOTIFICATION_PER_VCPU : 0))
		return FFA_INVALID_PARAMETERS;
	if (!vm_may_reach(sender, vcpu->vm))
		return FFA_DENIED;
	locked = vm_lock(vcpu->vm);
	error = on ? bind(locked, (uint16_t)(ids >> 16), bitmap_of(vcpu),
			  flags & FFA_NOTIFICATION_PER_VCPU)
		   : unbind(locked, (uint16_t)(ids >> 16), bitmap_of(vcpu));
	vm_unlock(locked);
	return error;
}

void ffa_notification_bind(struct cpu *cpu)
{
	answer(cpu->current, binding_change(cpu->current, true), 0);
}

void ffa_notification_unbind(struct cpu *cpu)
{
	answer(cpu->current, binding_change(cpu->current, false), 0);
}

/* --- SET --- */

/* Makes the bits pending; *fresh: some were not. */
static int32_t bits_set(struct vm *vm, uint16_t sender, uint64_t bits, uint32_t flags, bool *fresh)
{
	bool per_vcpu = flags & FFA_NOTIFICATION_PER_VCPU;
	uint32_t index = FFA_NOTIFICATION_VCPU(flags);
	struct vm_locked locked = vm_lock(vm);
	struct notify *notify = &vm->notify;
	uint64_t kind = per_vcpu ? notify->per_vcpu : ~notify->per_vcpu;
	uint64_t *pending = per_vcpu ? &vm->vcpus[index].notify_pending : &notify->pending;
	bool allowed = bound_to(notify, bits, sender) == bits && !(bits & ~kind);

	*fresh = allowed && bits & ~*pending;
	if (*fresh) {
		*pending |= bits;
		notify->untold |= per_vcpu ? 1u << index : 0;
		notify->untold_all = notify->untold_all || !per_vcpu;
	}
	vm_unlock(locked);
	return allowed ? 0 : FFA_DENIED;
}

uint32_t notify_interrupt(const struct vm *vm)
{
	return vm->role == VM_LOGIN ? BH_INTID_NPI_LOGIN : BH_INTID_NPI;
}

static struct vcpu *first_on(struct vm *vm)
{
	for (uint32_t i = 1; i < vm->vcpu_count; i++) {
		uint32_t state = __atomic_load_n(&vm->vcpus[i - 1].state, __ATOMIC_SEQ_CST);

		if (state != VCPU_OFF)
			return &vm->vcpus[i - 1];
	}
	return &vm->vcpus[vm->vcpu_count - 1];
}

/* The receiver's interrupt. One that waits is the primary's to run, which is the caller: its own vCPUs never wait. */
static void receiver_interrupt(struct vm *vm, uint32_t flags)
{
	struct vcpu *target = flags & FFA_NOTIFICATION_PER_VCPU
				      ? &vm->vcpus[FFA_NOTIFICATION_VCPU(flags)]
				      : first_on(vm);
	bool fresh;

	if (vm->dist)
		target = vdist_raise(vm, &fresh);
	else
		fresh = vgic_set_pending(target, notify_interrupt(vm));
	__atomic_fetch_add(&target->counters.injected, 1, __ATOMIC_RELAXED);
	run_notify(target, fresh);
}

/* w1 = sender (the caller), receiver, w2 = flags and vCPU, w3 and w4 = bitmap */
void ffa_notification_set(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t ids = ARG32(vcpu, 1), flags = ARG32(vcpu, 2);
	struct vm *vm = vm_find(ids & 0xFFFF);
	uint32_t known = FFA_NOTIFICATION_PER_VCPU | FFA_NOTIFICATION_DELAY;
	bool fresh = false;
	int32_t error = 0;

	known |= flags & FFA_NOTIFICATION_PER_VCPU ? 0xFFFF0000 : 0;
	if (!vm || vm == vcpu->vm || ids >> 16 != vcpu->vm->id || !bitmap_of(vcpu) ||
	    flags & ~known)
		error = FFA_INVALID_PARAMETERS;
	else if (!vm_may_reach(vcpu->vm, vm))
		error = FFA_DENIED;
	else if (FFA_NOTIFICATION_VCPU(flags) >= vm->vcpu_count)
		error = FFA_INVALID_PARAMETERS;
	else
		error = bits_set(vm, vcpu->vm->id, bitmap_of(vcpu), flags, &fresh);
	answer(vcpu, error, 0);
	if (fresh)
		receiver_interrupt(vm, flags);
}

/* --- GET, INFO_GET --- */

/* w1 = vCPU, receiver (the caller), w2 = whose */
void ffa_notification_get(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t ids = ARG32(vcpu, 1), flags = ARG32(vcpu, 2), index = ids >> 16;
	struct vm *vm = vcpu->vm;
	struct vm_locked locked;
	uint64_t bits = 0;

	if ((ids & 0xFFFF) != vm->id || index >= vm->vcpu_count || !flags ||
	    flags & ~FFA_NOTIFICATION_FROM_ALL) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	if (flags & FFA_NOTIFICATION_FROM_VMS) {
		locked = vm_lock(vm);
		bits = vm->notify.pending | vm->vcpus[index].notify_pending;
		vm->notify.pending = vm->vcpus[index].notify_pending = 0;
		vm->notify.untold_all = false;
		vm->notify.untold &= ~(1u << index);
		vm_unlock(locked);
	}
	answer_success(vcpu, 0);
	vcpu->x[4] = (uint32_t)bits;
	vcpu->x[5] = bits >> 32;
}

/* the lists of INFO_GET while they are written */
struct info {
	uint16_t ids[IDS_64];
	uint32_t room, used, lists;
	uint64_t sizes; /* x2's fields */
	bool more;
};

static bool list_begin(struct info *info, const struct vm *vm, uint32_t vcpus)
{
	if (info->used + 1 + vcpus > info->room) {
		info->more = true;
		return false;
	}
	info->ids[info->used++] = vm->id;
	info->sizes |= (uint64_t)vcpus << (12 + 2 * info->lists++);
	return true;
}

/* What nobody has been told of yet: the VM by itself first, then its vCPUs, up to three a list */
static void info_of_vm(struct info *info, struct vm *vm)
{
	struct vm_locked locked = vm_lock(vm);
	struct notify *notify = &vm->notify;

	if (notify->untold_all && list_begin(info, vm, 0))
		notify->untold_all = false;
	while (notify->untold) {
		uint32_t rest = notify->untold, count = 0;

		for (; rest && count < LIST_VCPUS; count++)
			rest &= rest - 1;
		if (!list_begin(info, vm, count))
			break;
		for (; notify->untold != rest; notify->untold &= notify->untold - 1)
			info->ids[info->used++] = (uint16_t)__builtin_ctz(notify->untold);
	}
	vm_unlock(locked);
}

void ffa_notification_info_get(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	bool wide = vcpu->x[0] & WIDE;
	struct info info = {.room = wide ? IDS_64 : IDS_32};
	uint32_t bytes = wide ? 8 : 4;

	if (vcpu->vm->role != VM_PRIMARY) {
		answer_error(vcpu, FFA_DENIED);
		return;
	}
	for (uint32_t id = 1; id <= MAX_VMS && !info.more; id++) {
		struct vm *vm = vm_find(id);

		if (vm)
			info_of_vm(&info, vm);
	}
	if (!info.lists) {
		answer_error(vcpu, FFA_NO_DATA);
		return;
	}
	answer_success(vcpu, info.sizes | (uint64_t)info.lists << 7 | info.more);
	vcpu->x[0] = wide ? FFA_SUCCESS_64 : FFA_SUCCESS_32;
	for (uint32_t i = 0; i < info.used; i++)
		vcpu->x[3 + i * 2 / bytes] |= (uint64_t)info.ids[i] << i * 2 % bytes * 8;
}

void notify_vm_reset(struct vm *vm)
{
	struct vm_locked locked = vm_lock(vm);

	vm->notify = (struct notify){0};
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		vm->vcpus[i].notify_pending = 0;
	vm_unlock(locked);
}

void notify_vm_exit(const struct vm *vm)
{
	for (uint32_t id = 1; id <= MAX_VMS; id++) {
		struct vm *other = vm_find(id);
		struct vm_locked locked;
		uint64_t bits;

		if (!other || other == vm)
			continue;
		locked = vm_lock(other);
		bits = bound_to(&other->notify, ~UINT64_C(0), vm->id);
		other->notify.bound &= ~bits;
		other->notify.per_vcpu &= ~bits;
		vm_unlock(locked);
	}
}
