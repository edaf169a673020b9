/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Emulated registers in memory: a VM's loads and stores in a few address ranges that its stage 2 does not map. The table of a VM is filled
 * when it is built and constant after; handlers run on any core, for several vCPUs at once, and have locks of their own.
 */
#ifndef HV_ARM64_MMIO_H
#define HV_ARM64_MMIO_H

#include <bulkhead/types.h>

struct cpu;
struct vcpu;
struct vm;

struct mmio_access {
	uint64_t
		offset; /* from the start of the region; a multiple of size, and all of the access lies in the region */
	uint64_t
		value; /* written, with nothing above size; or what a read gives: what is above size is ignored */
	uint32_t size; /* bytes: 1, 2, 4, 8 */
	bool write;
};

enum mmio_result {
	MMIO_DONE,  /* the vCPU goes on behind the instruction */
	MMIO_AGAIN, /* it takes its interrupts and executes the instruction again */
	MMIO_FAULT  /* as if there was no region */
};

/* `vcpu` is current. Offsets and values are the guest's: anything. */
typedef enum mmio_result (*mmio_handler)(struct vcpu *vcpu, struct mmio_access *access);

struct mmio_region {
	uint64_t start, end;
	mmio_handler handler;
};

#define MAX_MMIO 4 /* regions of one VM */

/* At boot: adds a region; whoever builds the VM sees to it that there is nothing else. ENOMEM: no entry left. */
int mmio_add(struct vm *vm, uint64_t start, uint64_t size, mmio_handler handler);
/* A data abort of the current vCPU at `ipa`; false when it is not one that is emulated, and a fault. */
bool mmio_emulate(struct cpu *cpu, uint32_t iss, uint64_t ipa);

#endif
