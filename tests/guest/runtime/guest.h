/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What this guest is, as its device tree says. Filled before main, constant after.
 */
#ifndef TESTS_GUEST_GUEST_H
#define TESTS_GUEST_GUEST_H

#include <bulkhead/types.h>
#include <tests/guest/runtime/core.h>

#define STREAMS_MAX 64

struct span {
	uint64_t start, size;
};

struct guest_stream {
	struct span at;
	uint16_t peer;
};

struct guest {
	bool primary;
	uint16_t id;
	uint16_t login; /* the login VM's, as the primary is told; 0: none */
	uint32_t vcpus;
	uint64_t mpidr[CORES_MAX];
	struct span memory;
	struct span rest; /* more of it, of a primary with bulkhead,memory-rest */
	struct span uart; /* size 0: none */
	struct span log;  /* size 0: none */
	unsigned gic_version;
	uint64_t gicv; /* GICv2: CPU interface */
	uint64_t gicv_size;
	uint64_t gicd, gicr; /* a standard distributor: the login VM's; 0: none. gicr: GICv3 */
	uint64_t ecam;      /* PCI: configuration space of bus 0; 0: none */
	struct span window; /* and addresses for BARs */
	struct guest_stream streams[STREAMS_MAX];
	unsigned stream_count;
	const char *bootargs;
	const void *seed; /* 8 bytes of rng-seed; NULL: none */
};

extern struct guest guest;
extern char _image_start[], _image_end[];

/* Fills `guest`; false when the tree is not what docs/boot-arm64.md promises. */
bool guest_read(const void *fdt);
/* The word `name`=... of the boot arguments, as a number (0x... too), or `otherwise` */
uint64_t guest_argument(const char *name, uint64_t otherwise);
/* The text of a word, up to the next space, into `out`; empty when it is not there */
void guest_word(const char *name, char *out, size_t room);

#endif
