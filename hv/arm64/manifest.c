/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parses the boot manifest. Whatever is wrong is named by node and property; nothing is guessed or repaired.
 */
#include <hv/arm64/manifest.h>

#include <bulkhead/dt.h>
#include <bulkhead/ffa.h>
#include <bulkhead/status.h>
#include <bulkhead/stream.h>
#include <lib/fmt.h>
#include <libfdt.h>
#include <string.h>

struct parser {
	const void *fdt;
	int node;
	const char *partition; /* name of the partition's node; "": the root */
	const char *region;    /* name of the region's node, NULL outside of one */
	struct manifest_error *error;
};

/* One line, whatever the node's name is: short enough that the rest fits, without line breaks. */
static int fail(struct parser *p, const char *property, const char *what)
{
	char *text = p->error->text;

	fmt_print(text, sizeof(p->error->text), "manifest: /%.32s%s%.32s: %s%s%s", p->partition,
		  p->region ? "/memory-regions/" : "", p->region ? p->region : "", property,
		  property[0] ? ": " : "", what);
	fmt_sanitize(text, strlen(text));
	for (; *text; text++)
		if (*text < ' ')
			*text = '?';
	return BH_ECORRUPT;
}

/* fdt_node_check_compatible would look beyond the end of a list that is not terminated */
static bool is_compatible(const struct parser *p, const char *with)
{
	return fdt_stringlist_search(p->fdt, p->node, "compatible", with) >= 0;
}

/* A property of exactly `cells` 32-bit cells; NULL and the error when it is there in another size, or `required` and missing. */
static const fdt32_t *cells_get(struct parser *p, const char *property, int cells, bool required,
				int *status)
{
	int len;
	const fdt32_t *value = fdt_getprop(p->fdt, p->node, property, &len);

	*status = BH_OK;
	if (!value) {
		if (required)
			*status = fail(p, property, "missing");
		return NULL;
	}
	if (len != cells * 4) {
		*status = fail(p, property,
			       cells == 1   ? "must be one 32-bit cell"
			       : cells == 2 ? "must be two 32-bit cells"
					    : "must be four 32-bit cells");
		return NULL;
	}
	return value;
}

static int u32_get(struct parser *p, const char *property, bool required, uint32_t *out)
{
	int status;
	const fdt32_t *value = cells_get(p, property, 1, required, &status);

	if (value)
		*out = fdt32_to_cpu(*value);
	return status;
}

static int u64_get(struct parser *p, const char *property, bool required, uint64_t *out)
{
	int status;
	const fdt32_t *value = cells_get(p, property, 2, required, &status);

	if (value)
		*out = (uint64_t)fdt32_to_cpu(value[0]) << 32 | fdt32_to_cpu(value[1]);
	return status;
}

static int string_get(struct parser *p, const char *property, bool required, int max,
		      const char **out)
{
	int len;
	const char *value = fdt_getprop(p->fdt, p->node, property, &len);

	*out = NULL;
	if (!value)
		return required ? fail(p, property, "missing") : BH_OK;
	if (len < 1 || value[len - 1] != '\0' || (int)strlen(value) != len - 1)
		return fail(p, property, "must be one string");
	if (len > max)
		return fail(p, property, "too long");
	*out = value;
	return BH_OK;
}

static int role_get(struct parser *p, struct manifest_vm *vm)
{
	const char *role;
	int status = string_get(p, "bulkhead,role", true, MANIFEST_NAME_MAX, &role);

	if (status)
		return status;
	vm->primary = strcmp(role, DT_ROLE_PRIMARY) == 0;
	vm->login = strcmp(role, DT_ROLE_LOGIN) == 0;
	if (!vm->primary && !vm->login && strcmp(role, DT_ROLE_SECONDARY) != 0)
		return fail(p, "bulkhead,role", "must be \"primary\", \"login\" or \"secondary\"");
	if (vm->primary != (vm->id == FFA_PRIMARY_ID))
		return fail(p, "id", "the primary, and only it, has id 1");
	return BH_OK;
}

static int identity_get(struct parser *p, struct manifest_vm *vm)
{
	uint32_t id;
	const fdt32_t *uuid;
	int status;

	if (!is_compatible(p, DT_PARTITION_COMPATIBLE))
		return fail(p, "compatible", "must be \"" DT_PARTITION_COMPATIBLE "\"");
	status = u32_get(p, "ffa-version", true, &vm->ffa_version);
	if (status)
		return status;
	if (vm->ffa_version != FFA_VERSION_1_0 && vm->ffa_version != FFA_VERSION_1_1)
		return fail(p, "ffa-version", "must be 1.0 or 1.1");
	status = u32_get(p, "id", true, &id);
	if (status)
		return status;
	if (id < 1 || id > MAX_VMS)
		return fail(p, "id", "VM ids are 1 to 64");
	vm->id = (uint16_t)id;
	uuid = cells_get(p, "uuid", 4, true, &status);
	for (int i = 0; uuid && i < 4; i++)
		vm->uuid[i] = fdt32_to_cpu(uuid[i]);
	return status ? status : role_get(p, vm);
}

static int resources_get(struct parser *p, uint32_t cores, struct manifest_vm *vm)
{
	int status = u32_get(p, "execution-ctx-count", true, &vm->vcpus);

	if (status)
		return status;
	if (vm->vcpus < 1 || vm->vcpus > MAX_VCPUS)
		return fail(p, "execution-ctx-count", "a VM has 1 to 32 vCPUs");
	if (vm->primary && vm->vcpus > cores)
		return fail(p, "execution-ctx-count", "more vCPUs of the primary than cores");
	status = u64_get(p, "bulkhead,memory-size", true, &vm->memory_size);
	if (status)
		return status;
	if (vm->memory_size == 0 || !IS_ALIGNED(vm->memory_size, SIZE_2M))
		return fail(p, "bulkhead,memory-size", "must be a multiple of 2 MiB, and not 0");
	status = u64_get(p, "load-address", false, &vm->load_address);
	if (status)
		return status;
	if (!IS_ALIGNED(vm->load_address, SIZE_2M))
		return fail(p, "load-address", "must be a multiple of 2 MiB");
	if (vm->load_address + vm->memory_size < vm->load_address)
		return fail(p, "bulkhead,memory-size",
			    "reaches beyond the end of the address space");
	vm->numa_nodes = 1;
	status = u32_get(p, "bulkhead,numa-nodes", false, &vm->numa_nodes);
	if (status)
		return status;
	if (vm->numa_nodes < 1 || vm->numa_nodes > MAX_NODES)
		return fail(p, "bulkhead,numa-nodes", "must be 1 to 8");
	if (vm->vcpus % vm->numa_nodes || vm->memory_size / SIZE_2M % vm->numa_nodes ||
	    (vm->numa_nodes > 1 && vm->load_address))
		return fail(p, "bulkhead,numa-nodes",
			    "must divide vCPUs and memory evenly, without a load-address");
	return BH_OK;
}

/* The console, and PCI functions by bus, device and function. */
static int devices_get(struct parser *p, struct manifest_vm *vm)
{
	int len;
	const fdt32_t *functions = fdt_getprop(p->fdt, p->node, "bulkhead,pci-functions", &len);

	vm->memory_rest = fdt_getprop(p->fdt, p->node, "bulkhead,memory-rest", NULL) != NULL;
	if (vm->memory_rest && !vm->primary)
		return fail(p, "bulkhead,memory-rest", "only the primary gets what is left");
	vm->console = fdt_getprop(p->fdt, p->node, "bulkhead,console", NULL) != NULL;
	if (vm->console && !vm->primary && !vm->login)
		return fail(p, "bulkhead,console",
			    "only the primary or the login VM gets the console");
	vm->forward = fdt_getprop(p->fdt, p->node, "bulkhead,forward-interrupts", NULL) != NULL;
	if (vm->forward && !vm->login)
		return fail(p, "bulkhead,forward-interrupts", "only the login VM gets devices");
	if (!functions)
		return BH_OK;
	if (!vm->login)
		return fail(p, "bulkhead,pci-functions", "only the login VM gets devices");
	if (len % 4 || len / 4 < 1 || len / 4 > MAX_FUNCTIONS)
		return fail(p, "bulkhead,pci-functions", "must be 1 to 32 cells");
	for (int i = 0; i < len / 4; i++) {
		uint32_t function = fdt32_to_cpu(functions[i]);

		/* other buses lie behind bridges, which are nobody's */
		if (function > 0xFF)
			return fail(p, "bulkhead,pci-functions",
				    "must be device << 3 | function of bus 0");
		vm->functions[vm->function_count++] = (uint16_t)function;
	}
	return BH_OK;
}

static int region_get(struct parser *p, struct manifest_vm *vm)
{
	struct manifest_region *region = &vm->regions[vm->region_count];
	uint32_t owner, attributes;
	int status;

	if (vm->region_count == MAX_REGIONS)
		return fail(p, "", "more than 4 memory regions in one partition");
	status = u32_get(p, "pages-count", true, &region->pages);
	status = status ? status : u32_get(p, "attributes", true, &attributes);
	status = status ? status : u32_get(p, "bulkhead,owner", true, &owner);
	if (status)
		return status;
	if (region->pages < 1 || region->pages > SIZE_2M / PAGE_SIZE)
		return fail(p, "pages-count", "a region has 1 to 512 pages");
	if (!vm->login && vm->region_count == 0 && region->pages != STREAM_REGION_SIZE / PAGE_SIZE)
		return fail(p, "pages-count",
			    "the first region, for the VM's streams, has 64 pages");
	if (attributes != 3)
		return fail(p, "attributes", "must be 3 (read, write)");
	if (owner != FFA_PRIMARY_ID || vm->primary)
		return fail(p, "bulkhead,owner",
			    "regions are the primary's, shared with a secondary");
	region->owner = (uint16_t)owner;
	vm->region_count++;
	return BH_OK;
}

static int regions_get(struct parser *p, struct manifest_vm *vm)
{
	int regions = fdt_subnode_offset(p->fdt, p->node, "memory-regions");
	struct parser sub = *p;

	if (regions < 0)
		return BH_OK;
	fdt_for_each_subnode(sub.node, p->fdt, regions)
	{
		int status;

		sub.region = fdt_get_name(p->fdt, sub.node, NULL);
		status = region_get(&sub, vm);
		if (status)
			return status;
	}
	return BH_OK;
}

static int vm_get(struct parser *p, uint32_t cores, struct manifest_vm *vm)
{
	int status = identity_get(p, vm);

	vm->node = p->partition;
	status = status ? status : resources_get(p, cores, vm);
	status = status ? status : devices_get(p, vm);
	status = status ? status
			: string_get(p, "bulkhead,image", true, MANIFEST_NAME_MAX, &vm->image);
	status = status ? status
			: string_get(p, "bulkhead,ramdisk", false, MANIFEST_NAME_MAX, &vm->ramdisk);
	status = status ? status : string_get(p, "bulkhead,bootargs", false, 1024, &vm->bootargs);
	return status ? status : regions_get(p, vm);
}

/* The primary passes the streams of secondaries on by the console. */
static bool has_no_streams(const struct manifest_vm *vm, const struct manifest_vm *other)
{
	return other->login && other->console && !vm->primary && vm->region_count;
}

/* What no partition can see alone: what two of them claim, or one takes from the other. */
static int conflict_find(struct parser *p, const struct manifest *m, const struct manifest_vm *vm)
{
	for (const struct manifest_vm *other = m->vms; other < m->vms + m->vm_count; other++) {
		if (other == vm || !other->node)
			continue;
		if (other->id == vm->id)
			return fail(p, "id", "another partition has this id");
		if (vm->login && other->login)
			return fail(p, "bulkhead,role", "another partition is the login VM");
		if (vm->console && other->console)
			return fail(p, "bulkhead,console", "another partition has the console");
		if (has_no_streams(vm, other) || has_no_streams(other, vm))
			return fail(
				p, "bulkhead,role",
				"the login VM has the console, so that nobody would get its streams: start it from there");
		if (vm->load_address && other->load_address &&
		    vm->load_address < other->load_address + other->memory_size &&
		    other->load_address < vm->load_address + vm->memory_size)
			return fail(p, "load-address", "the memory overlaps another partition's");
	}
	return BH_OK;
}

int manifest_parse(const void *fdt, size_t size, uint32_t cores, struct manifest *out,
		   struct manifest_error *error)
{
	struct parser p = {.fdt = fdt, .node = 0, .partition = "", .error = error};
	bool primary_seen = false;

	memset(out, 0, sizeof(*out));
	/* with an older version in the header fdt_check_full would dereference a root name that is NULL */
	if (size < FDT_V17_SIZE || fdt_version(fdt) < 17 || fdt_check_full(fdt, size) != 0)
		return fail(&p, "", "not a device tree, or truncated");
	if (!is_compatible(&p, DT_MANIFEST_COMPATIBLE))
		return fail(&p, "compatible", "must be \"" DT_MANIFEST_COMPATIBLE "\"");
	out->vm_count = 1; /* vms[0] is kept for the primary */
	fdt_for_each_subnode(p.node, fdt, 0)
	{
		struct manifest_vm vm = {0};
		int status;

		p.partition = fdt_get_name(fdt, p.node, NULL);
		status = vm_get(&p, cores, &vm);
		status = status ? status : conflict_find(&p, out, &vm);
		if (status)
			return status;
		if (!vm.primary && out->vm_count == MAX_VMS)
			return fail(&p, "", "more partitions than the hypervisor can hold");
		out->vms[vm.primary ? 0 : out->vm_count++] = vm;
		primary_seen = primary_seen || vm.primary;
	}
	p.partition = "";
	return primary_seen ? BH_OK : fail(&p, "bulkhead,role", "no partition is the primary");
}
