/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PCI functions for the login VM: what is read from the machine's device tree, what is silenced at
 * boot, what is mapped, and what the rest of configuration space answers.
 */
#include "hv_fake/machine.h"
#include "hv_fake/vm_make.h"
#include "unit.h"
#include <hv/arm64/cpu.h>
#include <hv/arm64/manifest.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/mmio.h>
#include <hv/arm64/pci.h>
#include <hv/arm64/regs.h>
#include <libfdt.h>

#define ECAM      UINT64_C(0x4010000000)
#define WINDOW    0x10000000u
#define WIDTH     0x2EFF0000u
#define GIC       0x8002u
#define DISK      (1u << 3)
#define CARD      (2u << 3)
#define BRIDGE    (4u << 3)
#define FUNCTIONS 256u

static _Alignas(8) uint8_t tree[8192];
static uint32_t space[FUNCTIONS][PAGE_SIZE / 4]; /* configuration space */

static uint32_t *config_register(uint64_t address)
{
	if (address < ECAM || address >= ECAM + sizeof(space))
		return NULL;
	return &space[(address - ECAM) / PAGE_SIZE][(address - ECAM) % PAGE_SIZE / 4];
}

static void function_make(unsigned function, uint32_t header, uint32_t pin)
{
	space[function][0] = 0x10421AF4;
	space[function][1] = 0x00100007;
	space[function][3] = header << 16;
	space[function][15] = pin << 8;
}

static void must(int error)
{
	assert_int_equal(error, 0);
}

static void cells(const char *name, const uint32_t *values, unsigned count)
{
	fdt32_t *at;

	must(fdt_property_placeholder(tree, name, (int)count * 4, (void **)&at));
	for (unsigned i = 0; i < count; i++)
		at[i] = cpu_to_fdt32(values[i]);
}

#define CELLS(name, ...)                             \
	cells(name, (const uint32_t[]){__VA_ARGS__}, \
	      sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* Lines turn by device, as on QEMU's board; the controller has an address of two cells in the map. */
static void map_write(uint32_t spi_type)
{
	uint32_t map[16 * 10] = {0}, *at = map;

	for (uint32_t device = 0; device < 4; device++) {
		for (uint32_t pin = 1; pin <= 4; pin++, at += 10) {
			at[0] = device << 11;
			at[3] = pin;
			at[4] = GIC;
			at[7] = spi_type;
			at[8] = 3 + (device + pin - 1) % 4;
			at[9] = 4;
		}
	}
	cells("interrupt-map", map, 160);
	CELLS("interrupt-map-mask", 0x1800, 0, 0, 7);
}

static void machine_tree(bool coherent, uint32_t spi_type)
{
	memset(&pci, 0, sizeof(pci));
	must(fdt_create(tree, sizeof(tree)));
	must(fdt_finish_reservemap(tree));
	must(fdt_begin_node(tree, ""));
	must(fdt_property_u32(tree, "#address-cells", 2));
	must(fdt_property_u32(tree, "#size-cells", 2));
	must(fdt_begin_node(tree, "intc"));
	must(fdt_property_u32(tree, "#address-cells", 2));
	must(fdt_property_u32(tree, "phandle", GIC));
	must(fdt_end_node(tree));
	must(fdt_begin_node(tree, "pcie"));
	must(fdt_property_string(tree, "compatible", "pci-host-ecam-generic"));
	CELLS("reg", ECAM >> 32, (uint32_t)ECAM, 0, 0x10000000);
	CELLS("ranges", 0x01000000, 0, 0, 0, 0x3EFF0000, 0, 0x10000, 0x02000000, 0, WINDOW, 0,
	      WINDOW, 0, WIDTH, 0x03000000, 0x80, 0, 0x80, 0, 0x80, 0);
	if (coherent)
		must(fdt_property(tree, "dma-coherent", NULL, 0));
	map_write(spi_type);
	must(fdt_end_node(tree));
	must(fdt_end_node(tree));
	must(fdt_finish(tree));
	pci_read(tree);
}

static void test_tree(void **state)
{
	(void)state;
	machine_tree(true, 0);
	assert_int_equal(pci.ecam.start, ECAM);
	assert_int_equal(pci.ecam.end, ECAM + sizeof(space));
	assert_int_equal(pci.window.start, WINDOW);
	assert_int_equal(pci.window.end, WINDOW + WIDTH);
	assert_true(pci.coherent);
	assert_int_equal(pci.mask, 0x18);
	assert_int_equal(pci.line_count, 16);
	assert_int_equal(pci.lines[5].function, DISK);
	assert_int_equal(pci.lines[5].pin, 2);
	assert_int_equal(pci.lines[5].intid, 32 + 5);
	machine_tree(false, 1); /* private interrupts: not lines of a bridge */
	assert_false(pci.coherent);
	assert_int_equal(pci.line_count, 0);
}

static void test_silence(void **state)
{
	(void)state;
	machine_tree(true, 0);
	pci_silence();
	for (unsigned function = 0; function < FUNCTIONS; function++) {
		bool there = function == DISK || function == CARD || function == BRIDGE;

		/* decoding and bus mastering off, status bits not cleared */
		assert_int_equal(space[function][1], there ? 0x0400 : 0);
		assert_int_equal(space[function][0], there ? 0x10421AF4 : ~0u);
	}
}

/* A function with capabilities at these places, the last of them PCI Express if `express` */
static void capabilities_make(unsigned function, const uint8_t *at, unsigned count, bool express)
{
	space[function][13] = at[0];
	for (unsigned i = 0; i < count; i++) {
		bool last = i == count - 1;

		space[function][at[i] / 4] = (uint32_t)(last ? 0 : at[i + 1] << 8) |
					     (last && express ? 0x10 : 0x11);
	}
}

#define CAPABILITIES(function, express, ...)                        \
	capabilities_make(function, (const uint8_t[]){__VA_ARGS__}, \
			  sizeof((const uint8_t[]){__VA_ARGS__}), express)

/* Those that know how to are reset, once their bus mastering is off; then they have their time, and are silenced again. */
static void test_reset(void **state)
{
	(void)state;
	machine_tree(true, 0);
	fake_core->cntvct_el0 = 5000;
	fake_core->cntfrq_el0 = 1000;
	CAPABILITIES(DISK, true, 0x98, 0x40, 0x84);
	space[DISK][0x88 / 4] = 1u << 28;
	space[DISK][0x8C / 4] = 0x000F2810;
	CAPABILITIES(CARD, true, 0x40); /* cannot be reset */
	space[CARD][0x48 / 4] = 0x2810;
	pci_reset_begin();
	assert_int_equal(space[DISK][1], 0x0400);
	assert_int_equal(space[DISK][0x8C / 4], 0xA810); /* no status bit cleared */
	assert_int_equal(space[CARD][0x48 / 4], 0x2810);
	assert_false(pci_reset_end());
	space[DISK][1] = 0x00100000; /* as after a reset */
	fake_core->cntvct_el0 += 99;
	assert_false(pci_reset_end());
	assert_int_equal(space[DISK][1], 0x00100000);
	fake_core->cntvct_el0 += 1;
	assert_true(pci_reset_end());
	assert_int_equal(space[DISK][1], 0x0400);
}

/* Without anything to wait for; lists that end nowhere, or lead anywhere */
static void test_reset_of_nothing(void **state)
{
	(void)state;
	machine_tree(true, 0);
	fake_core->cntvct_el0 = 5000;
	CAPABILITIES(DISK, false, 0x40, 0x50);
	space[DISK][0x50 / 4] |= 0x40 << 8; /* in a ring */
	CAPABILITIES(CARD, true, 0x3C);     /* in the header */
	pci_reset_begin();
	assert_true(pci_reset_end());
	memset(&pci, 0, sizeof(pci));
	pci_reset_begin();
	assert_true(pci_reset_end());
}

static bool is_mapped(const struct vm *vm, uint64_t address)
{
	struct pt_leaf leaf;

	return pt_lookup(&vm->stage2, address, &leaf);
}

static void test_assign(void **state)
{
	const struct manifest_vm m = {
		.node = "vm2", .login = true, .function_count = 2, .functions = {DISK, CARD}};
	struct vm *vm = vm_make(2, 1, 16);

	(void)state;
	machine_tree(true, 0);
	vm->role = VM_LOGIN;
	pci_assign(vm, &m);
	for (unsigned function = 0; function < FUNCTIONS; function++)
		assert_int_equal(is_mapped(vm, ECAM + function * PAGE_SIZE),
				 function == DISK || function == CARD);
	assert_true(is_mapped(vm, WINDOW) && is_mapped(vm, WINDOW + WIDTH - PAGE_SIZE));
	assert_false(is_mapped(vm, WINDOW + WIDTH) || is_mapped(vm, WINDOW - PAGE_SIZE));
	/* pin 1 of device 1, pin 3 of device 2 */
	assert_int_equal(vm->devices[0], UINT64_C(1) << (32 + 4) | UINT64_C(1) << (32 + 3));
	vm_free(vm);
}

static void test_absent(void **state)
{
	const struct manifest_vm m = {
		.node = "vm2", .login = true, .function_count = 1, .functions = {DISK}};
	struct vm *vm = vm_make(2, 1, 16);
	struct cpu *cpu = &cpus[0];

	(void)state;
	machine_tree(true, 0);
	vm->role = VM_LOGIN;
	pci_assign(vm, &m);
	cpu->current = &vm->vcpus[0];
	cpu->current->x[3] = 0;
	assert_true(mmio_emulate(cpu, ISS_ISV | 2u << 22 | 3u << 16, ECAM + CARD * PAGE_SIZE));
	assert_int_equal(cpu->current->x[3], UINT32_MAX);
	cpu->current->x[3] = 0x0406;
	assert_true(mmio_emulate(cpu, ISS_ISV | 2u << 22 | 3u << 16 | ISS_WNR,
				 ECAM + CARD * PAGE_SIZE + 4));
	assert_int_equal(space[CARD][1], 0x00100007);
	assert_false(mmio_emulate(cpu, ISS_ISV | 2u << 22 | 3u << 16, ECAM + sizeof(space)));
	vm_free(vm);
}

static int machine_make(void **state)
{
	static struct range ram_ranges[4], free_ranges[4];
	static struct range_set ram, rest;

	(void)state;
	fake_machine_reset(1);
	ram = (struct range_set)RANGE_SET(ram_ranges);
	rest = (struct range_set)RANGE_SET(free_ranges);
	range_add(&ram, FAKE_RAM_BASE + 0x40000000, 4 * SIZE_2M);
	range_add(&rest, FAKE_RAM_BASE + 0x40000000, 4 * SIZE_2M);
	fake_ram_map(FAKE_RAM_BASE + 0x40000000, 4 * SIZE_2M);
	must(memory_init(&ram, &rest));
	fake_registers = config_register;
	memset(space, 0, sizeof(space));
	for (unsigned function = 0; function < FUNCTIONS; function++)
		space[function][0] = ~0u;
	function_make(DISK, 0, 1);
	function_make(CARD, 0x80, 3); /* of several functions */
	function_make(BRIDGE, 1, 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_tree, machine_make),
		cmocka_unit_test_setup(test_silence, machine_make),
		cmocka_unit_test_setup(test_reset, machine_make),
		cmocka_unit_test_setup(test_reset_of_nothing, machine_make),
		cmocka_unit_test_setup(test_assign, machine_make),
		cmocka_unit_test_setup(test_absent, machine_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
