/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a VM's stage-2 tables come from, its pool of pages, and how what TLBs hold of it is dropped. memory.c alone changes the tables.
 */
#ifndef HV_ARM64_STAGE2_H
#define HV_ARM64_STAGE2_H

struct vm;

/* Empty tables for addresses of `ipa_bits`, with pages from vm->tables. EINVAL: the pool does not begin as the root wants; ENOMEM. */
int stage2_init(struct vm *vm, unsigned ipa_bits);
/* On return no core holds a translation of the VM's. */
void stage2_flush(const struct vm *vm);

#endif
