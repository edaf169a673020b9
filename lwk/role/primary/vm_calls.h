/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hypercalls of the primary, typed.
 */
#ifndef LWK_ROLE_PRIMARY_VM_CALLS_H
#define LWK_ROLE_PRIMARY_VM_CALLS_H

#include <arch/smccc.h>
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/types.h>

/* An FF-A error code as -errno; 0 for success. */
int call_errno(const struct smccc *result);
/* Gives the hypervisor our mailbox. 0 or -errno; once. */
int mailbox_init(void);
/*
 * Makes a call whose answer lies in the RX buffer and copies `size` bytes of it to `to`. 0 or -errno. May sleep.
 */
int mailbox_call(struct smccc call, void *to, size_t size, struct smccc *result);

#endif
