/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The boot protocol of co-kernels on x86-64 (docs/boot-x86.md): what Linux's module puts into an enclave's memory before it starts the
 * enclave's cores, and what both share while it runs. Any small kernel that keeps it can be a co-kernel.
 *
 * Image: a flat binary that begins with struct cokernel_image, loaded at a multiple of 2 MiB anywhere in the enclave's memory, so its first
 * instructions do not depend on the address. Memory behind the file, up to memory_size, is zero.
 *
 * Entry, for each core alike, those added later included: at image + entry; 64-bit mode, interrupts off, direction flag clear, CS and the data
 * segments flat; RDI the physical address of struct cokernel_boot, RSI the core's index in its cores[]; no stack, no IDT; CR0 with PE, PG and WP,
 * CR4 with PAE, EFER with LME, LMA and NXE. The tables map the enclave's memory of that moment, the shared region, the local APIC's page and
 * the trampoline's to their own addresses; they and the GDT lie in the page range boot.early, which stays the module's: it makes the tables
 * anew, from the enclave's memory of that moment, before it starts a core that is added later: a core has left them for tables of the
 * co-kernel's before its state says COKERNEL_CORE_UP. The units of 2 MiB with them and with the image are never released.
 *
 * The co-kernel uses the cores, the memory and the vectors that are named here and nothing else. It does not write IA32_APIC_BASE, the TSC
 * or its adjustment. A core that it gives up executes CLI and HLT after its state says COKERNEL_CORE_DOWN, with its caches as they are.
 */
#ifndef BULKHEAD_COKERNEL_H
#define BULKHEAD_COKERNEL_H

#include <assert.h>
#include <bulkhead/enclave.h>
#include <bulkhead/log.h>
#include <bulkhead/stream.h>
#include <stdint.h>

#define COKERNEL_IMAGE_MAGIC UINT64_C(0x6c656e72656b6f63) /* "cokernel" */
#define COKERNEL_VERSION     1

struct cokernel_image {
	uint64_t magic;   /* COKERNEL_IMAGE_MAGIC */
	uint32_t version; /* COKERNEL_VERSION */
	uint32_t zero;
	uint64_t entry; /* offset, within the file */
	uint64_t
		memory_size; /* bytes, that of the file at least: code, data and what is zero at first */
};
static_assert(sizeof(struct cokernel_image) == 32, "an ABI");

#define COKERNEL_BOOT_MAGIC     0x746f6f62u /* "boot" */
#define COKERNEL_CORES_MAX      ENCLAVE_VCPUS_MAX
#define COKERNEL_PARAMETERS_MAX ENCLAVE_BOOTARGS_MAX
#define COKERNEL_X2APIC         1u /* flags: the cores' local APICs are in x2APIC mode */
/* Vectors for the enclave's use by others: the first is the doorbell, the others are handed out at run time. Below: the co-kernel's own. */
#define COKERNEL_VECTOR_FIRST 0xE0u
#define COKERNEL_VECTOR_LAST  0xEEu

/* A core and where it sits. The entries of all cores the enclave may ever get are there, in any order; those with index below core_count start. */
struct cokernel_core {
	uint32_t apic_id;
	uint32_t node;    /* below node_count */
	uint32_t package; /* as Linux counts them */
	uint32_t core;    /* within the package */
	uint32_t thread;  /* within the core */
	uint32_t linux_cpu;
};

struct cokernel_boot {
	uint32_t magic;   /* COKERNEL_BOOT_MAGIC */
	uint16_t version; /* COKERNEL_VERSION */
	uint16_t enclave; /* its id */
	uint32_t size;    /* bytes of this structure */
	uint32_t flags;
	uint32_t core_count;  /* at boot: 1 to COKERNEL_CORES_MAX */
	uint32_t range_count; /* at boot: 1 to ENCLAVE_RANGES_MAX */
	uint32_t node_count;  /* 1 to ENCLAVE_NODES_MAX */
	uint32_t zero;
	uint64_t tsc_khz;
	uint64_t wall_ns; /* since 1970, when the TSC was wall_tsc */
	uint64_t wall_tsc;
	struct enclave_blob image;   /* as loaded, all of memory_size */
	struct enclave_blob ramdisk; /* size 0: none */
	struct enclave_blob early;   /* this structure, the first tables and the GDT */
	struct enclave_blob shared;  /* Linux's memory: struct cokernel_shared */
	uint8_t seed[32];            /* for the kernel's random numbers */
	struct cokernel_core cores[COKERNEL_CORES_MAX];
	struct enclave_range ranges
		[ENCLAVE_RANGES_MAX]; /* the enclave's memory, all of the above but `shared` in it */
	uint8_t distances[ENCLAVE_NODES_MAX][ENCLAVE_NODES_MAX];
	char parameters[COKERNEL_PARAMETERS_MAX]; /* NUL-terminated */
};
static_assert(sizeof(struct cokernel_core) == 24, "an ABI");
static_assert(sizeof(struct cokernel_boot) == 56 + 64 + 32 + 32 * 24 + 96 * 24 + 64 + 512,
	      "an ABI");
static_assert(sizeof(struct cokernel_boot) <= 4096, "a page");

enum cokernel_core_state {
	COKERNEL_CORE_AWAY = 0,    /* Linux's, or not started */
	COKERNEL_CORE_ENTERED = 1, /* written by the module's trampoline: jumps to the image */
	COKERNEL_CORE_UP = 2,      /* written by the co-kernel from here on */
	COKERNEL_CORE_DOWN = 3     /* has given itself up: off, or told to go */
};

enum cokernel_end {
	COKERNEL_LIVES = 0,
	COKERNEL_OFF = 1,  /* an orderly end */
	COKERNEL_PANIC = 2 /* see `report` */
};

#define COKERNEL_REPORT_MAX 2048u

/* Memory that the enclave shares with Linux, and with others that have the region. */
#define COKERNEL_REGIONS_MAX 16
#define COKERNEL_EXTENTS_MAX 16
#define COKERNEL_REGION_NAME 32
#define COKERNEL_REGION_READ 1u /* flags: the enclave does not write to it */

struct cokernel_region {
	uint32_t id; /* 0: this slot is free */
	uint32_t flags;
	uint32_t extent_count;
	uint32_t zero;
	char name[COKERNEL_REGION_NAME]; /* NUL-terminated */
	struct enclave_blob
		extents[COKERNEL_EXTENTS_MAX]; /* multiples of 4 KiB, in the region's order */
};
static_assert(sizeof(struct cokernel_region) == 48 + 16 * 16, "an ABI");

/* What the enclave may signal beside Linux's doorbell: a fixed IPI, edge, physical destination. */
#define COKERNEL_TARGETS_MAX 16

struct cokernel_target {
	uint32_t apic;
	uint32_t vector; /* 0: this slot is free */
	uint32_t id;     /* of the vector, as the operator's tools know it */
	uint32_t zero;
};

/*
 * Linux's memory, which the co-kernel may write; neither side believes the other. The stream region with the job's streams comes first (stream.h; its
 * exchange part carries cores, memory, vectors and shared regions, exchange.h), then the co-kernel's log (log.h).
 *
 * Doorbell down: COKERNEL_VECTOR_FIRST, at core 0, for a probe at any core. Doorbell up: a fixed IPI, edge, physical destination, of doorbell_vector at doorbell_apic; read both anew each
 * time, they change when Linux moves the interrupt. Several may become one. The co-kernel rings when it wrote into an empty ring, waits for room, or
 * changed `end` or a core's state.
 */
struct cokernel_shared {
	uint8_t streams[STREAM_REGION_SIZE];
	uint8_t log[BH_LOG_REGION_SIZE]; /* struct bh_log, set up by Linux */
	uint32_t doorbell_apic;          /* written by Linux */
	uint32_t doorbell_vector;        /* written by Linux, 0: none */
	uint32_t
		probe; /* written by Linux: a core that takes a doorbell answers with this number */
	uint32_t end;  /* enum cokernel_end; whoever ends the kernel writes it, after `report` */
	uint32_t core_state[COKERNEL_CORES_MAX]; /* enum cokernel_core_state */
	uint32_t answer[COKERNEL_CORES_MAX];
	char report[COKERNEL_REPORT_MAX]; /* of a panic: text, NUL-terminated */
	struct cokernel_region regions
		[COKERNEL_REGIONS_MAX]; /* written by Linux: before the start, and exchange.h */
	struct cokernel_target
		targets[COKERNEL_TARGETS_MAX]; /* written by Linux, at any time: read them anew */
};

#endif
