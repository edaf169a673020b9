/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Notifications that a VM receives (ffa_notify.c): who may set which bit, and what is pending for the VM as a whole. What is pending for
 * one vCPU stands in the vCPU. Under the VM's lock.
 */
#ifndef HV_ARM64_NOTIFY_H
#define HV_ARM64_NOTIFY_H

#include <bulkhead/types.h>

#define NOTIFICATIONS 64

struct vm;

struct notify {
	uint64_t bound;    /* to sender[] */
	uint64_t per_vcpu; /* bound for vCPUs */
	uint64_t pending;  /* not for a vCPU, and not taken yet */
	uint32_t
		untold; /* bit n: the primary has not been told (INFO_GET) what is pending for vCPU n */
	bool untold_all; /* nor for the VM as a whole */
	uint16_t sender[NOTIFICATIONS];
};

/* The VM starts again: it has bound nothing, and nothing is pending for it. What it is bound to elsewhere stays. */
void notify_vm_reset(struct vm *vm);
/* The VM's id is about to be free: nobody's bits are bound to it any more. What is pending stays so. */
void notify_vm_exit(const struct vm *vm);

#endif
