/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The description of an enclave made at run time: one structure from the operator's tool to the hypervisor. Each hop fills in what it
 * knows: the tool what is wanted (vCPUs, memory by NUMA node, cores, arguments), the primary's kernel addresses. Whoever receives one
 * copies it, then checks every field, and never reads the original again.
 *
 * The hypercall BH_VM_CREATE takes it from memory of the primary's. The first range then holds the image where the image's header wants
 * it (range start + text_offset), and the ramdisk at a page boundary behind; the hypervisor clears the rest of all ranges, measures the
 * image and writes the device tree behind what is last. Behind it 64 KiB must be free in the first range.
 */
#ifndef BULKHEAD_ENCLAVE_H
#define BULKHEAD_ENCLAVE_H

#include <assert.h>
#include <stdint.h>

#define ENCLAVE_VERSION      2
#define ENCLAVE_VCPUS_MAX    32
#define ENCLAVE_NODES_MAX    8
#define ENCLAVE_RANGES_MAX   96
#define ENCLAVE_GRANTS_MAX   16
#define ENCLAVE_NAME_MAX     32  /* bytes with the NUL */
#define ENCLAVE_BOOTARGS_MAX 512 /* bytes with the NUL */
#define ENCLAVE_CORE_ANY     0xFFFFu
#define ENCLAVE_UNIT         UINT64_C(0x200000) /* memory is given and taken in units of 2 MiB */
#define ENCLAVE_TREE_ROOM    0x10000u           /* for the device tree */
#define ENCLAVE_DIGEST_SIZE  32                 /* SHA-256 */

/* Memory on one NUMA node, whole units. start: 0 where an address is not known yet, physical address for the hypervisor. */
struct enclave_range {
	uint64_t start;
	uint64_t size;
	uint32_t node; /* below `nodes` */
	uint32_t zero;
};

/* Bytes that the enclave starts with. start: physical, in the first range; 0 where an address is not known yet. */
struct enclave_blob {
	uint64_t start;
	uint64_t size; /* 0: none */
};

/*
 * What a co-kernel is held to: nothing (NONE), or the floor and the features (VCPU_* of vcpu.h) in the low bits of FEATURES. BEST is for the
 * control task: full, or NONE on a processor that cannot; it is the only one on a partition node, whose hypervisor is there anyway.
 */
#define ENCLAVE_ISOLATION_BEST     0u
#define ENCLAVE_ISOLATION_NONE     0x80000000u
#define ENCLAVE_ISOLATION_FEATURES 0x40000000u

enum enclave_grant_kind {
	ENCLAVE_GRANT_PORT = 1, /* of I/O */
	ENCLAVE_GRANT_MSR = 2,
	ENCLAVE_GRANT_MMIO = 3 /* physical addresses of a device, whole pages of 4 KiB */
};

#define ENCLAVE_GRANT_READ  1u
#define ENCLAVE_GRANT_WRITE 2u /* of ports and MMIO only together with READ */

/* What a co-kernel may use beyond its isolation; lib/vcpu_policy.h says what can be granted. Of no effect without the feature that stops it. */
struct enclave_grant {
	uint16_t kind; /* enum enclave_grant_kind */
	uint16_t ways; /* ENCLAVE_GRANT_READ, _WRITE; ports: both */
	uint32_t zero;
	uint64_t first, last; /* both included */
};

struct enclave_config {
	uint16_t version;     /* ENCLAVE_VERSION */
	uint16_t range_count; /* 1 to ENCLAVE_RANGES_MAX */
	uint32_t size;        /* bytes of this structure */
	uint32_t vcpus;       /* 1 to ENCLAVE_VCPUS_MAX */
	uint32_t nodes; /* NUMA nodes it spans, 1 to 8: vCPU i belongs to node i * nodes / vcpus */
	uint32_t uuid[4];                    /* for FFA_PARTITION_INFO_GET; not zero */
	char name[ENCLAVE_NAME_MAX];         /* NUL-terminated, printable ASCII */
	char bootargs[ENCLAVE_BOOTARGS_MAX]; /* NUL-terminated; /chosen/bootargs */
	uint16_t cores
		[ENCLAVE_VCPUS_MAX]; /* where each vCPU runs, or ENCLAVE_CORE_ANY; the hypervisor does not look at it */
	struct enclave_blob image; /* arm64 Image */
	struct enclave_blob ramdisk;
	uint64_t tables; /* physical: one more unit, for the hypervisor's tables of this VM */
	uint64_t
		streams; /* physical: STREAM_REGION_SIZE of the primary's memory, zeroed, to be shared with the VM */
	uint32_t isolation;   /* ENCLAVE_ISOLATION_* */
	uint32_t grant_count; /* 0 to ENCLAVE_GRANTS_MAX */
	struct enclave_grant grants[ENCLAVE_GRANTS_MAX];
	struct enclave_range ranges[ENCLAVE_RANGES_MAX]; /* those beyond range_count are zero */
};
static_assert(sizeof(struct enclave_range) == 24 && sizeof(struct enclave_grant) == 24 &&
		      sizeof(struct enclave_config) == 688 + 8 + (16 + 96) * 24,
	      "an ABI");
static_assert(sizeof(struct enclave_config) <= 4096, "fits into a page");

/* What BH_VM_INFO answers: one VM, or with id 0 the node. */
#define ENCLAVE_INFO_VERSION 1

enum enclave_stage {
	ENCLAVE_BUILDING, /* BH_VM_BUILD is not done */
	ENCLAVE_ALIVE,
	ENCLAVE_ENDED, /* it has a fault record */
	ENCLAVE_DYING  /* BH_VM_DESTROY has begun */
};

struct enclave_info {
	uint16_t version; /* ENCLAVE_INFO_VERSION */
	uint16_t size;    /* bytes of this structure */
	uint16_t vm;
	uint16_t vcpus;
	uint32_t stage; /* enum enclave_stage */
	uint32_t cause; /* enum bh_fault_cause when ended */
	uint64_t units; /* of 2 MiB, that it owns; of the node: that are the primary's */
	uint64_t vms;   /* of the node only: how many there are, in any stage */
	uint8_t digest[ENCLAVE_DIGEST_SIZE]; /* SHA-256 of the image, for VMs made at run time */
	char name[ENCLAVE_NAME_MAX];
};
static_assert(sizeof(struct enclave_info) == 32 + 64, "an ABI");

#endif
