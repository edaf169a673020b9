/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one path for a guest that hits a wall: a secondary ends with a fault record; the primary, without which nothing
 * would be scheduled, gets the exception that a machine without the resource would raise.
 */
#ifndef HV_ARM64_FAULT_H
#define HV_ARM64_FAULT_H

#include <bulkhead/fault.h>

struct cpu;
struct vcpu;
struct vm;

/* Acts on the current vCPU of the core: see above. `ipa`: for memory causes. */
void fault_report(struct cpu *cpu, enum bh_fault_cause cause, uint64_t ipa);
/* The primary, which is current, gets the SError that the core has taken, once it is ready to. */
void fault_error_inject(struct cpu *cpu);
/* Ends another VM, as the primary wants it. */
void fault_stop(const struct cpu *cpu, struct vm *vm);
/* Fills a record with the state of the current vCPU of the core. */
void fault_fill(const struct cpu *cpu, enum bh_fault_cause cause, uint64_t ipa,
		struct bh_fault *out);

#endif
