/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The device tree that a VM boots with: what it has, and nothing else.
 */
#ifndef HV_ARM64_VMDT_H
#define HV_ARM64_VMDT_H

#include <bulkhead/enclave.h>
#include <bulkhead/types.h>
#include <hv/arm64/limits.h>
#include <hv/arm64/vm.h>
#include <lib/range.h>

#define VMDT_STREAMS (MAX_VMS * MAX_REGIONS)

struct vmdt_stream {
	uint64_t start, size;
	uint16_t peer; /* VM at the other end */
};

struct vmdt {
	const struct vm *vm;
	const struct enclave_range *memory; /* what the VM owns */
	unsigned memory_count;
	uint32_t nodes; /* NUMA nodes it spans: 1 at least; with one there is nothing to tell */
	struct range ramdisk; /* start == end: none */
	struct range log;     /* start == end: not shown to this VM */
	bool console;
	bool pci;             /* some functions of the host bridge */
	const char *bootargs; /* NULL: none */
	const struct vmdt_stream *streams;
	unsigned stream_count;
};

/* Writes the tree to `out`; BH_ENOMEM when it needs more than `room` bytes. */
int vmdt_write(const struct vmdt *what, void *out, size_t room);

#endif
