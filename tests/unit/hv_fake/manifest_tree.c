/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Manifests for tests (see manifest_tree.h). Used by the fuzz target too: nothing of cmocka here.
 */
#include "manifest_tree.h"
#include <bulkhead/ffa.h>
#include <bulkhead/stream.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int error)
{
	if (error)
		abort();
}

static void regions_write(void *fdt, unsigned count)
{
	must(fdt_begin_node(fdt, "memory-regions"));
	must(fdt_property_string(fdt, "compatible", "arm,ffa-manifest-memory-regions"));
	for (unsigned i = 0; i < count; i++) {
		char name[24];

		snprintf(name, sizeof(name), "region%u", i);
		must(fdt_begin_node(fdt, name));
		must(fdt_property_u32(fdt, "pages-count", i ? 1 : STREAM_REGION_SIZE / PAGE_SIZE));
		must(fdt_property_u32(fdt, "attributes", 3));
		must(fdt_property_u32(fdt, "bulkhead,owner", FFA_PRIMARY_ID));
		must(fdt_end_node(fdt));
	}
	must(fdt_end_node(fdt));
}

static void vm_write(void *fdt, const struct tree_vm *vm)
{
	fdt32_t uuid[4] = {cpu_to_fdt32(0xb0140ead), 0, 0, cpu_to_fdt32(vm->id)};
	bool primary = vm->id == FFA_PRIMARY_ID;

	must(fdt_begin_node(fdt, vm->name));
	must(fdt_property_string(fdt, "compatible", "arm,ffa-manifest-1.0"));
	must(fdt_property_u32(fdt, "ffa-version", FFA_VERSION_1_1));
	must(fdt_property(fdt, "uuid", uuid, sizeof(uuid)));
	must(fdt_property_u32(fdt, "id", vm->id));
	must(fdt_property_u32(fdt, "execution-ctx-count", vm->vcpus));
	if (primary)
		must(fdt_property_string(fdt, "bulkhead,role", "primary"));
	else
		must(fdt_property_string(fdt, "bulkhead,role", "secondary"));
	must(fdt_property_u64(fdt, "bulkhead,memory-size", vm->memory));
	must(fdt_property_string(fdt, "bulkhead,image", "lwk.img"));
	if (!vm->plain) {
		must(fdt_property_string(fdt, "bulkhead,ramdisk", "ramdisk"));
		must(fdt_property_string(fdt, "bulkhead,bootargs", "tick=100 quantum=5000"));
	}
	if (vm->load_address)
		must(fdt_property_u64(fdt, "load-address", vm->load_address));
	if (primary)
		must(fdt_property(fdt, "bulkhead,console", NULL, 0));
	if (vm->regions)
		regions_write(fdt, vm->regions);
	must(fdt_end_node(fdt));
}

size_t manifest_tree_write(void *out, const struct tree_vm *vms, unsigned count)
{
	must(fdt_create(out, MANIFEST_TREE_ROOM));
	must(fdt_finish_reservemap(out));
	must(fdt_begin_node(out, ""));
	must(fdt_property_string(out, "compatible", "bulkhead,manifest-1"));
	for (unsigned i = 0; i < count; i++)
		vm_write(out, &vms[i]);
	must(fdt_end_node(out));
	must(fdt_finish(out));
	return fdt_totalsize(out);
}

size_t manifest_tree_default(void *out)
{
	static const struct tree_vm vms[] = {
		{"vm2", 2, 1, 32 * SIZE_2M, 0, 1, false},
		{"lwk", 1, 4, 16 * SIZE_2M, 0x40000000, 0, false},
		{"vm3", 3, 2, 8 * SIZE_2M, 0x50000000, 3, true},
	};

	return manifest_tree_write(out, vms, ARRAY_SIZE(vms));
}

static bool string_is_inside(const char *text, const void *blob, size_t size, size_t max)
{
	size_t offset = (size_t)(text - (const char *)blob);

	return text >= (const char *)blob && offset < size &&
	       strnlen(text, size - offset) < size - offset && strlen(text) < max;
}

static const char *vm_complaint(const struct manifest_vm *vm, const void *blob, size_t size,
				uint32_t cores)
{
	if (vm->id < 1 || vm->id > MAX_VMS || vm->primary != (vm->id == FFA_PRIMARY_ID))
		return "an id out of range";
	if (vm->vcpus < 1 || vm->vcpus > MAX_VCPUS || (vm->primary && vm->vcpus > cores))
		return "a wrong number of vCPUs";
	if (vm->ffa_version != FFA_VERSION_1_0 && vm->ffa_version != FFA_VERSION_1_1)
		return "an FF-A version that does not exist";
	if (!vm->memory_size || !IS_ALIGNED(vm->memory_size | vm->load_address, SIZE_2M) ||
	    vm->load_address + vm->memory_size < vm->load_address)
		return "memory that cannot be";
	if (vm->numa_nodes < 1 || vm->numa_nodes > MAX_NODES || vm->vcpus % vm->numa_nodes ||
	    vm->memory_size / SIZE_2M % vm->numa_nodes)
		return "NUMA nodes that cannot be";
	if (!string_is_inside(vm->node, blob, size, SIZE_MAX) ||
	    !string_is_inside(vm->image, blob, size, MANIFEST_NAME_MAX) ||
	    (vm->ramdisk && !string_is_inside(vm->ramdisk, blob, size, MANIFEST_NAME_MAX)) ||
	    (vm->bootargs && !string_is_inside(vm->bootargs, blob, size, 1024)))
		return "a string outside the tree";
	if (vm->region_count > MAX_REGIONS || (vm->primary && vm->region_count))
		return "a wrong number of regions";
	for (unsigned i = 0; i < vm->region_count; i++)
		if (vm->regions[i].owner != FFA_PRIMARY_ID || vm->regions[i].pages < 1 ||
		    vm->regions[i].pages > 512)
			return "a region that cannot be";
	if ((vm->console || vm->function_count) && !vm->primary && !vm->login)
		return "devices for a secondary";
	for (unsigned i = 0; i < vm->function_count; i++)
		if (vm->functions[i] > 0xFF)
			return "a function of another bus";
	return vm->function_count > MAX_FUNCTIONS ? "too many functions" : NULL;
}

static bool vms_collide(const struct manifest_vm *a, const struct manifest_vm *b)
{
	return a->id == b->id || (a->login && b->login) || (a->console && b->console) ||
	       (a->load_address && b->load_address &&
		a->load_address < b->load_address + b->memory_size &&
		b->load_address < a->load_address + a->memory_size);
}

const char *manifest_complaint(const struct manifest *manifest, const void *blob, size_t size,
			       uint32_t cores)
{
	if (manifest->vm_count < 1 || manifest->vm_count > MAX_VMS || !manifest->vms[0].primary)
		return "no primary, or too many partitions";
	for (unsigned i = 0; i < manifest->vm_count; i++) {
		const char *complaint = vm_complaint(&manifest->vms[i], blob, size, cores);

		if (complaint)
			return complaint;
		for (unsigned j = 0; j < i; j++)
			if (vms_collide(&manifest->vms[i], &manifest->vms[j]))
				return "two partitions with the same id or memory";
	}
	return NULL;
}

const char *manifest_error_complaint(const struct manifest_error *error)
{
	size_t length = strnlen(error->text, sizeof(error->text));

	if (length == sizeof(error->text))
		return "a text without end";
	if (strncmp(error->text, "manifest: /", 11) != 0)
		return "a text that does not say what it is about";
	for (size_t i = 0; i < length; i++)
		if (error->text[i] < 0x20 || error->text[i] > 0x7E)
			return "a text that is not one printable line";
	return NULL;
}
