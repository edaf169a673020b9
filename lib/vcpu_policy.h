/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an enclave's cores may do without an exit, as the bitmaps of the two kinds of processors say it: a set bit is an exit. What an exit
 * leads to the hypervisor knows (hv/x86/msr.c); the controller makes the bitmaps, one pair for an enclave.
 */
#ifndef LIB_VCPU_POLICY_H
#define LIB_VCPU_POLICY_H

#include <bulkhead/enclave.h>
#include <bulkhead/vcpu.h>
#include <stdbool.h>

#define VCPU_MSR_BITMAP_SIZE 0x2000u
#define VCPU_IO_BITMAP_SIZE  0x3000u

/* The floor, and what `features` (VCPU_*) take away beyond it. */
void vcpu_bitmaps_make(enum vcpu_backend backend, uint32_t features, uint8_t *msrs, uint8_t *ports);
/*
 * Why something cannot be granted, in words; NULL: it can, as far as that does not depend on the machine's memory. Never granted is what would
 * undo what the floor protects: guarded MSRs, interrupt controllers, ports that reset the machine or reach any device, or memory by DMA.
 */
const char *vcpu_grant_refusal(const struct enclave_grant *grant);
/* Ports and MSRs of one that is not refused. False: the processor's bitmap does not have that MSR. */
bool vcpu_grant_apply(enum vcpu_backend backend, uint8_t *msrs, uint8_t *ports,
		      const struct enclave_grant *grant);

#endif
