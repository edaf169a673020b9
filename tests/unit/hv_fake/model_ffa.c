/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model's FF-A and vendor calls (see model.h), in the order of docs/abi-arm64.md.
 */
#include "../unit.h"
#include "gic.h"
#include "machine.h"
#include "model.h"
#include <bulkhead/counters.h>
#include <bulkhead/fault.h>
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <hv/arm64/cpu.h>

#define W(vcpu, n)     ((uint32_t)(vcpu)->x[n])
#define IS_WIDE(vcpu)  ((vcpu)->x[0] & 0x40000000)
#define ARG(vcpu, n)   (IS_WIDE(vcpu) ? (vcpu)->x[n] : W(vcpu, n))
#define PRIMARY_STATES (1u << VCPU_READY | 1u << VCPU_WAIT_MESSAGE | 1u << VCPU_WAIT_INTERRUPT)

static const uint32_t implemented[] = {
	FFA_ERROR,
	FFA_SUCCESS_32,
	FFA_SUCCESS_64,
	FFA_INTERRUPT,
	FFA_VERSION,
	FFA_FEATURES,
	FFA_RX_RELEASE,
	FFA_RXTX_MAP_32,
	FFA_RXTX_MAP_64,
	FFA_RXTX_UNMAP,
	FFA_PARTITION_INFO_GET,
	FFA_ID_GET,
	FFA_MSG_WAIT,
	FFA_YIELD,
	FFA_RUN,
	FFA_MSG_SEND_DIRECT_REQ_32,
	FFA_MSG_SEND_DIRECT_REQ_64,
	FFA_MSG_SEND_DIRECT_RESP_32,
	FFA_MSG_SEND_DIRECT_RESP_64,
	FFA_CONSOLE_LOG_32,
	FFA_CONSOLE_LOG_64,
	FFA_MEM_SHARE_32,
	FFA_MEM_SHARE_64,
	FFA_MEM_LEND_32,
	FFA_MEM_LEND_64,
	FFA_MEM_DONATE_32,
	FFA_MEM_DONATE_64,
	FFA_MEM_RETRIEVE_REQ_32,
	FFA_MEM_RETRIEVE_REQ_64,
	FFA_MEM_RETRIEVE_RESP,
	FFA_MEM_RELINQUISH,
	FFA_MEM_RECLAIM,
	FFA_NOTIFICATION_BIND,
	FFA_NOTIFICATION_UNBIND,
	FFA_NOTIFICATION_SET,
	FFA_NOTIFICATION_GET,
	FFA_NOTIFICATION_INFO_GET_32,
	FFA_NOTIFICATION_INFO_GET_64,
};

static struct model_vcpu *vcpu_find(uint32_t ids)
{
	struct model_vm *vm = model_find(FFA_VM_OF(ids));

	return vm && FFA_VCPU_OF(ids) < vm->manifest->vcpus ? &vm->vcpus[FFA_VCPU_OF(ids)] : NULL;
}

static void version(struct model_vcpu *v)
{
	uint32_t asked = W(v, 1);

	model_success(v, 0);
	v->x[0] = (uint32_t)FFA_NOT_SUPPORTED;
	if (asked >> 31 || asked >> 16 != 1)
		return;
	v->x[0] = FFA_VERSION_1_1;
	v->vm->version = asked == FFA_VERSION_1_0 ? FFA_VERSION_1_0 : FFA_VERSION_1_1;
}

static void features(struct model_vcpu *v)
{
	for (size_t i = 0; i < ARRAY_SIZE(implemented); i++)
		if (implemented[i] == W(v, 1)) {
			model_success(v, 0);
			return;
		}
	if (W(v, 1) == FFA_FEATURE_NPI)
		model_success(v, BH_INTID_NPI);
	else
		model_error(v, FFA_NOT_SUPPORTED);
}

static void rxtx_map(struct model_vcpu *v)
{
	uint64_t tx = ARG(v, 1), rx = ARG(v, 2);

	if (W(v, 3) != 1 || tx % PAGE_SIZE || rx % PAGE_SIZE || tx == rx ||
	    !model_owns_page(v->vm, tx) || !model_owns_page(v->vm, rx)) {
		model_error(v, FFA_INVALID_PARAMETERS);
	} else if (v->vm->rx) {
		model_error(v, FFA_DENIED);
	} else {
		v->vm->tx = tx;
		v->vm->rx = rx;
		model_success(v, 0);
	}
}

static void rxtx_unmap(struct model_vcpu *v)
{
	uint32_t id = W(v, 1);

	if ((id != 0 && id != (uint32_t)v->vm->manifest->id << 16) || !v->vm->rx) {
		model_error(v, FFA_INVALID_PARAMETERS);
		return;
	}
	v->vm->rx = v->vm->tx = 0;
	v->vm->rx_full = false;
	model_success(v, 0);
}

static void rx_release(struct model_vcpu *v)
{
	if (v->vm->rx_full)
		model_success(v, 0);
	else
		model_error(v, FFA_DENIED);
	v->vm->rx_full = false;
}

/* True when the RX buffer took it: then its content is compared. */
static bool mailbox_take(struct model_vcpu *v, const void *content, size_t size)
{
	if (!v->vm->rx || v->vm->rx_full) {
		model_error(v, v->vm->rx ? FFA_BUSY : FFA_DENIED);
		return false;
	}
	v->vm->rx_full = true;
	if (memcmp((const void *)v->vm->rx, content, size) != 0)
		fail_msg("the RX buffer of VM %u has other content", v->vm->manifest->id);
	return true;
}

static struct ffa_partition_info partition_describe(const struct model_vm *vm, bool v1_0)
{
	return (struct ffa_partition_info){
		.vm_id = vm->manifest->id,
		.vcpu_count = (uint16_t)vm->manifest->vcpus,
		.properties = FFA_PARTITION_AARCH64 | (v1_0 ? 0 : FFA_PARTITION_NOTIFIED) |
			      (vm->primary ? FFA_PARTITION_DIRECT_SEND : FFA_PARTITION_DIRECT_RECV),
	};
}

static void partition_info_get(struct model_vcpu *v)
{
	uint32_t uuid[4] = {W(v, 1), W(v, 2), W(v, 3), W(v, 4)}, flags = W(v, 5), count = 0;
	bool all = !(uuid[0] | uuid[1] | uuid[2] | uuid[3]);
	bool v1_0 = v->vm->version == FFA_VERSION_1_0;
	size_t stride = v1_0 ? 8 : 24;
	uint8_t list[NODE_VMS * 24];

	if (flags > 1 || (v1_0 && flags)) {
		model_error(v, FFA_INVALID_PARAMETERS);
		return;
	}
	for (unsigned i = 0; i < NODE_VMS; i++) {
		struct ffa_partition_info info = partition_describe(&model_vms[i], v1_0);

		if (!all && memcmp(uuid, model_vms[i].manifest->uuid, sizeof(uuid)) != 0)
			continue;
		if (all) /* who names one is not told it */
			memcpy(info.uuid, model_vms[i].manifest->uuid, sizeof(uuid));
		memcpy(list + stride * count++, &info, stride);
	}
	if (!count) {
		model_error(v, FFA_INVALID_PARAMETERS);
	} else if (flags || mailbox_take(v, list, stride * count)) {
		model_success(v, count);
		v->x[3] = flags || v1_0 ? 0 : stride;
	}
}

static void run(uint32_t core, struct model_vcpu *v)
{
	struct model_vcpu *target = vcpu_find(W(v, 1));

	if (!v->vm->primary) {
		model_error(v, FFA_DENIED);
	} else if (!target || target->vm->primary) {
		model_error(v, FFA_INVALID_PARAMETERS);
	} else if (target->vm->ended) {
		model_success(v, target->vm->cause);
		v->x[0] = BH_RUN_ABORTED;
		v->x[1] = FFA_VM_VCPU(target->vm->manifest->id, target->index);
	} else if (!(PRIMARY_STATES >> target->state & 1)) {
		model_error(v, target->state == VCPU_OFF ? FFA_DENIED : FFA_BUSY);
	} else {
		if (target->state == VCPU_WAIT_MESSAGE) {
			model_success(target, 0);
			target->x[0] = FFA_RUN;
			target->x[1] = FFA_VM_VCPU(target->vm->manifest->id, target->index);
		}
		model_enter(core, target);
	}
}

static void msg_wait(uint32_t core, struct model_vcpu *v)
{
	enum model_answer interrupted = model_cores[core].interrupted;
	struct model_vcpu *primary = model_cores[core].primary;

	if (v->vm->primary || v->serving) {
		model_error(v, FFA_DENIED);
		return;
	}
	if (model_deadline(v) <= fake_cores[core].cntvct_el0)
		interrupted = MODEL_YES;
	model_leave(core, VCPU_WAIT_MESSAGE, FFA_MSG_WAIT, 0);
	primary->x[2] = interrupted == MODEL_MAYBE ? primary->real->x[2] & 1
						   : interrupted == MODEL_YES;
	v->announced = primary->x[2];
}

static void message_copy(const uint64_t *from, uint64_t *to)
{
	for (int i = 0; i < 8; i++)
		to[i] = i > 2 && from[0] & 0x40000000 ? from[i] : (uint32_t)from[i];
	to[2] = 0;
}

static void direct_request(uint32_t core, struct model_vcpu *v)
{
	struct model_vm *vm = model_find(W(v, 1) & 0xFFFF);

	if (!v->vm->primary) {
		model_error(v, FFA_DENIED);
		return;
	}
	if (W(v, 1) >> 16 != FFA_PRIMARY_ID || !vm || vm->primary || W(v, 2)) {
		model_error(v, FFA_INVALID_PARAMETERS);
		return;
	}
	if (vm->ended) {
		model_error(v, FFA_ABORTED);
		return;
	}
	for (uint32_t i = 0; i < vm->manifest->vcpus; i++) {
		struct model_vcpu *target = &vm->vcpus[i];

		if (target->state != VCPU_WAIT_MESSAGE)
			continue;
		target->serving = true;
		message_copy(v->x, target->x);
		model_enter(core, target);
		return;
	}
	model_error(v, FFA_BUSY);
}

static void direct_response(uint32_t core, struct model_vcpu *v)
{
	uint64_t message[8];

	if (!v->serving) {
		model_error(v, FFA_DENIED);
	} else if (W(v, 1) != ((uint32_t)v->vm->manifest->id << 16 | FFA_PRIMARY_ID) || W(v, 2)) {
		model_error(v, FFA_INVALID_PARAMETERS);
	} else {
		v->serving = false;
		message_copy(v->x, message);
		model_leave(core, VCPU_WAIT_MESSAGE, 0, 0);
		memcpy(model_cores[core].primary->x, message, sizeof(message));
		/* the primary runs it once more before it lets it wait */
		v->announced = true;
	}
}

static void yield(uint32_t core, struct model_vcpu *v)
{
	if (v->vm->primary) {
		model_error(v, FFA_DENIED);
		return;
	}
	model_success(v, 0);
	model_leave(core, VCPU_READY, FFA_YIELD, 0);
}

static void console_log(struct model_vcpu *v)
{
	uint32_t length = W(v, 1);

	if (length < 1 || length > (IS_WIDE(v) ? 48u : 24u))
		model_error(v, FFA_INVALID_PARAMETERS);
	else
		model_success(v, 0);
}

void model_call_ffa(uint32_t core)
{
	struct model_vcpu *v = model_cores[core].current;

	switch (W(v, 0)) {
	case FFA_VERSION:
		version(v);
		break;
	case FFA_FEATURES:
		features(v);
		break;
	case FFA_ID_GET:
		model_success(v, v->vm->manifest->id);
		break;
	case FFA_RXTX_MAP_32:
	case FFA_RXTX_MAP_64:
		rxtx_map(v);
		break;
	case FFA_RXTX_UNMAP:
		rxtx_unmap(v);
		break;
	case FFA_RX_RELEASE:
		rx_release(v);
		break;
	case FFA_PARTITION_INFO_GET:
		partition_info_get(v);
		break;
	case FFA_CONSOLE_LOG_32:
	case FFA_CONSOLE_LOG_64:
		console_log(v);
		break;
	case FFA_RUN:
		run(core, v);
		break;
	case FFA_YIELD:
		yield(core, v);
		break;
	case FFA_MSG_WAIT:
		msg_wait(core, v);
		break;
	case FFA_MSG_SEND_DIRECT_REQ_32:
	case FFA_MSG_SEND_DIRECT_REQ_64:
		direct_request(core, v);
		break;
	case FFA_MSG_SEND_DIRECT_RESP_32:
	case FFA_MSG_SEND_DIRECT_RESP_64:
		direct_response(core, v);
		break;
	default:
		if (!model_call_notification(core))
			model_error(v, FFA_NOT_SUPPORTED);
	}
}
