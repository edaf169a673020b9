/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A whole node on the fake machine: four cores, a primary and three secondaries, made by the real
 * load.c from a boot bundle; and the ways into the hypervisor that a guest or an interrupt takes.
 */
#ifndef TESTS_UNIT_HV_FAKE_NODE_H
#define TESTS_UNIT_HV_FAKE_NODE_H

#include <bulkhead/log.h>
#include <hv/arm64/manifest.h>
#include <hv/arm64/vm.h>

#define NODE_CORES 4u
#define NODE_VMS   4u
#define NODE_UART  33u /* interrupt of the primary's console */

#define NODE_RAM_SIZE (64 * SIZE_2M)
#define NODE_GICV     UINT64_C(0x8040000)

/* the first is the primary */
extern struct manifest node_manifest;
extern const struct bh_log *node_log;

/* what the boot bundle holds; a test may change it, and the manifest, before node_boot */
extern struct node_bundle {
	const char *image_magic; /* at byte 56 of an arm64 Image */
	uint64_t text_offset, image_size;
	size_t image_bytes, ramdisk_bytes;
	size_t lost; /* bytes at the end of the archive */
	unsigned gic_version;
} node_bundle;

/* Byte n of the image behind its header, and of the ramdisk. */
#define NODE_IMAGE_BYTE(n)   ((uint8_t)((n)*7 + 1))
#define NODE_RAMDISK_BYTE(n) ((uint8_t)((n)*5 + 3))

/* Once in a process. Core 0 is in the primary then, the others are off. */
void node_boot(void);
/* What boot.c's cpu_prepare does on a core that was turned on. */
void node_core_start(uint32_t core);
/* The vCPU on the core takes an exception to EL2, and goes on when the call returns. */
void node_exit_sync(uint32_t core, unsigned exception_class, uint32_t iss);
void node_exit_irq(uint32_t core);
void node_exit_serror(uint32_t core, uint32_t iss);

#endif
