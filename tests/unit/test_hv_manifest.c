/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hypervisor's manifest parser: what is read from a good manifest, and the exact line that each
 * wrong one ends in.
 */
#include "hv_fake/manifest_tree.h"
#include "unit.h"
#include <bulkhead/ffa.h>
#include <bulkhead/status.h>
#include <hv/arm64/manifest.h>
#include <libfdt.h>

#define CORES  4
#define VM_MAX (MAX_VMS + 1)

static _Alignas(8) uint8_t tree[MANIFEST_TREE_ROOM];
static struct manifest manifest;
static struct manifest_error error;

static int parse(void)
{
	memset(&error, 0, sizeof(error));
	return manifest_parse(tree, sizeof(tree), CORES, &manifest, &error);
}

static void expect_line(const char *line)
{
	assert_int_equal(parse(), BH_ECORRUPT);
	assert_string_equal(error.text, line);
}

static int node_of(const char *path)
{
	int node = fdt_path_offset(tree, path);

	assert_true(node >= 0);
	return node;
}

static int editable_tree(void **state)
{
	(void)state;
	manifest_tree_default(tree);
	return fdt_open_into(tree, tree, sizeof(tree));
}

static void test_good(void **state)
{
	const struct manifest_vm *vm = manifest.vms;

	(void)state;
	assert_int_equal(parse(), BH_OK);
	assert_null(manifest_complaint(&manifest, tree, sizeof(tree), CORES));
	assert_int_equal(manifest.vm_count, 3);
	assert_string_equal(vm[0].node, "lwk");
	assert_true(vm[0].primary && vm[0].console && vm[0].id == 1 && vm[0].vcpus == 4);
	assert_int_equal(vm[0].load_address, 0x40000000);
	assert_int_equal(vm[0].region_count, 0);
	assert_string_equal(vm[0].image, "lwk.img");
	assert_string_equal(vm[0].bootargs, "tick=100 quantum=5000");
	assert_string_equal(vm[1].node, "vm2");
	assert_true(!vm[1].primary && !vm[1].console && vm[1].id == 2 && vm[1].vcpus == 1);
	assert_int_equal(vm[1].ffa_version, FFA_VERSION_1_1);
	assert_int_equal(vm[1].memory_size, 32 * SIZE_2M);
	assert_int_equal(vm[1].load_address, 0);
	assert_int_equal(vm[1].uuid[0], 0xb0140ead);
	assert_int_equal(vm[1].uuid[3], 2);
	assert_string_equal(vm[1].ramdisk, "ramdisk");
	assert_int_equal(vm[1].region_count, 1);
	assert_int_equal(vm[1].regions[0].pages, 64);
	assert_int_equal(vm[1].regions[0].owner, 1);
	assert_int_equal(vm[2].region_count, 3);
	assert_null(vm[2].ramdisk);
	assert_null(vm[2].bootargs);
}

/* --- one property each --- */

#define ONE(x)    ((const uint32_t[]){__builtin_bswap32(x)}), 4
#define TWO(h, l) ((const uint32_t[]){__builtin_bswap32(h), __builtin_bswap32(l)}), 8
#define TEXT(s)   (s), sizeof(s)
#define BYTES(s)  (s), sizeof(s) - 1
#define GONE      NULL, 0

#define LONG_32   "0123456789abcdef0123456789abcdef"
#define LONG_256  LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32 LONG_32
#define LONG_1024 LONG_256 LONG_256 LONG_256 LONG_256

struct wrong_property {
	const char *node, *property;
	const void *value;
	int size;
	const char *line; /* after "manifest: "; NULL: not wrong at all */
};

static const char *const region = "/vm2/memory-regions/region0";

static const struct wrong_property identity_cases[] = {
	{"/", "compatible", GONE, "/: compatible: must be \"bulkhead,manifest-1\""},
	{"/", "compatible", TEXT("bulkhead,manifest-2"),
	 "/: compatible: must be \"bulkhead,manifest-1\""},
	{"/", "compatible", BYTES("bulkhead,manifest-1"),
	 "/: compatible: must be \"bulkhead,manifest-1\""},
	{"/", "compatible", TEXT("other\0bulkhead,manifest-1"), NULL},
	{"/vm2", "compatible", GONE, "/vm2: compatible: must be \"arm,ffa-manifest-1.0\""},
	{"/vm2", "compatible", TEXT("arm,ffa-manifest-1.1"),
	 "/vm2: compatible: must be \"arm,ffa-manifest-1.0\""},
	{"/vm2", "compatible", BYTES(""), "/vm2: compatible: must be \"arm,ffa-manifest-1.0\""},
	{"/vm2", "ffa-version", GONE, "/vm2: ffa-version: missing"},
	{"/vm2", "ffa-version", TWO(0, 0x10001), "/vm2: ffa-version: must be one 32-bit cell"},
	{"/vm2", "ffa-version", BYTES("\0\1\0"), "/vm2: ffa-version: must be one 32-bit cell"},
	{"/vm2", "ffa-version", ONE(0x10000), NULL},
	{"/vm2", "ffa-version", ONE(0x10002), "/vm2: ffa-version: must be 1.0 or 1.1"},
	{"/vm2", "ffa-version", ONE(0x80010001), "/vm2: ffa-version: must be 1.0 or 1.1"},
	{"/vm2", "uuid", GONE, "/vm2: uuid: missing"},
	{"/vm2", "uuid", ONE(1), "/vm2: uuid: must be four 32-bit cells"},
	{"/vm2", "uuid", BYTES("0123456789abcdef+"), "/vm2: uuid: must be four 32-bit cells"},
	{"/vm2", "id", GONE, "/vm2: id: missing"},
	{"/vm2", "id", BYTES(""), "/vm2: id: must be one 32-bit cell"},
	{"/vm2", "id", TWO(0, 2), "/vm2: id: must be one 32-bit cell"},
	{"/vm2", "id", ONE(0), "/vm2: id: VM ids are 1 to 64"},
	{"/vm2", "id", ONE(65), "/vm2: id: VM ids are 1 to 64"},
	{"/vm2", "id", ONE(0x10002), "/vm2: id: VM ids are 1 to 64"},
	{"/vm2", "id", ONE(64), NULL},
	{"/vm2", "id", ONE(1), "/vm2: id: the primary, and only it, has id 1"},
	{"/lwk", "id", ONE(4), "/lwk: id: the primary, and only it, has id 1"},
	{"/vm3", "id", ONE(2), "/vm3: id: another partition has this id"},
	{"/vm2", "bulkhead,role", GONE, "/vm2: bulkhead,role: missing"},
	{"/vm2", "bulkhead,role", TEXT("tertiary"),
	 "/vm2: bulkhead,role: must be \"primary\", \"login\" or \"secondary\""},
	{"/vm2", "bulkhead,role", TEXT(""),
	 "/vm2: bulkhead,role: must be \"primary\", \"login\" or \"secondary\""},
	{"/vm2", "bulkhead,role", BYTES("secondary"), "/vm2: bulkhead,role: must be one string"},
	{"/vm2", "bulkhead,role", TEXT("secondary\0primary"),
	 "/vm2: bulkhead,role: must be one string"},
	{"/vm2", "bulkhead,role", TEXT(LONG_32), "/vm2: bulkhead,role: too long"},
	{"/vm2", "bulkhead,role", TEXT("primary"), "/vm2: id: the primary, and only it, has id 1"},
	{"/lwk", "bulkhead,role", TEXT("secondary"),
	 "/lwk: id: the primary, and only it, has id 1"},
};

static const struct wrong_property resource_cases[] = {
	{"/vm2", "execution-ctx-count", GONE, "/vm2: execution-ctx-count: missing"},
	{"/vm2", "execution-ctx-count", TWO(0, 1),
	 "/vm2: execution-ctx-count: must be one 32-bit cell"},
	{"/vm2", "execution-ctx-count", ONE(0),
	 "/vm2: execution-ctx-count: a VM has 1 to 32 vCPUs"},
	{"/vm2", "execution-ctx-count", ONE(33),
	 "/vm2: execution-ctx-count: a VM has 1 to 32 vCPUs"},
	{"/vm2", "execution-ctx-count", ONE(0xFFFFFFFF),
	 "/vm2: execution-ctx-count: a VM has 1 to 32 vCPUs"},
	{"/vm2", "execution-ctx-count", ONE(32), NULL},
	{"/lwk", "execution-ctx-count", ONE(5),
	 "/lwk: execution-ctx-count: more vCPUs of the primary than cores"},
	{"/vm2", "bulkhead,memory-size", GONE, "/vm2: bulkhead,memory-size: missing"},
	{"/vm2", "bulkhead,memory-size", ONE(0x200000),
	 "/vm2: bulkhead,memory-size: must be two 32-bit cells"},
	{"/vm2", "bulkhead,memory-size", TWO(0, 0),
	 "/vm2: bulkhead,memory-size: must be a multiple of 2 MiB, and not 0"},
	{"/vm2", "bulkhead,memory-size", TWO(0, 0x201000),
	 "/vm2: bulkhead,memory-size: must be a multiple of 2 MiB, and not 0"},
	{"/vm2", "bulkhead,memory-size", TWO(0xFFFFFFFF, 0xFFE00000), NULL},
	{"/vm3", "bulkhead,memory-size", TWO(0xFFFFFFFF, 0xB0000000),
	 "/vm3: bulkhead,memory-size: reaches beyond the end of the address space"},
	{"/vm3", "bulkhead,memory-size", TWO(0xFFFFFFFF, 0xAFE00000), NULL},
	/* the primary has 4 vCPUs and 32 MiB at a fixed address, vm2 one vCPU */
	{"/vm2", "bulkhead,numa-nodes", ONE(1), NULL},
	{"/vm2", "bulkhead,numa-nodes", ONE(0), "/vm2: bulkhead,numa-nodes: must be 1 to 8"},
	{"/vm2", "bulkhead,numa-nodes", ONE(9), "/vm2: bulkhead,numa-nodes: must be 1 to 8"},
	{"/vm2", "bulkhead,numa-nodes", TWO(0, 1),
	 "/vm2: bulkhead,numa-nodes: must be one 32-bit cell"},
	{"/vm2", "bulkhead,numa-nodes", ONE(2),
	 "/vm2: bulkhead,numa-nodes: must divide vCPUs and memory evenly, without a load-address"},
	{"/lwk", "bulkhead,numa-nodes", ONE(2),
	 "/lwk: bulkhead,numa-nodes: must divide vCPUs and memory evenly, without a load-address"},
	{"/vm3", "load-address", GONE, NULL},
	{"/vm3", "load-address", ONE(0x50000000), "/vm3: load-address: must be two 32-bit cells"},
	{"/vm3", "load-address", TWO(0, 0x50100000),
	 "/vm3: load-address: must be a multiple of 2 MiB"},
	{"/vm3", "load-address", TWO(0xFFFFFFFF, 0xFFE00000),
	 "/vm3: bulkhead,memory-size: reaches beyond the end of the address space"},
	{"/vm3", "load-address", TWO(0, 0x40000000),
	 "/vm3: load-address: the memory overlaps another partition's"},
	{"/vm3", "load-address", TWO(0, 0x41E00000),
	 "/vm3: load-address: the memory overlaps another partition's"},
	{"/vm3", "load-address", TWO(0, 0x3F200000),
	 "/vm3: load-address: the memory overlaps another partition's"},
	{"/vm3", "load-address", TWO(0, 0x42000000), NULL},
	{"/vm3", "load-address", TWO(0, 0x3F000000), NULL},
	{"/vm2", "bulkhead,console", BYTES(""),
	 "/vm2: bulkhead,console: only the primary or the login VM gets the console"},
	{"/lwk", "bulkhead,console", GONE, NULL},
	{"/vm2", "bulkhead,forward-interrupts", BYTES(""),
	 "/vm2: bulkhead,forward-interrupts: only the login VM gets devices"},
	{"/vm2", "bulkhead,pci-functions", ONE(8),
	 "/vm2: bulkhead,pci-functions: only the login VM gets devices"},
	{"/vm2", "bulkhead,image", GONE, "/vm2: bulkhead,image: missing"},
	{"/vm2", "bulkhead,image", BYTES("lwk.img"), "/vm2: bulkhead,image: must be one string"},
	{"/vm2", "bulkhead,image", BYTES(""), "/vm2: bulkhead,image: must be one string"},
	{"/vm2", "bulkhead,image", TEXT("a\0b"), "/vm2: bulkhead,image: must be one string"},
	{"/vm2", "bulkhead,image", TEXT(LONG_32), "/vm2: bulkhead,image: too long"},
	{"/vm2", "bulkhead,ramdisk", GONE, NULL},
	{"/vm2", "bulkhead,ramdisk", BYTES("x"), "/vm2: bulkhead,ramdisk: must be one string"},
	{"/vm2", "bulkhead,ramdisk", TEXT(LONG_32), "/vm2: bulkhead,ramdisk: too long"},
	{"/vm2", "bulkhead,bootargs", BYTES("x=1"), "/vm2: bulkhead,bootargs: must be one string"},
	{"/vm2", "bulkhead,bootargs", TEXT(LONG_1024), "/vm2: bulkhead,bootargs: too long"},
	{"/vm2", "bulkhead,bootargs", (LONG_1024) + 1, 1024, NULL},
	{"/vm2", "bulkhead,unknown", TEXT(LONG_1024), NULL},
};

static const struct wrong_property region_cases[] = {
	{region, "pages-count", GONE, "/vm2/memory-regions/region0: pages-count: missing"},
	{region, "pages-count", TWO(0, 64),
	 "/vm2/memory-regions/region0: pages-count: must be one 32-bit cell"},
	{region, "pages-count", ONE(0),
	 "/vm2/memory-regions/region0: pages-count: a region has 1 to 512 pages"},
	{region, "pages-count", ONE(513),
	 "/vm2/memory-regions/region0: pages-count: a region has 1 to 512 pages"},
	{region, "pages-count", ONE(0xFFFFFFFF),
	 "/vm2/memory-regions/region0: pages-count: a region has 1 to 512 pages"},
	{region, "pages-count", ONE(63),
	 "/vm2/memory-regions/region0: pages-count: the first region, for the VM's streams, has 64 pages"},
	{region, "pages-count", ONE(512),
	 "/vm2/memory-regions/region0: pages-count: the first region, for the VM's streams, has 64 pages"},
	{"/vm3/memory-regions/region1", "pages-count", ONE(512), NULL},
	{region, "attributes", GONE, "/vm2/memory-regions/region0: attributes: missing"},
	{region, "attributes", BYTES("\3"),
	 "/vm2/memory-regions/region0: attributes: must be one 32-bit cell"},
	{region, "attributes", ONE(1),
	 "/vm2/memory-regions/region0: attributes: must be 3 (read, write)"},
	{region, "attributes", ONE(7),
	 "/vm2/memory-regions/region0: attributes: must be 3 (read, write)"},
	{region, "bulkhead,owner", GONE, "/vm2/memory-regions/region0: bulkhead,owner: missing"},
	{region, "bulkhead,owner", TWO(0, 1),
	 "/vm2/memory-regions/region0: bulkhead,owner: must be one 32-bit cell"},
	{region, "bulkhead,owner", ONE(2),
	 "/vm2/memory-regions/region0: bulkhead,owner: regions are the primary's, shared with a secondary"},
	{region, "bulkhead,owner", ONE(9),
	 "/vm2/memory-regions/region0: bulkhead,owner: regions are the primary's, shared with a secondary"},
	{region, "bulkhead,owner", ONE(0x10001),
	 "/vm2/memory-regions/region0: bulkhead,owner: regions are the primary's, shared with a secondary"},
};

static void check_cases(const struct wrong_property *cases, size_t count)
{
	for (const struct wrong_property *c = cases; c < cases + count; c++) {
		int node, status;
		char line[sizeof(error.text)];

		editable_tree(NULL);
		node = node_of(c->node);
		status = c->value ? fdt_setprop(tree, node, c->property, c->value, c->size)
				  : fdt_delprop(tree, node, c->property);
		assert_int_equal(status, 0);
		status = parse();
		snprintf(line, sizeof(line), "%s%s", c->line ? "manifest: " : "",
			 c->line ? c->line : "");
		assert_string_equal(error.text, line);
		assert_int_equal(status, c->line ? BH_ECORRUPT : BH_OK);
	}
}

static void test_identity(void **state)
{
	(void)state;
	check_cases(identity_cases, ARRAY_SIZE(identity_cases));
}

static void test_resources(void **state)
{
	(void)state;
	check_cases(resource_cases, ARRAY_SIZE(resource_cases));
}

static void test_regions(void **state)
{
	(void)state;
	check_cases(region_cases, ARRAY_SIZE(region_cases));
}

/* --- the login VM --- */

static void login_set(const char *path)
{
	assert_int_equal(fdt_setprop_string(tree, node_of(path), "bulkhead,role", "login"), 0);
}

static void functions_set(const void *value, int size)
{
	assert_int_equal(fdt_setprop(tree, node_of("/vm2"), "bulkhead,pci-functions", value, size),
			 0);
}

static void test_login(void **state)
{
	static const uint8_t many[4 * (MAX_FUNCTIONS + 1)];
	static const char *const wrong =
		"manifest: /vm2: bulkhead,pci-functions: must be 1 to 32 cells";

	(void)state;
	editable_tree(NULL);
	login_set("/vm2");
	functions_set(TWO(8, 0xFF));
	assert_int_equal(parse(), BH_OK);
	assert_true(manifest.vms[1].login && !manifest.vms[2].login && !manifest.vms[0].login);
	assert_true(!manifest.vms[1].forward && !manifest.vms[1].console);
	assert_int_equal(manifest.vms[1].function_count, 2);
	assert_int_equal(manifest.vms[1].functions[0], 8);
	assert_int_equal(manifest.vms[1].functions[1], 0xFF);
	assert_null(manifest_complaint(&manifest, tree, sizeof(tree), CORES));
	functions_set(many, sizeof(many) - 4);
	assert_int_equal(parse(), BH_OK);
	functions_set(many, sizeof(many));
	expect_line(wrong);
	functions_set(many, 0);
	expect_line(wrong);
	functions_set(many, 5);
	expect_line(wrong);
	functions_set(ONE(0x100));
	expect_line(
		"manifest: /vm2: bulkhead,pci-functions: must be device << 3 | function of bus 0");
}

static void test_login_alone(void **state)
{
	(void)state;
	editable_tree(NULL);
	login_set("/vm2");
	assert_int_equal(fdt_setprop(tree, node_of("/vm2"), "bulkhead,forward-interrupts", "", 0),
			 0);
	assert_int_equal(parse(), BH_OK);
	assert_true(manifest.vms[1].forward);
	login_set("/vm3");
	expect_line("manifest: /vm3: bulkhead,role: another partition is the login VM");
	editable_tree(NULL);
	login_set("/vm2");
	assert_int_equal(fdt_setprop(tree, node_of("/vm2"), "bulkhead,console", "", 0), 0);
	expect_line("manifest: /lwk: bulkhead,console: another partition has the console");
	assert_int_equal(fdt_delprop(tree, node_of("/lwk"), "bulkhead,console"), 0);
	expect_line(
		"manifest: /vm3: bulkhead,role: the login VM has the console, so that nobody would get "
		"its streams: start it from there");
	assert_int_equal(fdt_del_node(tree, node_of("/vm3")), 0);
	assert_int_equal(parse(), BH_OK);
	assert_true(manifest.vms[1].console && !manifest.vms[0].console);
}

/* --- partitions together --- */

static void write_vms(const struct tree_vm *vms, unsigned count)
{
	manifest_tree_write(tree, vms, count);
}

static void test_primaries(void **state)
{
	static const struct tree_vm none[] = {{"a", 2, 1, SIZE_2M, 0, 0, true}};
	static const struct tree_vm two[] = {{"a", 1, 1, SIZE_2M, 0, 0, true},
					     {"b", 1, 1, SIZE_2M, 0, 0, true}};

	(void)state;
	write_vms(none, 0);
	expect_line("manifest: /: bulkhead,role: no partition is the primary");
	write_vms(none, 1);
	expect_line("manifest: /: bulkhead,role: no partition is the primary");
	write_vms(two, 2);
	expect_line("manifest: /b: id: another partition has this id");
}

/* Addresses that are claimed before the primary is read, and after. */
static void test_overlap_with_primary(void **state)
{
	static const struct tree_vm first[] = {{"p", 1, 1, 2 * SIZE_2M, SIZE_1G, 0, true},
					       {"s", 2, 1, SIZE_2M, SIZE_1G + SIZE_2M, 0, true}};
	static const struct tree_vm last[] = {{"s", 2, 1, SIZE_2M, SIZE_1G + SIZE_2M, 0, true},
					      {"p", 1, 1, 2 * SIZE_2M, SIZE_1G, 0, true}};

	(void)state;
	write_vms(first, 2);
	expect_line("manifest: /s: load-address: the memory overlaps another partition's");
	write_vms(last, 2);
	expect_line("manifest: /p: load-address: the memory overlaps another partition's");
}

/* Every id there is, and one more. */
static void test_many_partitions(void **state)
{
	static char names[VM_MAX][8];
	static struct tree_vm vms[VM_MAX];

	(void)state;
	for (unsigned i = 0; i < VM_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "vm%u", i + 1);
		vms[i] = (struct tree_vm){names[i], i + 1, 1, SIZE_2M, 0, 0, true};
	}
	write_vms(vms, MAX_VMS);
	assert_int_equal(parse(), BH_OK);
	assert_int_equal(manifest.vm_count, MAX_VMS);
	assert_null(manifest_complaint(&manifest, tree, sizeof(tree), CORES));
	write_vms(vms, VM_MAX);
	expect_line("manifest: /vm65: id: VM ids are 1 to 64");
	vms[MAX_VMS].id = 64;
	write_vms(vms, VM_MAX);
	expect_line("manifest: /vm65: id: another partition has this id");
	/* the primary's place is kept, wherever it stands */
	vms[MAX_VMS].id = 1;
	write_vms(vms + 1, MAX_VMS);
	assert_int_equal(parse(), BH_OK);
	assert_string_equal(manifest.vms[0].node, "vm65");
}

static void test_many_regions(void **state)
{
	struct tree_vm vms[] = {{"p", 1, 1, SIZE_2M, 0, 0, true},
				{"s", 2, 1, SIZE_2M, 0, MAX_REGIONS, true}};

	(void)state;
	write_vms(vms, 2);
	assert_int_equal(parse(), BH_OK);
	assert_int_equal(manifest.vms[1].region_count, MAX_REGIONS);
	vms[1].regions++;
	write_vms(vms, 2);
	expect_line(
		"manifest: /s/memory-regions/region4: more than 4 memory regions in one partition");
	vms[1].regions = 0;
	vms[0].regions = 1;
	write_vms(vms, 2);
	expect_line(
		"manifest: /p/memory-regions/region0: bulkhead,owner: regions are the primary's, shared with a secondary");
}

/*
 * A name is a line's part, not lines of its own, and never so long that the property is not named.
 */
static void test_odd_names(void **state)
{
	struct tree_vm vm = {"a\nb\t\x1b[1m\xff", 0, 1, SIZE_2M, 0, 0, true};

	(void)state;
	write_vms(&vm, 1);
	expect_line("manifest: /a?b??[1m?: id: VM ids are 1 to 64");
	vm.name = LONG_256;
	write_vms(&vm, 1);
	assert_int_equal(parse(), BH_ECORRUPT);
	assert_null(manifest_error_complaint(&error));
	assert_non_null(strstr(error.text, "/0123456789abcdef"));
	assert_non_null(strstr(error.text, ": id: VM ids are 1 to 64"));
}

static void test_truncated(void **state)
{
	size_t size = manifest_tree_default(tree);

	(void)state;
	for (size_t cut = 0; cut < size; cut++) {
		uint8_t *copy = malloc(cut ? cut : 1);

		memcpy(copy, tree, cut);
		assert_int_equal(manifest_parse(copy, cut, CORES, &manifest, &error), BH_ECORRUPT);
		assert_string_equal(error.text, "manifest: /: not a device tree, or truncated");
		free(copy);
	}
	assert_int_equal(manifest_parse(tree, size, CORES, &manifest, &error), BH_OK);
}

/*
 * As of version 16; with it, fdt_check_full of libfdt 1.6.1 looks for a root name that is not
 * there.
 */
static void test_old_version(void **state)
{
	size_t size = manifest_tree_default(tree);

	(void)state;
	for (uint32_t version = 0; version < 17; version++) {
		fdt_set_version(tree, version);
		fdt_set_last_comp_version(tree, version);
		assert_int_equal(manifest_parse(tree, size, CORES, &manifest, &error), BH_ECORRUPT);
		assert_string_equal(error.text, "manifest: /: not a device tree, or truncated");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, editable_tree),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_resources),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_login_alone),
		cmocka_unit_test(test_primaries),
		cmocka_unit_test(test_overlap_with_primary),
		cmocka_unit_test(test_many_partitions),
		cmocka_unit_test(test_many_regions),
		cmocka_unit_test(test_odd_names),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_old_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
