/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VMs made at run time: the calls by which the primary makes, resizes and destroys them (bulkhead/hypercall.h).
 */
#ifndef HV_ARM64_LIFE_H
#define HV_ARM64_LIFE_H

#include <bulkhead/enclave.h>
#include <bulkhead/types.h>
#include <hv/arm64/limits.h>
#include <hv/arm64/measure.h>

struct cpu;
struct vm;

enum life_phase {
	LIFE_BUILDING,
	LIFE_ALIVE,
	LIFE_STOPPING,  /* no vCPU of it runs any more, soon */
	LIFE_LEAVING,   /* out of the table of VMs; other cores may still have found it there */
	LIFE_COLLECTING /* nobody else knows of it: its memory goes back */
};

enum build_step { BUILD_TAKE, BUILD_CHECK, BUILD_CLEAR, BUILD_MAP, BUILD_MEASURE, BUILD_FINISH };

/* In the VM's own unit, behind its vCPUs. Belongs to the core that has claimed the VM, but for `busy`. */
struct vm_life {
	bool busy;      /* claimed by a core; under life_lock */
	uint32_t phase; /* enum life_phase */
	pa_t unit;      /* what the VM's state lies in */

	struct enclave_config config;
	uint32_t step;  /* enum build_step */
	uint32_t range; /* of the config, that the step is at */
	uint64_t done;  /* bytes of it, or of the image */
	uint64_t entry;
	struct measure measure;
	uint8_t digest[ENCLAVE_DIGEST_SIZE];

	bool waits[MAX_CPUS];     /* the core has to show that it has left what it was doing */
	uint32_t kicks[MAX_CPUS]; /* how many it had taken when it began to wait */
	uint64_t cursor;          /* of memory_collect */
};

/* The calls from BH_VM_CREATE on; the current vCPU of the core is the caller. */
void life_call(struct cpu *cpu, uint32_t id);

/* enclave.c: every field that does not depend on the state of memory. */
bool enclave_is_valid(const struct enclave_config *config);
/* enclave.c: one bounded step. 1: call again, 0: done, the VM can run; BH_EINVAL: image or layout is not possible; BH_EPERM; BH_ENOMEM */
int enclave_build(struct vm *vm);

#endif
