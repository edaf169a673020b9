/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Builds VMs at boot: a unit of the hypervisor's memory for the VM's tables and vCPUs, the VM's own memory, its image, ramdisk
 * and device tree in it, and the regions it shares with the primary.
 */
#include <hv/arm64/load.h>

#include <bulkhead/ffa.h>
#include <bulkhead/log.h>
#include <hv/arm64/cache.h>
#include <hv/arm64/image.h>
#include <hv/arm64/log.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/pci.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/reload.h>
#include <hv/arm64/vdist.h>
#include <hv/arm64/vm_carve.h>
#include <hv/arm64/vmdt.h>
#include <lib/cpio.h>
#include <string.h>

#define DTB_ROOM    RELOAD_TREE_SIZE
#define REST_RANGES 32

static struct vmdt_stream streams[VMDT_STREAMS];
static unsigned stream_count;
static struct enclave_range memory_list[MAX_NODES + 2 * REST_RANGES]; /* of the VM being loaded */
static unsigned memory_listed;
static struct range stream_room; /* what is left of the primary's unit for regions */

static struct vm *vm_create(const struct manifest_vm *m)
{
	const struct vm_shape shape = {
		.id = m->id,
		.role = m->primary ? VM_PRIMARY
			: m->login ? VM_LOGIN
				   : VM_SECONDARY,
		.vcpus = m->vcpus,
		.ffa_version = m->ffa_version,
		.uuid = m->uuid,
	};
	struct vm *vm = NULL;
	pa_t unit;

	if (!memory_take(SIZE_2M, &unit)) {
		memset((void *)unit.v, 0, SIZE_2M);
		vm = vm_carve(unit, &shape, m->login ? vdist_size() : 0);
	}
	if (!vm)
		log_fatal("manifest: /%s: no memory left for the VM's tables", m->node);
	vm_publish(vm);
	if (m->login) {
		vm->dist = vm_extra(vm);
		vm->forward = m->forward;
		login_vm = vm;
	}
	return vm;
}

static struct cpio_entry bundle_find(const struct manifest_vm *m, const char *property,
				     const char *name)
{
	struct cpio_entry entry;
	int found = cpio_find((const void *)platform.bundle.start,
			      platform.bundle.end - platform.bundle.start, name, &entry);

	if (found < 0)
		log_fatal("boot bundle: not a cpio archive, or damaged");
	if (found == 0)
		log_fatal("manifest: /%s: %s: no file \"%s\" in the boot bundle", m->node, property,
			  name);
	return entry;
}

/* Copies the image to where its header wants it; returns the entry and moves *at to the first free byte. */
static uint64_t image_load(const struct manifest_vm *m, uint64_t *at, uint64_t end)
{
	struct cpio_entry file = bundle_find(m, "bulkhead,image", m->image);
	struct image_header header;
	uint64_t entry, size;

	if (file.size < sizeof(header))
		log_fatal("manifest: /%s: bulkhead,image: \"%s\" is too short for an image",
			  m->node, m->image);
	memcpy(&header, file.data, sizeof(header));
	if (header.magic != IMAGE_MAGIC)
		log_fatal("manifest: /%s: bulkhead,image: \"%s\" is not an arm64 Image", m->node,
			  m->image);
	if (!image_header_is_valid(&header))
		log_fatal(
			"manifest: /%s: bulkhead,image: \"%s\" wants a load offset that is not possible",
			m->node, m->image);
	size = header.image_size > file.size ? header.image_size : file.size;
	if (size > end - *at - header.text_offset)
		log_fatal("manifest: /%s: bulkhead,memory-size: too small for \"%s\"", m->node,
			  m->image);
	entry = *at + header.text_offset;
	memcpy((void *)entry, file.data, file.size);
	cache_clean((void *)entry, file.size);
	if (m->login)
		reload_note(file.data, entry, file.size);
	*at = ALIGN_UP(entry + size, PAGE_SIZE);
	return entry;
}

static struct range ramdisk_load(const struct manifest_vm *m, uint64_t *at, uint64_t end)
{
	struct range where = {*at, *at};
	struct cpio_entry file;

	if (!m->ramdisk)
		return where;
	file = bundle_find(m, "bulkhead,ramdisk", m->ramdisk);
	if (*at > end || file.size > end - *at)
		log_fatal("manifest: /%s: bulkhead,memory-size: too small for \"%s\"", m->node,
			  m->ramdisk);
	memcpy((void *)*at, file.data, file.size);
	cache_clean((void *)*at, file.size);
	if (m->login)
		reload_note(file.data, *at, file.size);
	where.end = *at + file.size;
	*at = ALIGN_UP(where.end, PAGE_SIZE);
	return where;
}

/* Regions that the secondary shares with the primary, noted for both device trees. */
static void regions_share(const struct manifest_vm *m, struct vm *vm)
{
	for (unsigned i = 0; i < m->region_count; i++) {
		uint64_t size = m->regions[i].pages * PAGE_SIZE;

		if (stream_room.end - stream_room.start < size) {
			pa_t unit;

			if (memory_give(vm_primary(), &RANGE_ALL, SIZE_2M, &unit))
				log_fatal("manifest: /%s: no memory left for its regions", m->node);
			stream_room = (struct range){unit.v, unit.v + SIZE_2M};
		}
		if (memory_share(vm_primary(), vm, PA(stream_room.start), size))
			log_fatal("manifest: /%s: more shared regions than the hypervisor can hold",
				  m->node);
		streams[stream_count++] = (struct vmdt_stream){stream_room.start, size, vm->id};
		stream_room.start += size;
	}
}

static void devices_map(struct vm *vm, const struct manifest_vm *m)
{
	int status = 0;

	if (platform.gic_version == 2)
		status = memory_map_device(vm, PA(platform.gicv.start),
					   platform.gicv.end - platform.gicv.start);
	if (m->console && platform.uart.end > platform.uart.start) {
		status = status ? status
				: memory_map_device(vm, PA(platform.uart.start),
						    platform.uart.end - platform.uart.start);
		if (platform.uart_irq)
			vm_give_interrupt(vm, platform.uart_irq);
	}
	if (status)
		log_fatal("manifest: /%s: devices cannot be mapped", m->node);
	pci_assign(vm, m);
	if (m->login && vdist_init(vm, vm->dist))
		log_fatal("manifest: /%s: too many vCPUs for the interrupt controller", m->node);
}

static void vm_memory_give(const struct manifest_vm *m)
{
	struct vm *vm = vm_find(m->id);
	uint64_t size = m->memory_size / m->numa_nodes;

	for (uint32_t i = 0; i < m->numa_nodes; i++) {
		struct range within = RANGE_ALL;

		if (m->load_address)
			within = (struct range){m->load_address, m->load_address + size};
		else if (m->numa_nodes > 1)
			within = platform.node_ram[i];
		if (!memory_give(vm, &within, size, &vm->memory[i]))
			continue;
		if (m->load_address)
			log_fatal("manifest: /%s: load-address: no free memory there", m->node);
		if (m->numa_nodes > 1)
			log_fatal(
				"manifest: /%s: bulkhead,numa-nodes: node %u has not so much free memory",
				m->node, i);
		log_fatal(
			"manifest: /%s: bulkhead,memory-size: the machine has not so much free memory",
			m->node);
	}
	vm->memory_size = size;
}

static void memory_note(uint64_t start, uint64_t size, uint32_t node)
{
	memory_list[memory_listed++] = (struct enclave_range){start, size, node, 0};
}

static uint32_t node_of(uint64_t address, uint32_t nodes)
{
	for (uint32_t i = 0; i < nodes; i++)
		if (address >= platform.node_ram[i].start && address < platform.node_ram[i].end)
			return i;
	return 0;
}

/*
 * All that nobody got, and what the boot bundle lay in, which has been copied: for VMs that the primary will make. With a login VM the bundle
 * stays the hypervisor's: Linux is loaded from it again.
 */
static void rest_give(const struct manifest_vm *m, struct vm *vm)
{
	static struct range ranges[REST_RANGES];
	struct range_set rest = RANGE_SET(ranges);

	if (!login_vm)
		memory_free(&platform.bundle);
	if (memory_give_rest(vm, &rest))
		log_fatal("manifest: /%s: bulkhead,memory-rest: too much, or too scattered",
			  m->node);
	range_for_each (r, &rest) {
		for (uint64_t at = r->start, end; at < r->end; at = end) {
			uint32_t node = node_of(at, m->numa_nodes);

			for (end = at; end < r->end && node_of(end, m->numa_nodes) == node;)
				end += SIZE_2M;
			if (memory_listed < ARRAY_SIZE(memory_list))
				memory_note(at, end - at, node);
		}
	}
}

static void vm_load(const struct manifest_vm *m, pa_t log)
{
	struct vm *vm = vm_find(m->id);
	uint64_t size = m->memory_size / m->numa_nodes;
	uint64_t at = vm->memory[0].v, end = at + size, entry = image_load(m, &at, end);
	struct range ramdisk = ramdisk_load(m, &at, end);
	struct vmdt_stream own[MAX_REGIONS];
	struct memory_coverage coverage;
	struct vmdt tree = {
		.vm = vm,
		.memory = memory_list,
		.nodes = m->numa_nodes,
		.ramdisk = ramdisk,
		.console = m->console && platform.uart.end > platform.uart.start,
		.pci = m->function_count != 0,
		.bootargs = m->bootargs,
		.streams = streams,
		.stream_count = stream_count,
	};

	memory_listed = 0;
	for (uint32_t i = 0; i < m->numa_nodes; i++)
		memory_note(vm->memory[i].v, size, i);
	if (m->memory_rest)
		rest_give(m, vm);
	tree.memory_count = memory_listed;
	devices_map(vm, m);
	if (m->primary) {
		tree.log = (struct range){log.v, log.v + BH_LOG_REGION_SIZE};
		if (memory_show(vm, log, BH_LOG_REGION_SIZE))
			log_fatal("manifest: /%s: the log cannot be mapped", m->node);
	} else {
		tree.streams = own;
		tree.stream_count = 0;
		for (unsigned i = 0; i < stream_count; i++)
			if (streams[i].peer == vm->id)
				own[tree.stream_count++] = (struct vmdt_stream){
					streams[i].start, streams[i].size, FFA_PRIMARY_ID};
	}
	if (at > end || end - at < DTB_ROOM || vmdt_write(&tree, (void *)at, DTB_ROOM))
		log_fatal("manifest: /%s: bulkhead,memory-size: no room for the device tree",
			  m->node);
	cache_clean((void *)at, DTB_ROOM);
	vcpu_reset(&vm->vcpus[0], entry, at);
	vm->vcpus[0].state = VCPU_READY;
	if (m->login)
		reload_note_start(vm, entry, at);
	memory_coverage(vm, &coverage);
	log_line(
		"VM %u: %u vCPUs, %llu MiB at %llx; stage 2: %u of 1 GiB, %u of 2 MiB, %u of 4 KiB",
		vm->id, vm->vcpu_count, 2ull * memory_count(vm->id),
		(unsigned long long)vm->memory[0].v, coverage.blocks_1g, coverage.blocks_2m,
		coverage.pages_4k);
}

void load_vms(const struct manifest *manifest, pa_t log)
{
	const struct manifest_vm *first = manifest->vms, *last = first + manifest->vm_count;

	pci_silence();
	for (const struct manifest_vm *m = first; m < last; m++)
		vm_create(m);
	/* fixed addresses first, lest another VM be put there */
	for (const struct manifest_vm *m = first; m < last; m++)
		if (m->load_address)
			vm_memory_give(m);
	for (const struct manifest_vm *m = first; m < last; m++)
		if (!m->load_address)
			vm_memory_give(m);
	for (const struct manifest_vm *m = first; m < last; m++)
		regions_share(m, vm_find(m->id));
	/* the primary last: it gets the boot bundle's memory */
	for (const struct manifest_vm *m = first + 1; m < last; m++)
		vm_load(m, log);
	vm_load(first, log);
	cache_invalidate_instructions();
}
