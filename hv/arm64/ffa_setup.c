/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * FF-A 1.1 discovery and set-up (DEN0077A sections 13.2 to 13.9), and CONSOLE_LOG.
 */
#include <hv/arm64/call.h>

#include <bulkhead/smccc.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/log.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/vm.h>
#include <string.h>

/* w1 = wanted. The result, a version or a negative error code, is in w0 */
void ffa_version(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t asked = ARG32(vcpu, 1);

	answer_success(vcpu, 0);
	if (asked >> 31 || asked >> 16 != FFA_VERSION_1_1 >> 16) {
		vcpu->counters.denied++;
		answer_value(vcpu, (uint32_t)FFA_NOT_SUPPORTED);
		return;
	}
	vcpu->vm->ffa_version = asked < FFA_VERSION_1_1 ? asked : FFA_VERSION_1_1;
	answer_value(vcpu, FFA_VERSION_1_1);
}

/*
 * w1 = function or feature. Properties of those that have any are zero: RXTX_MAP, buffers of 4 KiB, aligned to 4 KiB; MEM calls, descriptors in
 * the TX buffer only; RETRIEVE_REQ, once before it is relinquished.
 */
void ffa_features(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t id = ARG32(vcpu, 1);

	switch (id) {
	case FFA_ERROR:
	case FFA_SUCCESS_32:
	case FFA_SUCCESS_64:
	case FFA_INTERRUPT:
	case FFA_MEM_RETRIEVE_RESP:
		answer_success(vcpu, 0);
		break;
	case FFA_FEATURE_NPI:
		answer_success(vcpu, notify_interrupt(vcpu->vm));
		break;
	default:
		answer(vcpu, call_is_implemented(id) ? 0 : FFA_NOT_SUPPORTED, 0);
	}
}

void ffa_id_get(struct cpu *cpu)
{
	answer_success(cpu->current, cpu->current->vm->id);
}

static int32_t mailbox_map(struct vm *vm, pa_t tx, pa_t rx)
{
	struct vm_locked locked = vm_lock(vm);
	bool mapped = vm->rx.v != 0;

	if (!mapped) {
		vm->tx = tx;
		vm->rx = rx;
		vm->rx_full = false;
	}
	vm_unlock(locked);
	return mapped ? FFA_DENIED : 0;
}

bool mailbox_drop(struct vm *vm)
{
	struct memory_locked memory = memory_lock();
	struct vm_locked locked = vm_lock(vm);
	pa_t tx = vm->tx, rx = vm->rx;

	vm->rx = vm->tx = PA(0);
	vm->rx_full = false;
	vm_unlock(locked);
	if (rx.v) {
		memory_unhold(memory, tx, PAGE_SIZE);
		memory_unhold(memory, rx, PAGE_SIZE);
	}
	memory_unlock(memory);
	return rx.v != 0;
}

/* x1 = TX, x2 = RX, w3 = pages of each: one */
void ffa_rxtx_map(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint64_t tx = ARG_WIDE(vcpu, 1), rx = ARG_WIDE(vcpu, 2);
	int32_t error = FFA_INVALID_PARAMETERS;
	struct memory_locked memory;

	/* a page must not be given away between its check and its use */
	memory = memory_lock();
	if (ARG32(vcpu, 3) == 1 && IS_ALIGNED(tx, PAGE_SIZE) && IS_ALIGNED(rx, PAGE_SIZE) &&
	    tx != rx && memory_owned_locked(memory, vcpu->vm, IPA(tx), PAGE_SIZE) &&
	    memory_owned_locked(memory, vcpu->vm, IPA(rx), PAGE_SIZE))
		error = mailbox_map(vcpu->vm, PA(tx), PA(rx));
	if (!error) {
		memory_hold(memory, PA(tx), PAGE_SIZE);
		memory_hold(memory, PA(rx), PAGE_SIZE);
	}
	memory_unlock(memory);
	answer(vcpu, error, 0);
}

/* w1 bits 31:16 = the caller's id, or zero */
void ffa_rxtx_unmap(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	uint32_t id = ARG32(vcpu, 1) >> 16;
	bool valid = (!id || id == vcpu->vm->id) && !(ARG32(vcpu, 1) & 0xFFFF);

	answer(vcpu, valid && mailbox_drop(vcpu->vm) ? 0 : FFA_INVALID_PARAMETERS, 0);
}

void ffa_rx_release(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	struct vm_locked locked = vm_lock(vcpu->vm);
	bool full = vcpu->vm->rx_full;

	vcpu->vm->rx_full = false;
	vm_unlock(locked);
	answer(vcpu, full ? 0 : FFA_DENIED, 0);
}

int32_t mailbox_put(struct vm *vm, const void *from, size_t size)
{
	struct vm_locked locked = vm_lock(vm);
	int32_t result = mailbox_check(locked);

	if (!result && size > PAGE_SIZE)
		result = FFA_NO_MEMORY;
	if (!result)
		mailbox_fill(locked, from, size);
	vm_unlock(locked);
	return result;
}

int32_t mailbox_check(struct vm_locked locked)
{
	if (!locked.vm->rx.v)
		return FFA_DENIED;
	return locked.vm->rx_full ? FFA_BUSY : 0;
}

void mailbox_fill(struct vm_locked locked, const void *from, size_t size)
{
	memcpy((void *)locked.vm->rx.v, from, size);
	locked.vm->rx_full = true;
}

int32_t mailbox_get(struct vm *vm, void *to, size_t size)
{
	struct vm_locked locked = vm_lock(vm);
	bool mapped = vm->tx.v != 0;

	if (mapped)
		memcpy(to, (const void *)vm->tx.v, size);
	vm_unlock(locked);
	return mapped ? 0 : FFA_INVALID_PARAMETERS;
}

/* The UUID is returned to who asked for all partitions, zero to who named one (DEN0077A 1.1, 6.2.1). */
static void partition_info_fill(const struct vm *vm, bool v1_1, bool with_uuid,
				struct ffa_partition_info *info)
{
	*info = (struct ffa_partition_info){
		.vm_id = vm->id,
		.vcpu_count = (uint16_t)vm->vcpu_count,
		.properties = FFA_PARTITION_AARCH64 | (v1_1 ? FFA_PARTITION_NOTIFIED : 0) |
			      (vm->role == VM_PRIMARY ? FFA_PARTITION_DIRECT_SEND
						      : FFA_PARTITION_DIRECT_RECV),
	};
	if (with_uuid)
		memcpy(info->uuid, vm->uuid, sizeof(info->uuid));
}

/* w1 to w4 = UUID, zero for all partitions; w5 bit 0: only count them */
void ffa_partition_info_get(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	bool v1_1 = vcpu->vm->ffa_version >= FFA_VERSION_1_1;
	size_t stride = v1_1 ? sizeof(struct ffa_partition_info)
			     : sizeof(struct ffa_partition_info_v1_0);
	uint32_t uuid[4], flags = ARG32(vcpu, 5), count = 0;
	bool all;
	uint8_t list[MAX_VMS * sizeof(struct ffa_partition_info)];
	int32_t error = 0;

	for (int i = 0; i < 4; i++)
		uuid[i] = ARG32(vcpu, 1 + i);
	all = !(uuid[0] | uuid[1] | uuid[2] | uuid[3]);
	if (flags & ~(v1_1 ? FFA_PARTITION_COUNT_ONLY : 0u)) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	spin_lock(&vms_lock);
	for (uint32_t id = 1; id <= MAX_VMS; id++) {
		const struct vm *vm = vm_find(id);
		struct ffa_partition_info info;

		if (!vm || (!all && memcmp(uuid, vm->uuid, sizeof(uuid)) != 0))
			continue;
		partition_info_fill(vm, v1_1, all, &info);
		memcpy(list + stride * count++, &info, stride);
	}
	spin_unlock(&vms_lock);
	if (count == 0)
		error = FFA_INVALID_PARAMETERS;
	else if (!(flags & FFA_PARTITION_COUNT_ONLY))
		error = mailbox_put(vcpu->vm, list, stride * count);
	if (error) {
		answer_error(vcpu, error);
		return;
	}
	answer_success(vcpu, count);
	if (v1_1 && !(flags & FFA_PARTITION_COUNT_ONLY))
		vcpu->x[3] = stride;
}

/* w1 = characters, in the bytes of w2 to w7 or x2 to x7 */
void ffa_console_log(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;
	bool wide = vcpu->x[0] & WIDE;
	uint32_t length = ARG32(vcpu, 1);
	char text[FFA_CONSOLE_LOG_64_MAX];

	if (length < 1 || length > (wide ? FFA_CONSOLE_LOG_64_MAX : FFA_CONSOLE_LOG_32_MAX)) {
		answer_error(vcpu, FFA_INVALID_PARAMETERS);
		return;
	}
	for (int i = 0; i < 6; i++) {
		if (wide)
			memcpy(text + 8 * i, &vcpu->x[2 + i], 8);
		else
			memcpy(text + 4 * i, &vcpu->x[2 + i], 4);
	}
	log_guest(vcpu->vm->id, text, length);
	answer_success(vcpu, 0);
}
