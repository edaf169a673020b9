/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Boots the fake machine (see node.h).
 */
#include "node.h"
#include "../lwk_fake/archive.h"
#include "../unit.h"
#include "gic.h"
#include "machine.h"
#include <bulkhead/ffa.h>
#include <bulkhead/stream.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/load.h>
#include <hv/arm64/log.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/platform.h>

/* defined in traps.c, called from vectors.S */
void trap_sync(void);
void trap_irq(void);
void trap_serror(void);

struct manifest node_manifest = {
	.vm_count = NODE_VMS,
	.vms = {
		{.node = "lwk",
		 .id = FFA_PRIMARY_ID,
		 .primary = true,
		 .console = true,
		 .vcpus = NODE_CORES,
		 .ffa_version = FFA_VERSION_1_1,
		 .uuid = {1, 0, 0, 0},
		 .memory_size = 4 * SIZE_2M,
		 .numa_nodes = 1,
		 .image = "image",
		 .ramdisk = "ramdisk",
		 .bootargs = "tick=100"},
		{.node = "vm2",
		 .id = 2,
		 .vcpus = 1,
		 .ffa_version = FFA_VERSION_1_0,
		 .uuid = {2, 0, 0, 7},
		 .memory_size = 2 * SIZE_2M,
		 .numa_nodes = 1,
		 .image = "image",
		 .region_count = 1,
		 .regions = {{STREAM_REGION_SIZE / PAGE_SIZE, FFA_PRIMARY_ID}}},
		{.node = "vm3",
		 .id = 3,
		 .vcpus = 3,
		 .ffa_version = FFA_VERSION_1_1,
		 .uuid = {2, 0, 0, 7},
		 .memory_size = 2 * SIZE_2M,
		 .numa_nodes = 1,
		 .load_address = FAKE_RAM_BASE + 32 * SIZE_2M,
		 .image = "image",
		 .ramdisk = "ramdisk",
		 .region_count = 2,
		 .regions = {{STREAM_REGION_SIZE / PAGE_SIZE, FFA_PRIMARY_ID},
			     {1, FFA_PRIMARY_ID}}},
		{.node = "vm64",
		 .id = MAX_VMS,
		 .vcpus = 2,
		 .ffa_version = FFA_VERSION_1_1,
		 .uuid = {0, 0, 0, 64},
		 .memory_size = SIZE_2M,
		 .numa_nodes = 1,
		 .image = "image"},
	}};

const struct bh_log *node_log;

struct node_bundle node_bundle = {
	.image_magic = "ARM\x64",
	.text_offset = 0x1000,
	.image_size = 0x6000,
	.image_bytes = 0x2345,
	.ramdisk_bytes = 0x1801,
	.gic_version = 3,
};

static void bundle_make(void)
{
	/* an arm64 Image (Documentation/arm64/booting) */
	size_t size = node_bundle.image_bytes;
	uint8_t *image = calloc(1, size + 64), *ramdisk = malloc(node_bundle.ramdisk_bytes + 1);
	struct archive bundle = {0};

	for (size_t i = 64; i < size; i++)
		image[i] = NODE_IMAGE_BYTE(i);
	for (size_t i = 0; i < node_bundle.ramdisk_bytes; i++)
		ramdisk[i] = NODE_RAMDISK_BYTE(i);
	memcpy(image + 8, &node_bundle.text_offset, 8);
	memcpy(image + 16, &node_bundle.image_size, 8);
	memcpy(image + 56, node_bundle.image_magic, 4);
	archive_add(&bundle, "image", 0100644, image, size);
	archive_add(&bundle, "ramdisk", 0100644, ramdisk, node_bundle.ramdisk_bytes);
	archive_end(&bundle);
	platform.bundle = (struct range){(uint64_t)bundle.data,
					 (uint64_t)bundle.data + bundle.size - node_bundle.lost};
	free(image);
	free(ramdisk);
}

void node_boot(void)
{
	static struct range free_ranges[16];
	static struct range_set free_memory = RANGE_SET(free_ranges);
	int64_t (*firmware)(uint64_t, uint64_t, uint64_t, uint64_t) = fake_firmware;
	pa_t log;

	fake_machine_reset(NODE_CORES);
	fake_firmware = firmware;
	fake_uart_attach();
	platform.gic_version = node_bundle.gic_version;
	platform.gicv = (struct range){NODE_GICV, NODE_GICV + 2 * PAGE_SIZE};
	assert_true(fake_ram_map(FAKE_RAM_BASE, NODE_RAM_SIZE));
	assert_int_equal(range_add(&platform.ram, FAKE_RAM_BASE, NODE_RAM_SIZE), 0);
	assert_int_equal(range_add(&free_memory, FAKE_RAM_BASE, NODE_RAM_SIZE), 0);
	bundle_make();
	assert_int_equal(memory_init(&platform.ram, &free_memory), 0);
	assert_int_equal(memory_take(SIZE_2M, &log), 0);
	log_init(log);
	node_log = (const struct bh_log *)log.v;
	load_vms(&node_manifest, log);
	node_core_start(0);
}

void node_core_start(uint32_t core)
{
	struct vcpu *vcpu = &vm_primary()->vcpus[core];

	fake_core_select(core);
	fake_gics[core] = (struct fake_gic){0};
	cpus[core].primary = vcpu;
	vcpu->core = core;
	vcpu->state = VCPU_RUNNING;
	vcpu_load_first(&cpus[core], vcpu);
}

void node_exit_sync(uint32_t core, unsigned exception_class, uint32_t iss)
{
	fake_core_select(core);
	fake_core->esr_el2 = (uint64_t)exception_class << 26 | ESR_IL | iss;
	trap_sync();
}

void node_exit_irq(uint32_t core)
{
	fake_core_select(core);
	trap_irq();
}

void node_exit_serror(uint32_t core, uint32_t iss)
{
	fake_core_select(core);
	fake_core->esr_el2 = 0x2FULL << 26 | ESR_IL | iss;
	trap_serror();
}
