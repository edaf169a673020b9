/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who owns which memory, and the stage-2 tables that enforce it, kept in step here and nowhere else. Memory has one owner
 * in units of 2 MiB; single pages of an owner are shared with one borrower through a small fixed pool of records.
 */
#ifndef HV_ARM64_MEMORY_H
#define HV_ARM64_MEMORY_H

#include <bulkhead/types.h>
#include <hv/arm64/vm.h>
#include <lib/range.h>

/* Takes over the RAM ranges: all of it is the hypervisor's, and `free` to be given away but for what the caller removed. */
int memory_init(const struct range_set *ram, struct range_set *free);
/* Takes `size` bytes (multiple of 2 MiB) for the hypervisor itself out of what is free. */
int memory_take(uint64_t size, pa_t *out);
/* Sets up the VM's empty stage-2 tables with pages from vm->tables. */
int memory_vm_init(struct vm *vm);
/*
 * Gives free memory, zeroed, to a VM and maps it: `size` bytes at `*at`, or anywhere when *at is 0 (then *at is set).
 * ENOMEM: nothing fits; EINVAL: *at is not free.
 */
int memory_give(struct vm *vm, uint64_t size, pa_t *at);
/* Where in `within` that much memory is free, for memory_give; 0: nowhere. */
pa_t memory_find(const struct range *within, uint64_t size);
/* Maps `size` bytes of `owner`'s memory at `at` also for `borrower`. ENOMEM: no share record or table left. */
int memory_share(struct vm *owner, struct vm *borrower, pa_t at, uint64_t size);
/* Maps memory of the hypervisor's read-only for `vm`: the log. */
int memory_show(struct vm *vm, pa_t at, uint64_t size);
/* Maps device registers for `vm`. */
int memory_map_device(struct vm *vm, pa_t at, uint64_t size);
/* True when [at, at+size) is memory that `vm` owns and shares with nobody. */
bool memory_owned(const struct vm *vm, ipa_t at, uint64_t size);
struct memory_coverage {
	uint32_t blocks_1g, blocks_2m, pages_4k;
};
/* By what size of entries the VM's stage-2 tables map memory and devices. */
void memory_coverage(const struct vm *vm, struct memory_coverage *out);
/* Input bits of every VM's stage-2 tables: enough for the highest RAM address. */
unsigned memory_ipa_bits(void);

#endif
