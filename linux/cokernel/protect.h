/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The controller: what an enclave's hypervisors (hv/x86) let through, kept in step with what it has. All but protect_bell() and protect_target()
 * with enclave->lock held; for an enclave without protection each does nothing.
 *
 * Order (docs/hv-x86.md): what comes is mapped before the co-kernel hears of it; what goes is unmapped and flushed on all cores after the co-kernel
 * has let go, and before anybody else has it.
 */
#ifndef COKERNEL_PROTECT_H
#define COKERNEL_PROTECT_H

#include <bulkhead/cokerneldev.h>
#include "park.h"

struct enclave;

/* How the processor can do it; 0: it cannot. */
u32 protect_backend(void);
/* What its description says, for one that is being made: isolation and grants. */
int protect_make(struct enclave *enclave);
/* Before its cores start: tables of all it has by then. */
int protect_begin(struct enclave *enclave);
/* The core's hypervisor is made anew, and `entry` leads there. */
int protect_core(struct enclave *enclave, u32 index, struct park_entry *entry);
/* -ENOMEM; -EEXIST. `is_read`: it may not be written. */
int protect_map(struct enclave *enclave, u64 start, u64 size, bool is_read);
/* 0: no core of the enclave can reach it any more. */
int protect_unmap(struct enclave *enclave, u64 start, u64 size);
/* Cores are about to be parked: they leave virtualization. One that does not answer is told by INIT. */
void protect_stop_core(struct enclave *enclave, u32 index);
void protect_stop(struct enclave *enclave);
/* The same for one that the others go on without: they signal it no more. -ETIMEDOUT: one may still. */
int protect_core_leaves(struct enclave *enclave, u32 index);
/* What ended it; BH_FAULT_NONE: nothing has. */
enum bh_fault_cause protect_cause(const struct enclave *enclave);
/* Adds to the record what its hypervisor has written down. */
void protect_fault(const struct enclave *enclave, struct bh_fault *fault);
/* Adds what the hypervisor of core `vcpu` has counted. */
void protect_counters(const struct enclave *enclave, struct bh_counters *counters);
int protect_report(const struct enclave *enclave, struct cokerneldev_vcpu *vcpu);
/* The bell has rung: before anybody looks at the rings. In any context. */
void protect_heard(struct enclave *enclave);
/* Whom it may signal has changed: before the co-kernel hears of a new one, after it has lost one. In any context. */
void protect_bell(struct enclave *enclave, u32 apic, u32 vector);
void protect_target(struct enclave *enclave, u32 slot, u32 apic, u32 vector);
/* All cores are parked. */
void protect_free(struct enclave *enclave);

#endif
