/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an enclave's cores may do without an exit, as the bitmaps of the two kinds of processors say it: a set bit is an exit. What an exit
 * leads to the hypervisor knows (hv/x86/msr.c); the controller makes the bitmaps, one pair for an enclave.
 */
#ifndef LIB_VCPU_POLICY_H
#define LIB_VCPU_POLICY_H

#include <bulkhead/vcpu.h>
#include <stdbool.h>

#define VCPU_MSR_BITMAP_SIZE 0x2000u
#define VCPU_IO_BITMAP_SIZE  0x3000u

#define VCPU_READ  1u
#define VCPU_WRITE 2u

/* The floor, and what `features` (VCPU_*) take away beyond it. */
void vcpu_bitmaps_make(enum vcpu_backend backend, uint32_t features, uint8_t *msrs, uint8_t *ports);
/* Grants. `ways`: VCPU_READ, VCPU_WRITE or both. An MSR that a bitmap does not have stays refused: false. */
bool vcpu_msr_allow(enum vcpu_backend backend, uint8_t *msrs, uint32_t msr, unsigned ways);
void vcpu_port_allow(uint8_t *ports, uint16_t port);

#endif
