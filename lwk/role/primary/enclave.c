/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Makes a VM out of our own memory: blocks of 2 MiB and more from the page allocator, the image and the ramdisk copied into the first, all
 * of it given to the hypervisor, which builds the VM step by step. What was given is an allocated block to our allocator until it is ours
 * again; nothing touches it meanwhile. manager_lock serializes making and destroying.
 */
#include <role/primary/vm.h>

#include <arch/memory.h>
#include <bulkhead/stream.h>
#include <lwk/errno.h>
#include <lwk/numa.h>
#include <lwk/page.h>
#include <lwk/sched.h>
#include <role/primary/enclave_memory.h>
#include <role/primary/vm_calls.h>
#include <string.h>

#define UNIT_ORDER   9u /* 2 MiB */
#define STREAM_ORDER 6u /* STREAM_REGION_SIZE */

/* of an arm64 kernel image (Linux, Documentation/arm64/booting): what we need of it; the hypervisor checks it */
struct image_start {
	uint32_t code[2];
	uint64_t text_offset;
	uint64_t image_size;
};

static struct mutex manager_lock = MUTEX_INIT(manager_lock);

static uint64_t first_size_needed(const struct vmdev_create *request,
				  const struct image_start *image)
{
	uint64_t size = image->image_size > request->image_size ? image->image_size
								: request->image_size;

	return ALIGN_UP(image->text_offset + size, PAGE_SIZE) +
	       ALIGN_UP(request->ramdisk_size, PAGE_SIZE) + ENCLAVE_TREE_ROOM;
}

/* Image and ramdisk, into the first range. */
static int contents_copy(const struct vmdev_create *request, const struct image_start *image,
			 struct enclave_config *config)
{
	uint64_t start = config->ranges[0].start + image->text_offset;
	uint64_t size = image->image_size > request->image_size ? image->image_size
								: request->image_size;
	int error = copy_from_user(phys_to_virt(PA(start)), UADDR(request->image),
				   request->image_size);

	config->image = (struct enclave_blob){start, request->image_size};
	if (error || !request->ramdisk_size)
		return error;
	start = ALIGN_UP(start + size, PAGE_SIZE);
	config->ramdisk = (struct enclave_blob){start, request->ramdisk_size};
	return copy_from_user(phys_to_virt(PA(start)), UADDR(request->ramdisk),
			      request->ramdisk_size);
}

static int vm_build_steps(uint16_t id)
{
	struct smccc result;
	int error;

	do {
		result = hypercall(BH_VM_BUILD, id, 0);
		error = call_errno(&result);
		thread_yield(); /* others may run in between */
	} while (!error && result.x[2]);
	return error == -EINVAL ? -ENOEXEC : error;
}

/* A VM that was never started: nobody borrows its memory, so that this comes to an end. */
static void vm_undo(uint16_t id)
{
	struct smccc result;

	do {
		result = hypercall(BH_VM_DESTROY, id, 0);
		thread_yield();
	} while (call_errno(&result) || result.x[2]);
}

/* The hypervisor has measured what it runs: that is what counts, not what we were given. */
static int digest_get(uint16_t id, uint8_t digest[ENCLAVE_DIGEST_SIZE])
{
	struct enclave_info info;
	struct smccc result;
	int error = mailbox_call((struct smccc){{BH_VM_INFO, id}}, &info, sizeof(info), &result);

	if (!error)
		memcpy(digest, info.digest, ENCLAVE_DIGEST_SIZE);
	return error;
}

/* The VM, built; after an error there is none and all memory is ours. */
static int vm_build(struct vmdev_create *request, const struct enclave_config *config)
{
	struct smccc result = hypercall(BH_VM_CREATE, virt_to_phys(config).v, 0);
	int error = call_errno(&result);

	if (error)
		return error == -ENOMEM ? -EAGAIN : error;
	request->vm = (uint16_t)result.x[2];
	error = vm_build_steps(request->vm);
	error = error ? error : digest_get(request->vm, request->digest);
	if (error)
		vm_undo(request->vm);
	return error;
}

static void slot_fill(struct vm *vm, const struct enclave_config *config, void *streams)
{
	vm_reset(vm, vm->id, (uint16_t)config->vcpus);
	vm->is_made = true;
	vm->memory = enclave_memory_size(config);
	vm_set_stream(vm, streams);
	__atomic_store_n(&vm->state, VMDEV_READY, __ATOMIC_RELEASE);
}

/* `config` has memory; tables and streams come from here. */
static int vm_make(struct vmdev_create *request, struct enclave_config *config, struct vm **vm)
{
	void *tables = page_alloc(UNIT_ORDER), *streams = page_alloc_zeroed(STREAM_ORDER);
	int error = tables && streams ? 0 : -ENOMEM;

	if (!error) {
		config->tables = virt_to_phys(tables).v;
		config->streams = virt_to_phys(streams).v;
		error = vm_build(request, config);
	}
	if (!error) {
		*vm = &vms[request->vm - 1];
		slot_fill(*vm, config, streams);
		memcpy((*vm)->digest, request->digest, sizeof(request->digest));
		return 0;
	}
	if (tables)
		page_free(tables, UNIT_ORDER);
	if (streams)
		page_free(streams, STREAM_ORDER);
	return error;
}

static int image_look(const struct vmdev_create *request, struct image_start *image)
{
	if (request->image_size < sizeof(*image))
		return -ENOEXEC;
	if (copy_from_user(image, UADDR(request->image), sizeof(*image)))
		return -EFAULT;
	return image->text_offset < SIZE_2M && image->image_size < SIZE_1G &&
			       request->image_size < SIZE_1G && request->ramdisk_size < SIZE_1G
		       ? 0
		       : -ENOEXEC;
}

int enclave_create(struct vmdev_create *request, struct vm **vm)
{
	struct enclave_config *config = page_alloc_zeroed(0);
	struct image_start image;
	int error = config ? image_look(request, &image) : -ENOMEM;

	if (!error) {
		*config = request->config;
		error = enclave_memory_take(config, first_size_needed(request, &image));
	}
	if (!error) {
		mutex_lock(&manager_lock);
		error = contents_copy(request, &image, config);
		error = error ? error : vm_make(request, config, vm);
		mutex_unlock(&manager_lock);
		if (error)
			enclave_memory_free(config);
	}
	if (config)
		page_free(config, 0);
	return error;
}

static int memory_collect(uint16_t id)
{
	for (;;) {
		struct smccc result = hypercall(BH_VM_DESTROY, id, 0);
		int error = call_errno(&result);

		/* another core is at it, but for a moment */
		if (error && error != -EBUSY)
			return error == -EAGAIN ? -EBUSY : error;
		if (!error && result.x[3])
			page_free_range(PA(result.x[3]), SIZE_2M);
		if (!error && !result.x[2])
			return 0;
		thread_yield();
	}
}

int enclave_destroy(struct vm *vm)
{
	int error;

	mutex_lock(&manager_lock);
	error = memory_collect(vm->id);
	if (!error) {
		vm_device_remove(vm);
		page_free(vm->stream, STREAM_ORDER);
		vm->stream = NULL;
		vm->is_made = false;
		__atomic_store_n(&vm->state, VMDEV_NONE, __ATOMIC_RELEASE);
	}
	mutex_unlock(&manager_lock);
	return error;
}
