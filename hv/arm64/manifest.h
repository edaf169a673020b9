/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The boot manifest, checked: which partitions exist at boot. The binding is in docs/boot-arm64.md. Needs nothing of the
 * hypervisor but libfdt, so that it is tested on the build host.
 */
#ifndef HV_ARM64_MANIFEST_H
#define HV_ARM64_MANIFEST_H

#include <bulkhead/types.h>
#include <hv/arm64/limits.h>

#define MANIFEST_NAME_MAX 32

struct manifest_region {
	uint32_t pages;
	uint16_t owner; /* VM id; the partition that lists the region is the borrower */
};

/* Strings point into the manifest's device tree. */
struct manifest_vm {
	const char *node;
	uint16_t id;
	bool primary;
	bool login;
	bool console;
	bool forward;     /* its device interrupts go to the primary, which forwards them */
	bool memory_rest; /* the primary: owns what nobody else gets */
	uint32_t vcpus;
	uint32_t ffa_version;
	uint32_t uuid[4];
	uint64_t memory_size;
	uint64_t load_address; /* 0: wherever memory is free */
	uint32_t numa_nodes;   /* its vCPUs and memory are split evenly between nodes 0 to n - 1 */
	const char *image;
	const char *ramdisk;  /* NULL: none */
	const char *bootargs; /* NULL: none */
	unsigned function_count;
	uint16_t functions[MAX_FUNCTIONS]; /* PCI: bus 15:8, device 7:3, function 2:0 */
	unsigned region_count;
	struct manifest_region regions[MAX_REGIONS];
};

struct manifest {
	unsigned vm_count; /* vms[0] is the primary */
	struct manifest_vm vms[MAX_VMS];
};

struct manifest_error {
	char text[200]; /* one line: node, property, what is wrong */
};

/*
 * Fills *out from the flattened tree at `fdt`, of at most `size` bytes. `cores`: what the machine has. BH_ECORRUPT and the line in
 * *error when the manifest is not well-formed or contradicts itself.
 */
int manifest_parse(const void *fdt, size_t size, uint32_t cores, struct manifest *out,
		   struct manifest_error *error);

#endif
