/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The device trees that VMs boot with: read back by libfdt they say what was asked for; in a buffer
 * that is too small, of any size, nothing is written beyond its end.
 */
#include "hv_fake/machine.h"
#include "unit.h"
#include <bulkhead/dt.h>
#include <bulkhead/log.h>
#include <bulkhead/status.h>
#include <bulkhead/stream.h>
#include <hv/arm64/pci.h>
#include <hv/arm64/platform.h>
#include <hv/arm64/vmdt.h>
#include <libfdt.h>

#define ROOM 0x10000u

static _Alignas(8) uint8_t tree[ROOM];

static struct vm *vm_make(uint16_t id, uint32_t vcpus)
{
	struct vm *vm = calloc(1, sizeof(*vm) + vcpus * sizeof(struct vcpu));

	vm->id = id;
	vm->role = id == 1 ? VM_PRIMARY : VM_SECONDARY;
	vm->vcpu_count = vcpus;
	for (uint32_t i = 0; i < vcpus; i++)
		vm->vcpus[i].mpidr = UINT64_C(1) << 31 |
				     (id == 1 ? platform.cpu_mpidr[i] : (uint64_t)i);
	return vm;
}

/* --- reading back --- */

static int node_of(const char *path)
{
	int node = fdt_path_offset(tree, path);

	if (node < 0)
		fail_msg("no node %s", path);
	return node;
}

static void expect_cells(const char *path, const char *property, const uint32_t *cells, int count)
{
	int length;
	const fdt32_t *value = fdt_getprop(tree, node_of(path), property, &length);

	if (!value || length != count * 4)
		fail_msg("%s: %s: %d bytes", path, property, length);
	for (int i = 0; i < count; i++)
		assert_int_equal(fdt32_to_cpu(value[i]), cells[i]);
}

#define EXPECT_CELLS(path, property, ...)                             \
	expect_cells(path, property, (const uint32_t[]){__VA_ARGS__}, \
		     (int)(sizeof((const uint32_t[]){__VA_ARGS__}) / 4))
#define HIGH(x) ((uint32_t)((x) >> 32))
#define LOW(x)  ((uint32_t)(x))
#define WIDE(x) HIGH(x), LOW(x)

static void expect_text(const char *path, const char *property, const char *text)
{
	int length;
	const char *value = fdt_getprop(tree, node_of(path), property, &length);

	if (!value)
		fail_msg("%s: no %s", path, property);
	assert_int_equal(length, strlen(text) + 1);
	assert_string_equal(value, text);
}

static void expect_none(const char *path, const char *property)
{
	assert_null(fdt_getprop(tree, node_of(path), property, NULL));
}

static int children(const char *path)
{
	int node, count = 0;

	fdt_for_each_subnode(node, tree, node_of(path)) count++;
	return count;
}

/* What every VM's tree has. */
static void expect_common(void)
{
	assert_int_equal(fdt_check_full(tree, sizeof(tree)), 0);
	EXPECT_CELLS("/", "#address-cells", 2);
	EXPECT_CELLS("/", "#size-cells", 2);
	expect_text("/hypervisor", "compatible", DT_VM_COMPATIBLE);
	expect_text("/hypervisor", "method", "hvc");
	EXPECT_CELLS("/hypervisor", "#address-cells", 2);
	EXPECT_CELLS("/hypervisor", "#size-cells", 2);
	expect_text("/psci", "compatible", "arm,psci-1.0");
	expect_text("/psci", "method", "hvc");
	EXPECT_CELLS("/cpus", "#address-cells", 2);
	EXPECT_CELLS("/cpus", "#size-cells", 0);
	expect_text("/timer", "compatible", "arm,armv8-timer");
	/* PPI, level: secure 13, non-secure 14, virtual 11, hypervisor 10 */
	EXPECT_CELLS("/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
}

static void expect_gic(const char *path, const char *compatible)
{
	int node = node_of(path);

	expect_text(path, "compatible", compatible);
	EXPECT_CELLS(path, "#interrupt-cells", 3);
	assert_non_null(fdt_getprop(tree, node, "interrupt-controller", NULL));
	EXPECT_CELLS("/", "interrupt-parent", fdt_get_phandle(tree, node));
}

static void expect_cpu(const char *path, uint64_t affinity)
{
	expect_text(path, "device_type", "cpu");
	expect_text(path, "compatible", "arm,armv8");
	expect_text(path, "enable-method", "psci");
	EXPECT_CELLS(path, "reg", WIDE(affinity));
}

/* --- trees --- */

static const struct vmdt_stream streams[] = {
	{0x48000000, STREAM_REGION_SIZE, 2},
	{0x48040000, 0x1000, 2},
	{UINT64_C(0x1048100000), STREAM_REGION_SIZE, 3},
};

static const struct enclave_range primary_memory = {0x40000000, 0x4000000, 0, 0};

static struct vmdt primary_tree(const struct vm *vm)
{
	return (struct vmdt){
		.vm = vm,
		.memory = &primary_memory,
		.memory_count = 1,
		.nodes = 1,
		.ramdisk = {0x40300000, 0x40345678},
		.log = {0x47000000, 0x47000000 + BH_LOG_REGION_SIZE},
		.console = true,
		.bootargs = "tick=100 loglevel=7",
		.streams = streams,
		.stream_count = ARRAY_SIZE(streams),
	};
}

static void test_primary(void **state)
{
	struct vm *vm = vm_make(1, 6);
	struct vmdt what = primary_tree(vm);

	(void)state;
	assert_int_equal(vmdt_write(&what, tree, sizeof(tree)), BH_OK);
	expect_common();
	expect_gic("/interrupt-controller", DT_PV_GICV3_COMPATIBLE);
	expect_none("/interrupt-controller", "reg");
	expect_text("/hypervisor", "role", "primary");
	EXPECT_CELLS("/hypervisor", "vm-id", 1);
	assert_int_equal(children("/hypervisor"), 4);
	expect_text("/hypervisor/stream@48000000", "compatible", DT_STREAM_COMPATIBLE);
	EXPECT_CELLS("/hypervisor/stream@48000000", "reg", 0, 0x48000000, 0, STREAM_REGION_SIZE);
	EXPECT_CELLS("/hypervisor/stream@48040000", "vm-id", 2);
	EXPECT_CELLS("/hypervisor/stream@1048100000", "reg", 0x10, 0x48100000, 0,
		     STREAM_REGION_SIZE);
	EXPECT_CELLS("/hypervisor/stream@1048100000", "vm-id", 3);
	expect_text("/hypervisor/log@47000000", "compatible", DT_LOG_COMPATIBLE);
	EXPECT_CELLS("/hypervisor/log@47000000", "reg", 0, 0x47000000, 0, BH_LOG_REGION_SIZE);
	/* the real affinities, here in clusters of two */
	assert_int_equal(children("/cpus"), 6);
	expect_cpu("/cpus/cpu@1", 1);
	expect_cpu("/cpus/cpu@201", 0x201);
	expect_text("/memory@40000000", "device_type", "memory");
	EXPECT_CELLS("/memory@40000000", "reg", 0, 0x40000000, 0, 0x4000000);
	expect_text("/chosen", "bootargs", "tick=100 loglevel=7");
	EXPECT_CELLS("/chosen", "linux,initrd-start", 0, 0x40300000);
	EXPECT_CELLS("/chosen", "linux,initrd-end", 0, 0x40345678);
	expect_text("/chosen", "stdout-path", "/pl011@9000000");
	assert_int_equal(fdt_node_check_compatible(tree, node_of("/pl011@9000000"), "arm,pl011"),
			 0);
	EXPECT_CELLS("/pl011@9000000", "reg", 0, 0x9000000, 0, 0x1000);
	EXPECT_CELLS("/pl011@9000000", "interrupts", 0, 1, 4);
	EXPECT_CELLS("/pl011@9000000", "clocks", fdt_get_phandle(tree, node_of("/clock")),
		     fdt_get_phandle(tree, node_of("/clock")));
	free(vm);
}

static void test_secondary(void **state)
{
	static const struct vmdt_stream own[] = {{UINT64_C(0x1048100000), STREAM_REGION_SIZE, 1}};
	struct vm *vm = vm_make(3, 2);
	struct vmdt what = {
		.vm = vm,
		.memory = (const struct enclave_range[]){{UINT64_C(0x1080000000),
							  UINT64_C(0x100000000), 0, 0}},
		.memory_count = 1,
		.nodes = 1,
		.streams = own,
		.stream_count = 1,
	};

	(void)state;
	assert_int_equal(vmdt_write(&what, tree, sizeof(tree)), BH_OK);
	expect_common();
	expect_gic("/interrupt-controller", DT_PV_GICV3_COMPATIBLE);
	expect_text("/hypervisor", "role", "secondary");
	EXPECT_CELLS("/hypervisor", "vm-id", 3);
	assert_int_equal(children("/hypervisor"), 1);
	EXPECT_CELLS("/hypervisor/stream@1048100000", "vm-id", 1);
	assert_int_equal(children("/cpus"), 2);
	expect_cpu("/cpus/cpu@0", 0);
	expect_cpu("/cpus/cpu@1", 1);
	EXPECT_CELLS("/memory@1080000000", "reg", 0x10, 0x80000000, 1, 0);
	expect_none("/chosen", "bootargs");
	expect_none("/chosen", "linux,initrd-start");
	expect_none("/chosen", "linux,initrd-end");
	expect_none("/chosen", "stdout-path");
	/* hypervisor, psci, cpus, memory, interrupt-controller, timer, chosen: no device */
	assert_int_equal(children("/"), 7);
	free(vm);
}

/* Memory of each node and cores in order, with the machine's own distances. */
static void test_nodes(void **state)
{
	const fdt32_t distances[] = {cpu_to_fdt32(0), cpu_to_fdt32(1), cpu_to_fdt32(20)};
	struct vm *vm = vm_make(2, 4);
	struct vmdt what = {
		.vm = vm,
		.memory = (const struct enclave_range[]){{0x50000000, 0x4000000, 0, 0},
							 {0x90000000, 0x4000000, 1, 0}},
		.memory_count = 2,
		.nodes = 2,
	};

	(void)state;
	assert_int_equal(vmdt_write(&what, tree, sizeof(tree)), BH_OK);
	assert_true(fdt_path_offset(tree, "/distance-map") < 0);
	platform.distances = distances;
	platform.distances_size = sizeof(distances);
	assert_int_equal(vmdt_write(&what, tree, sizeof(tree)), BH_OK);
	expect_common();
	EXPECT_CELLS("/memory@50000000", "reg", 0, 0x50000000, 0, 0x4000000);
	EXPECT_CELLS("/memory@50000000", "numa-node-id", 0);
	EXPECT_CELLS("/memory@90000000", "reg", 0, 0x90000000, 0, 0x4000000);
	EXPECT_CELLS("/memory@90000000", "numa-node-id", 1);
	EXPECT_CELLS("/cpus/cpu@0", "numa-node-id", 0);
	EXPECT_CELLS("/cpus/cpu@1", "numa-node-id", 0);
	EXPECT_CELLS("/cpus/cpu@2", "numa-node-id", 1);
	EXPECT_CELLS("/cpus/cpu@3", "numa-node-id", 1);
	expect_text("/distance-map", "compatible", "numa-distance-map-v1");
	EXPECT_CELLS("/distance-map", "distance-matrix", 0, 1, 20);
	free(vm);
}

static void test_gicv2(void **state)
{
	struct vm *vm = vm_make(2, 1);
	struct vmdt what = {.vm = vm,
			    .memory = (const struct enclave_range[]){{0x40000000, 0x200000, 0, 0}},
			    .memory_count = 1,
			    .nodes = 1};

	(void)state;
	platform.gic_version = 2;
	platform.gicv = (struct range){0x8040000, 0x8042000};
	assert_int_equal(vmdt_write(&what, tree, sizeof(tree)), BH_OK);
	expect_common();
	expect_gic("/interrupt-controller@8040000", DT_PV_GICV2_COMPATIBLE);
	EXPECT_CELLS("/interrupt-controller@8040000", "reg", 0, 0x8040000, 0, 0x2000);
	assert_int_equal(children("/hypervisor"), 0);
	free(vm);
}

static void pci_make(void)
{
	platform.gic_dist = (struct range){0x8000000, 0x8010000};
	platform.gic_redist[0] = (struct range){0x80A0000, 0x9000000};
	pci = (struct pci){
		.ecam = {UINT64_C(0x4010000000), UINT64_C(0x4010100000)},
		.window = {0x10000000, 0x3EFF0000},
		.coherent = true,
		.mask = 0x18,
		.line_count = 2,
		.lines = {{8, 1, 36}, {16, 1, 37}},
	};
}

/* A machine with fewer things on it, as a kernel that does not know of us reads it. */
static void test_login(void **state)
{
	struct vm *vm = vm_make(2, 2);
	struct vmdt what = {.vm = vm, .nodes = 1, .console = true, .pci = true};
	uint32_t gic;

	(void)state;
	pci_make();
	vm->role = VM_LOGIN;
	vm->devices[0] = UINT64_C(1) << 37 | UINT64_C(1) << 33;
	assert_int_equal(vmdt_write(&what, tree, sizeof(tree)), BH_OK);
	expect_text("/hypervisor", "role", "login");
	expect_text("/interrupt-controller@8000000", "compatible", "arm,gic-v3");
	EXPECT_CELLS("/interrupt-controller@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80A0000,
		     0, 0x40000);
	gic = fdt_get_phandle(tree, node_of("/interrupt-controller@8000000"));
	expect_text("/pcie@4010000000", "compatible", "pci-host-ecam-generic");
	EXPECT_CELLS("/pcie@4010000000", "reg", 0x40, 0x10000000, 0, 0x100000);
	EXPECT_CELLS("/pcie@4010000000", "bus-range", 0, 0);
	EXPECT_CELLS("/pcie@4010000000", "ranges", 0x02000000, 0, 0x10000000, 0, 0x10000000, 0,
		     0x2EFF0000);
	/* the line that it was given, not the other */
	EXPECT_CELLS("/pcie@4010000000", "interrupt-map", 16 << 8, 0, 0, 1, gic, 0, 5, 4);
	EXPECT_CELLS("/pcie@4010000000", "interrupt-map-mask", 0x1800, 0, 0, 7);
	expect_none("/pcie@4010000000", "msi-map");
	platform.gic_version = 2;
	platform.gicv = (struct range){0x8040000, 0x8050000};
	what.pci = false;
	assert_int_equal(vmdt_write(&what, tree, sizeof(tree)), BH_OK);
	expect_text("/interrupt-controller@8000000", "compatible", "arm,cortex-a15-gic");
	EXPECT_CELLS("/interrupt-controller@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x8040000,
		     0, 0x10000);
	assert_true(fdt_path_offset(tree, "/pcie@4010000000") < 0);
	free(vm);
}

/* A primary with everything that limits.h allows fits into the room that load.c gives it. */
static void test_largest(void **state)
{
	static struct vmdt_stream all[(MAX_VMS - 1) * MAX_REGIONS];
	static char bootargs[1024];
	struct vm *vm = vm_make(1, MAX_CPUS);
	struct vmdt what = primary_tree(vm);

	(void)state;
	memset(bootargs, 'x', sizeof(bootargs) - 1);
	for (unsigned i = 0; i < ARRAY_SIZE(all); i++)
		all[i] = (struct vmdt_stream){(UINT64_C(1) << 42) + i * SIZE_2M, SIZE_2M,
					      (uint16_t)(2 + i / MAX_REGIONS)};
	what.streams = all;
	what.stream_count = ARRAY_SIZE(all);
	what.bootargs = bootargs;
	assert_int_equal(vmdt_write(&what, tree, ROOM), BH_OK);
	assert_int_equal(fdt_check_full(tree, sizeof(tree)), 0);
	assert_int_equal(children("/hypervisor"), ARRAY_SIZE(all) + 1);
	assert_int_equal(children("/cpus"), MAX_CPUS);
	free(vm);
}

/*
 * Heap blocks of exactly the room: the sanitizer sees a byte beyond, and canaries what libfdt does
 * unseen.
 */
static void test_every_room(void **state)
{
	struct vm *vm = vm_make(1, 6);
	struct vmdt what = primary_tree(vm);
	size_t needed = 0;

	(void)state;
	assert_int_equal(vmdt_write(&what, tree, sizeof(tree)), BH_OK);
	for (size_t room = 0; !needed; room++) {
		uint8_t *block = malloc(room + 64);
		int status;

		memset(block + room, 0x5A, 64);
		status = vmdt_write(&what, block, room);
		for (size_t i = 0; i < 64; i++)
			assert_int_equal(block[room + i], 0x5A);
		if (status == BH_OK) {
			/* all of it, as where there is more room */
			assert_int_equal(fdt_totalsize(block), fdt_totalsize(tree));
			assert_memory_equal(block, tree, fdt_totalsize(tree));
			needed = room;
		} else {
			assert_int_equal(status, BH_ENOMEM);
		}
		free(block);
	}
	print_message("a primary's tree needs %zu bytes\n", needed);
	assert_in_range(needed, 1000, 4000);
	free(vm);
}

static int machine_make(void **state)
{
	(void)state;
	fake_machine_reset(8);
	fake_uart_attach();
	memset(tree, 0xFF, sizeof(tree));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_primary, machine_make),
		cmocka_unit_test_setup(test_secondary, machine_make),
		cmocka_unit_test_setup(test_nodes, machine_make),
		cmocka_unit_test_setup(test_gicv2, machine_make),
		cmocka_unit_test_setup(test_login, machine_make),
		cmocka_unit_test_setup(test_largest, machine_make),
		cmocka_unit_test_setup(test_every_room, machine_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
