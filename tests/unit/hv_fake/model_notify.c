/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model's notifications (see model.h), one by one. In these tests nobody has a memory transaction to speak of: a TX buffer holds no
 * descriptor that is the caller's.
 */
#include "../unit.h"
#include "gic.h"
#include "machine.h"
#include "model.h"
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>

#define W(vcpu, n)   ((uint32_t)(vcpu)->x[n])
#define BIT64(n)     (UINT64_C(1) << (n))
#define BITMAP(vcpu) (W(vcpu, 3) | (uint64_t)W(vcpu, 4) << 32)

static bool is_pending(const struct model_vm *vm, unsigned n)
{
	for (uint32_t i = 0; i < vm->manifest->vcpus; i++)
		if (vm->vcpus[i].notified & BIT64(n))
			return true;
	return vm->notified & BIT64(n);
}

static void binding(struct model_vcpu *v, bool on)
{
	uint32_t ids = W(v, 1), flags = W(v, 2);
	struct model_vm *sender = model_find(ids >> 16);

	if (!sender || sender == v->vm || (ids & 0xFFFF) != v->vm->manifest->id || !BITMAP(v) ||
	    flags > (on ? 1u : 0u)) {
		model_error(v, FFA_INVALID_PARAMETERS);
		return;
	}
	for (unsigned n = 0; n < 64; n++) {
		bool allowed = on ? !v->vm->sender[n] : v->vm->sender[n] == sender->manifest->id;

		if ((BITMAP(v) & BIT64(n) && (!allowed || is_pending(v->vm, n))) ||
		    (!sender->primary && !v->vm->primary)) {
			model_error(v, FFA_DENIED);
			return;
		}
	}
	for (unsigned n = 0; n < 64; n++) {
		if (!(BITMAP(v) & BIT64(n)))
			continue;
		v->vm->sender[n] = on ? sender->manifest->id : 0;
		v->vm->for_vcpu[n] = flags;
	}
	model_success(v, 0);
}

static bool may_set(const struct model_vcpu *v, const struct model_vm *vm, bool for_vcpu)
{
	for (unsigned n = 0; n < 64; n++)
		if (BITMAP(v) & BIT64(n) &&
		    (vm->sender[n] != v->vm->manifest->id || vm->for_vcpu[n] != for_vcpu))
			return false;
	return true;
}

static struct model_vcpu *first_on(struct model_vm *vm)
{
	uint32_t i = 0;

	while (i < vm->manifest->vcpus - 1 && vm->vcpus[i].state == VCPU_OFF)
		i++;
	return &vm->vcpus[i];
}

static void interrupt(uint32_t core, struct model_vcpu *v, struct model_vcpu *target, bool delay)
{
	bool waits = target->state == VCPU_WAIT_MESSAGE || target->state == VCPU_WAIT_INTERRUPT;
	bool fresh = !target->must[BH_INTID_NPI];

	target->must[BH_INTID_NPI] = true;
	target->may[BH_INTID_NPI]++;
	target->injected++;
	/* the primary knows what it sets itself; and what may be delayed, it asks for */
	target->announced = target->announced || waits;
	if (target->state == VCPU_RUNNING && fresh)
		fake_require(fake_gics[target->core].kicked, "the receiver's core is not kicked");
	if (waits && !delay && !v->vm->primary)
		model_leave(core, VCPU_READY, BH_RUN_WAKE_UP,
			    FFA_VM_VCPU(target->vm->manifest->id, target->index));
}

static void set(uint32_t core, struct model_vcpu *v)
{
	uint32_t ids = W(v, 1), flags = W(v, 2), index = flags >> 16;
	struct model_vm *vm = model_find(ids & 0xFFFF);
	struct model_vcpu *target;
	uint64_t *pending, bits = BITMAP(v);

	if (!vm || vm == v->vm || ids >> 16 != v->vm->manifest->id || !bits || flags & 0xFFFC ||
	    (!(flags & 1) && index) ||
	    ((vm->primary || v->vm->primary) && index >= vm->manifest->vcpus)) {
		model_error(v, FFA_INVALID_PARAMETERS);
		return;
	}
	if (!may_set(v, vm, flags & 1)) {
		model_error(v, FFA_DENIED);
		return;
	}
	model_success(v, 0);
	target = flags & 1 ? &vm->vcpus[index] : first_on(vm);
	pending = flags & 1 ? &target->notified : &vm->notified;
	if (!(bits & ~*pending))
		return;
	*pending |= bits;
	if (flags & 1)
		target->untold = true;
	else
		vm->untold = true;
	interrupt(core, v, target, flags & 2);
}

static void get(struct model_vcpu *v)
{
	uint32_t ids = W(v, 1), flags = W(v, 2), index = ids >> 16;
	struct model_vm *vm = v->vm;
	uint64_t bits = 0;

	if ((ids & 0xFFFF) != vm->manifest->id || index >= vm->manifest->vcpus || !flags ||
	    flags > 15) {
		model_error(v, FFA_INVALID_PARAMETERS);
		return;
	}
	if (flags & 2) {
		bits = vm->notified | vm->vcpus[index].notified;
		vm->notified = vm->vcpus[index].notified = 0;
		vm->untold = vm->vcpus[index].untold = false;
	}
	model_success(v, 0);
	v->x[4] = (uint32_t)bits;
	v->x[5] = bits >> 32;
}

/* the answer's lists as they are filled */
struct lists {
	uint16_t ids[20];
	unsigned used, count, room;
	uint64_t sizes;
	bool more;
};

/* One list: the VM, and the first of its vCPUs that nobody has been told of, or none */
static bool list_add(struct lists *lists, struct model_vm *vm, bool whole)
{
	uint16_t vcpus[3];
	unsigned count = 0;

	for (uint32_t i = 0; i < vm->manifest->vcpus && count < 3 && !whole; i++)
		if (vm->vcpus[i].untold)
			vcpus[count++] = (uint16_t)i;
	if (!whole && !count)
		return false;
	if (lists->used + 1 + count > lists->room) {
		lists->more = true;
		return false;
	}
	lists->ids[lists->used++] = vm->manifest->id;
	lists->sizes += (uint64_t)count << (12 + 2 * lists->count++);
	for (unsigned i = 0; i < count; i++) {
		lists->ids[lists->used++] = vcpus[i];
		vm->vcpus[vcpus[i]].untold = false;
	}
	if (whole)
		vm->untold = false;
	return true;
}

static void info_get(struct model_vcpu *v)
{
	bool wide = W(v, 0) == FFA_NOTIFICATION_INFO_GET_64;
	struct lists lists = {.room = wide ? 20 : 10};

	if (!v->vm->primary) {
		model_error(v, FFA_DENIED);
		return;
	}
	for (unsigned i = 0; i < NODE_VMS && !lists.more; i++) {
		if (model_vms[i].untold)
			list_add(&lists, &model_vms[i], true);
		while (list_add(&lists, &model_vms[i], false))
			continue;
	}
	if (!lists.count) {
		model_error(v, FFA_NO_DATA);
		return;
	}
	model_success(v, lists.more | (uint64_t)lists.count << 7 | lists.sizes);
	v->x[0] = wide ? FFA_SUCCESS_64 : FFA_SUCCESS_32;
	for (unsigned i = 0; i < lists.used; i++) {
		unsigned a_register = wide ? 4 : 2;

		v->x[3 + i / a_register] += (uint64_t)lists.ids[i] << i % a_register * 16;
	}
}

static void memory(struct model_vcpu *v)
{
	bool wide = W(v, 0) & 0x40000000;
	bool descriptor = (W(v, 0) & ~0x40000000u) <= FFA_MEM_RETRIEVE_REQ_32;

	if (descriptor && W(v, 1) == W(v, 2) && !(wide ? v->x[3] : W(v, 3)) && !W(v, 4) &&
	    W(v, 1) > 1024 && W(v, 1) <= PAGE_SIZE)
		model_error(v, FFA_NO_MEMORY);
	else
		model_error(v, FFA_INVALID_PARAMETERS);
}

bool model_call_notification(uint32_t core)
{
	struct model_vcpu *v = model_cores[core].current;

	switch (W(v, 0)) {
	case FFA_NOTIFICATION_BIND:
		binding(v, true);
		return true;
	case FFA_NOTIFICATION_UNBIND:
		binding(v, false);
		return true;
	case FFA_NOTIFICATION_SET:
		set(core, v);
		return true;
	case FFA_NOTIFICATION_GET:
		get(v);
		return true;
	case FFA_NOTIFICATION_INFO_GET_32:
	case FFA_NOTIFICATION_INFO_GET_64:
		info_get(v);
		return true;
	case FFA_MEM_DONATE_32:
	case FFA_MEM_DONATE_64:
	case FFA_MEM_LEND_32:
	case FFA_MEM_LEND_64:
	case FFA_MEM_SHARE_32:
	case FFA_MEM_SHARE_64:
	case FFA_MEM_RETRIEVE_REQ_32:
	case FFA_MEM_RETRIEVE_REQ_64:
	case FFA_MEM_RELINQUISH:
	case FFA_MEM_RECLAIM:
		memory(v);
		return true;
	default:
		return false;
	}
}
