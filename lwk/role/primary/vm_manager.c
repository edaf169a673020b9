/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /dev/vm/new: makes VMs (bulkhead/vmdev.h).
 */
#include <role/primary/vm.h>

#include <lwk/device.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <role/primary/vm_calls.h>

static long request_serve(struct vmdev_create *request, uaddr_t argument)
{
	struct vm *vm;
	int error = copy_from_user(request, argument, sizeof(*request));

	error = error ? error : enclave_create(request, &vm);
	if (error)
		return error;
	error = vm_device_register(vm);
	error = error ? error : copy_to_user(argument, request, sizeof(*request));
	if (error) {
		mutex_lock(&vm->lock);
		enclave_destroy(vm);
		mutex_unlock(&vm->lock);
	}
	return error;
}

static long create(uaddr_t argument)
{
	struct vmdev_create *request = kmalloc(sizeof(*request));
	long result = request ? request_serve(request, argument) : -ENOMEM;

	kfree(request);
	return result;
}

static long node_get(uaddr_t argument)
{
	struct vmdev_node node = {.total_pages = page_total_count()};
	struct enclave_info info;
	struct smccc result;
	int error = mailbox_call((struct smccc){{BH_VM_INFO}}, &info, sizeof(info), &result);

	if (error)
		return error;
	node.free_pages = page_free_count();
	node.units = info.units;
	node.vms = info.vms;
	return copy_to_user(argument, &node, sizeof(node));
}

static long manager_ioctl(void *device, unsigned command, uaddr_t argument)
{
	(void)device;
	switch (command) {
	case VMDEV_CREATE:
		return create(argument);
	case VMDEV_NODE:
		return node_get(argument);
	default:
		return -ENOTTY;
	}
}

static const struct device_ops manager_ops = {.ioctl = manager_ioctl};

int vm_manager_register(void)
{
	return device_register("/dev/vm/new", &manager_ops, NULL);
}
