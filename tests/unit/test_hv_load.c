/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the hypervisor makes the VMs of a manifest: what is in their memory when they start, also
 * past the caches; what each reaches, and nobody else; and the line in which each boot ends that
 * cannot be.
 */
#include "hv_fake/machine.h"
#include "hv_fake/node.h"
#include "unit.h"
#include <bulkhead/dt.h>
#include <bulkhead/ffa.h>
#include <bulkhead/log.h>
#include <bulkhead/smccc.h>
#include <bulkhead/stream.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/platform.h>
#include <libfdt.h>
#include <sys/wait.h>
#include <unistd.h>

#define RW  (PT_R | PT_W)
#define RWX (RW | PT_X)

/* --- boots that end in a line --- */

static jmp_buf off_jump;

static int64_t power_off(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	(void)a1, (void)a2, (void)a3;
	fake_require(function == PSCI_SYSTEM_OFF, "the boot ends otherwise than by SYSTEM_OFF");
	longjmp(off_jump, 1);
}

static void wants_missing_image(void)
{
	node_manifest.vms[2].image = "other";
}

static void wants_missing_ramdisk(void)
{
	node_manifest.vms[0].ramdisk = "other";
}

static void bundle_cut(void)
{
	node_bundle.lost = 8;
}

static void image_short(void)
{
	node_bundle.image_bytes = 63;
}

static void image_other(void)
{
	node_bundle.image_magic = "ELF\x64";
}

static void image_offset_large(void)
{
	node_bundle.text_offset = SIZE_2M;
}

static void image_offset_odd(void)
{
	node_bundle.text_offset = 0x1004;
}

static void image_huge(void)
{
	node_bundle.image_size = UINT64_MAX;
}

static void image_fills_memory(void)
{
	node_bundle.image_size = SIZE_2M - node_bundle.text_offset;
	node_manifest.vms[0].memory_size = SIZE_2M;
	node_manifest.vms[0].ramdisk = NULL;
}

static void ramdisk_large(void)
{
	node_bundle.ramdisk_bytes = 4 * SIZE_2M;
}

static void memory_large(void)
{
	node_manifest.vms[1].memory_size = NODE_RAM_SIZE;
}

static void address_outside(void)
{
	node_manifest.vms[2].load_address = FAKE_RAM_BASE + NODE_RAM_SIZE - SIZE_2M;
}

/* the table of owners is at the start of RAM */
static void address_taken(void)
{
	node_manifest.vms[2].load_address = FAKE_RAM_BASE;
}

static void memory_fills_ram(void)
{
	/* all but the owners' table, the log and four units for VMs; nothing is left for regions */
	node_manifest.vm_count = 2;
	node_manifest.vms[1].memory_size = NODE_RAM_SIZE - 4 * SIZE_2M -
					   node_manifest.vms[0].memory_size;
}

static const struct {
	void (*spoil)(void);
	const char *line;
} ends[] = {
	{wants_missing_image,
	 "manifest: /vm3: bulkhead,image: no file \"other\" in the boot bundle"},
	{wants_missing_ramdisk,
	 "manifest: /lwk: bulkhead,ramdisk: no file \"other\" in the boot bundle"},
	{image_short, "manifest: /vm2: bulkhead,image: \"image\" is too short for an image"},
	{image_other, "manifest: /vm2: bulkhead,image: \"image\" is not an arm64 Image"},
	{image_offset_large,
	 "manifest: /vm2: bulkhead,image: \"image\" wants a load offset that is not possible"},
	{image_offset_odd,
	 "manifest: /vm2: bulkhead,image: \"image\" wants a load offset that is not possible"},
	{image_huge, "manifest: /vm2: bulkhead,memory-size: too small for \"image\""},
	{image_fills_memory, "manifest: /vm64: bulkhead,memory-size: no room for the device tree"},
	{ramdisk_large, "manifest: /vm3: bulkhead,memory-size: too small for \"ramdisk\""},
	{memory_large,
	 "manifest: /vm2: bulkhead,memory-size: the machine has not so much free memory"},
	{address_outside, "manifest: /vm3: load-address: no free memory there"},
	{address_taken, "manifest: /vm3: load-address: no free memory there"},
	{memory_fills_ram, "manifest: /vm2: no memory left for its regions"},
};

/* In a process of its own, for what a boot leaves behind. */
static void expect_end(void (*spoil)(void), const char *line)
{
	char expected[300];
	int status;
	pid_t child;

	snprintf(expected, sizeof(expected), "\nbulkhead: %s\n", line);
	child = fork();
	if (child == 0) {
		spoil();
		fake_firmware = power_off;
		if (!setjmp(off_jump))
			node_boot();
		if (strcmp(fake_uart_text, expected) != 0)
			print_error("%s instead of %s", fake_uart_text, expected);
		_exit(strcmp(fake_uart_text, expected) != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		expect_end(ends[i].spoil, ends[i].line);
}

/* A bundle that breaks off behind what is looked for is found out when something is not there. */
static void test_damaged_bundle(void **state)
{
	(void)state;
	node_manifest.vms[0].image = "other";
	expect_end(bundle_cut, "boot bundle: not a cpio archive, or damaged");
	node_manifest.vms[0].image = "image";
}

/* --- a boot that succeeds --- */

static const void *tree_of(const struct vm *vm)
{
	const void *tree = (const void *)vm->vcpus[0].x[0];

	assert_int_equal(fdt_check_full(tree, 0x10000), 0);
	return tree;
}

static uint64_t wide_at(const void *tree, const char *path, const char *property, int index)
{
	int length;
	const fdt32_t *cells = fdt_getprop(tree, fdt_path_offset(tree, path), property, &length);

	if (!cells || length < 8 * (index + 1))
		fail_msg("%s: no %s", path, property);
	return (uint64_t)fdt32_to_cpu(cells[2 * index]) << 32 | fdt32_to_cpu(cells[2 * index + 1]);
}

static void check_memory(const struct manifest_vm *m)
{
	const struct vm *vm = vm_find(m->id);
	const void *tree = tree_of(vm);
	const uint8_t *image = (const uint8_t *)(vm->memory[0].v + node_bundle.text_offset);
	uint64_t end = vm->memory[0].v + m->memory_size, dtb = vm->vcpus[0].x[0];
	char path[40];

	snprintf(path, sizeof(path), "/memory@%llx", (unsigned long long)vm->memory[0].v);
	assert_int_equal(wide_at(tree, path, "reg", 0), vm->memory[0].v);
	assert_int_equal(wide_at(tree, path, "reg", 1), m->memory_size);
	assert_int_equal(vm->vcpus[0].pc, image);
	for (size_t i = 64; i < node_bundle.image_bytes; i++)
		assert_int_equal(image[i], NODE_IMAGE_BYTE(i));
	if (m->ramdisk) {
		uint64_t start = wide_at(tree, "/chosen", "linux,initrd-start", 0);

		assert_int_equal(wide_at(tree, "/chosen", "linux,initrd-end", 0),
				 start + node_bundle.ramdisk_bytes);
		assert_true(start >= (uint64_t)image + node_bundle.image_size);
		assert_true(start + node_bundle.ramdisk_bytes <= dtb);
		for (size_t i = 0; i < node_bundle.ramdisk_bytes; i++)
			assert_int_equal(((const uint8_t *)start)[i], NODE_RAMDISK_BYTE(i));
	}
	/* bss, where the image has none in the file; and what comes after the tree */
	for (size_t i = node_bundle.image_bytes; i < node_bundle.image_size; i++)
		assert_int_equal(image[i], 0);
	assert_true(dtb + 0x10000 <= end && dtb % 8 == 0);
	assert_true(fake_ram_is_zero(dtb + 0x10000, end - dtb - 0x10000));
	assert_true(fake_is_coherent(vm->memory[0].v, m->memory_size));
}

static void check_streams(const struct manifest_vm *m)
{
	const void *tree = tree_of(vm_find(m->id));
	unsigned count = 0;
	int node = -1;

	while ((node = fdt_node_offset_by_compatible(tree, node, DT_STREAM_COMPATIBLE)) >= 0) {
		const fdt32_t *reg = fdt_getprop(tree, node, "reg", NULL);
		const fdt32_t *peer = fdt_getprop(tree, node, "vm-id", NULL);
		uint32_t other = fdt32_to_cpu(*peer);
		uint64_t at = (uint64_t)fdt32_to_cpu(reg[0]) << 32 | fdt32_to_cpu(reg[1]);
		struct pt_leaf leaf;

		count++;
		assert_true(m->primary ? other != FFA_PRIMARY_ID : other == FFA_PRIMARY_ID);
		assert_true(pt_lookup(&vm_find(other)->stage2, at, &leaf));
		assert_true(fake_ram_is_zero(at, fdt32_to_cpu(reg[3])));
		assert_true(fake_is_coherent(at, fdt32_to_cpu(reg[3])));
	}
	assert_int_equal(count, m->primary ? 3 : m->region_count);
}

static void check_vcpus(const struct manifest_vm *m)
{
	const struct vm *vm = vm_find(m->id);

	assert_int_equal(vm->vcpu_count, m->vcpus);
	assert_int_equal(vm->role, m->primary ? VM_PRIMARY : VM_SECONDARY);
	for (uint32_t i = 0; i < m->vcpus; i++) {
		const struct vcpu *vcpu = &vm->vcpus[i];

		assert_true(vcpu->vm == vm && vcpu->index == i);
		assert_int_equal(vcpu->mpidr,
				 UINT64_C(1) << 31 | (m->primary ? platform.cpu_mpidr[i] : i));
		if (i)
			assert_int_equal(vcpu->state, VCPU_OFF);
	}
}

static uint32_t access_to(const struct vm *vm, uint64_t page)
{
	struct pt_leaf leaf;

	if (!pt_lookup(&vm->stage2, page, &leaf))
		return 0;
	assert_int_equal(leaf.pa.v, leaf.in);
	return leaf.attr;
}

/*
 * Every page of RAM: of one VM, or the hypervisor's; shared with one; or the log, which the primary
 * may read.
 */
static void test_walls(void **state)
{
	unsigned shared = 0;

	(void)state;
	for (uint64_t page = FAKE_RAM_BASE; page < FAKE_RAM_BASE + NODE_RAM_SIZE;
	     page += PAGE_SIZE) {
		uint32_t primary = access_to(vm_primary(), page);
		unsigned owners = primary == RWX, borrowers = 0;

		for (unsigned i = 1; i < NODE_VMS; i++) {
			uint32_t other = access_to(vm_find(node_manifest.vms[i].id), page);

			assert_true(other == 0 || other == RW || other == RWX);
			owners += other == RWX;
			borrowers += other == RW;
		}
		assert_true(owners <= 1 && borrowers <= (primary == RWX));
		if (page >= (uint64_t)node_log && page < (uint64_t)node_log + BH_LOG_REGION_SIZE)
			assert_true(primary == PT_R && !owners && !borrowers);
		else
			assert_true(primary == 0 || primary == RWX);
		shared += borrowers;
	}
	assert_int_equal(shared, 2 * STREAM_REGION_SIZE / PAGE_SIZE + 1);
	/* beside RAM: the console, for the primary */
	for (uint64_t page = 0; page < FAKE_RAM_BASE; page += PAGE_SIZE)
		for (unsigned i = 0; i < NODE_VMS; i++)
			assert_int_equal(access_to(vm_find(node_manifest.vms[i].id), page),
					 !i && page == platform.uart.start ? RW | PT_DEVICE : 0);
}

static void test_contents(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NODE_VMS; i++) {
		check_memory(&node_manifest.vms[i]);
		check_streams(&node_manifest.vms[i]);
		check_vcpus(&node_manifest.vms[i]);
	}
	assert_int_equal(vm_find(3)->memory[0].v, node_manifest.vms[2].load_address);
	for (unsigned id = 0; id <= MAX_VMS + 1; id++)
		assert_int_equal(vm_find(id) != NULL, id == 1 || id == 2 || id == 3 || id == 64);
}

/* With GICv2 every VM gets the virtual CPU interface's pages, and no others. */
static void test_gicv2(void **state)
{
	int status;
	pid_t child;

	(void)state;
	child = fork();
	if (child == 0) {
		bool right = true;

		node_bundle.gic_version = 2;
		node_boot();
		for (unsigned i = 0; i < NODE_VMS; i++)
			for (int page = -1; page <= 2; page++)
				right = right &&
					access_to(vm_find(node_manifest.vms[i].id),
						  NODE_GICV + (uint64_t)page * PAGE_SIZE) ==
						(page == 0 || page == 1 ? RW | PT_DEVICE : 0);
		_exit(!right);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static int boot(void **state)
{
	(void)state;
	fake_coherency_watch();
	node_boot();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),  cmocka_unit_test(test_damaged_bundle),
		cmocka_unit_test(test_gicv2), cmocka_unit_test_setup(test_contents, boot),
		cmocka_unit_test(test_walls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
