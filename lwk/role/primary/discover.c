/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which VMs there are, asked once at boot.
 */
#include <role/primary/vm.h>

#include <arch/mmu.h>
#include <bulkhead/dt.h>
#include <lwk/dt.h>
#include <lwk/heap.h>
#include <lwk/log.h>
#include <role/primary/vm_calls.h>
#include <string.h>

struct vm *vms;

void vm_set_stream(struct vm *vm, void *region)
{
	uint8_t *bytes = region;
	struct exchange_region *exchange = (struct exchange_region *)(bytes + EXCHANGE_OFFSET);

	vm->stream = region;
	ring_init_consumer(&vm->up, &vm->stream->up, bytes + STREAM_UP_OFFSET, STREAM_UP_SIZE);
	ring_init_producer(&vm->down, &vm->stream->down, bytes + STREAM_DOWN_OFFSET,
			   STREAM_DOWN_SIZE);
	ring_init_consumer(&vm->exchange_up, &exchange->up, exchange->up_data, EXCHANGE_RING_SIZE);
	ring_init_producer(&vm->exchange_down, &exchange->down, exchange->down_data,
			   EXCHANGE_RING_SIZE);
}

void vm_reset(struct vm *vm, uint16_t id, uint16_t vcpus)
{
	vm->id = id;
	vm->vcpu_count = vcpus < VMDEV_VCPUS_MAX ? vcpus : VMDEV_VCPUS_MAX;
	vm->cause = 0;
	for (uint16_t i = 0; i < vm->vcpu_count; i++)
		vm->vcpus[i] = (struct vcpu){.vm = vm, .index = i};
}

/* The stream region that the device tree names for the VM; a VM without one is run, but says nothing. */
static int stream_attach(struct vm *vm)
{
	int node = -1;

	while ((node = dt_find_compatible(node, DT_STREAM_COMPATIBLE)) >= 0) {
		uint64_t peer;
		struct dt_reg reg;
		void *region;

		if (!dt_number(node, "vm-id", &peer) || peer != vm->id || !dt_reg(node, 0, &reg))
			continue;
		if (reg.size < STREAM_REGION_SIZE)
			continue;
		region = memory_map(reg.base, reg.size);
		if (!region)
			return -ENOMEM;
		vm_set_stream(vm, region);
		return 0;
	}
	return 0;
}

static int vm_add(const struct ffa_partition_info *info, uint16_t self)
{
	struct vm *vm;

	if (info->vm_id < 1 || info->vm_id > VMS_MAX)
		return -EINVAL;
	vm = &vms[info->vm_id - 1];
	vm_reset(vm, info->vm_id, info->vcpu_count);
	vm->is_self = info->vm_id == self;
	vm->state = vm->is_self ? VMDEV_RUNNING : VMDEV_READY;
	return stream_attach(vm);
}

int vm_discover(void)
{
	struct smccc call = {{FFA_VERSION, FFA_VERSION_1_1}};
	uint16_t self = (uint16_t)hypercall(FFA_ID_GET, 0, 0).x[2];
	struct ffa_partition_info *list;
	int error = mailbox_init();

	if (error)
		return error;
	smccc_hvc(&call);
	if ((uint32_t)call.x[0] != FFA_VERSION_1_1)
		return -ENOSYS;
	list = page_alloc(0);
	if (!list)
		return -ENOMEM;
	error = mailbox_call((struct smccc){{FFA_PARTITION_INFO_GET}}, list, PAGE_SIZE, &call);
	if (error)
		return error;
	vms = call.x[2] <= VMS_MAX ? kzalloc(VMS_MAX * sizeof(*vms)) : NULL;
	if (!vms)
		return -ENOMEM;
	for (uint16_t i = 0; i < VMS_MAX; i++) {
		vms[i] = (struct vm){.id = (uint16_t)(i + 1), .state = VMDEV_NONE};
		mutex_init(&vms[i].lock);
		mutex_init(&vms[i].resize_lock);
		wait_queue_init(&vms[i].changed);
	}
	for (unsigned i = 0; i < call.x[2] && !error; i++)
		error = vm_add(&list[i], self);
	page_free(list, 0);
	return error;
}
