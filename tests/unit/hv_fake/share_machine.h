/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VMs that share memory, beside the model of it: VM n of the model is machine_vms[n], with id n + 1; page 0 is where RAM begins.
 */
#ifndef TESTS_UNIT_HV_FAKE_SHARE_MACHINE_H
#define TESTS_UNIT_HV_FAKE_SHARE_MACHINE_H

#include <hv/arm64/vm.h>
#include <tests/guest/runtime/share_model.h>

#define VMS 5u

extern struct sm sm;
extern struct vm *machine_vms[VMS];
extern bool dying[VMS]; /* being destroyed: nobody finds it any more */

uint64_t address_of(uint32_t page);
/* Every VM's stage-2 tables allow what the model says, and nothing else. */
void tables_compare(void);
/* Every page holds what the model says, but for mailboxes. */
void contents_compare(void);
/* A call by the first vCPU of a VM: the answer is in its registers. */
struct vcpu *call_by(unsigned vm, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3,
		     uint64_t x4);
/* The error code that it was answered, or 0 */
int32_t error_in(const struct vcpu *vcpu);
uint8_t *tx_of(unsigned vm);
/* What lies in RX is the response to who has just retrieved `share`. */
void response_compare(unsigned vm, const struct sm_share *share, uint8_t attr, uint64_t length);

#endif
