/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who owns which memory, and the stage-2 tables that enforce it, kept in step here and nowhere else. Memory has one owner
 * in units of 2 MiB; single pages of an owner are shared through small fixed pools of records: with one borrower for as long as it lives,
 * here; what VMs share among themselves, in share.c.
 *
 * A unit changes hands in this order: out of the old owner's tables and every core's TLB (memory_donate, memory_release), cleared
 * (memory_scrub), into the new owner's tables (memory_attach, memory_accept, memory_return). A unit of which a page is held (shared, or a
 * mailbox) does not change hands.
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
/* Gives free memory, zeroed, to a VM and maps it: `size` bytes in `within`, at *at. ENOMEM: nothing fits. */
int memory_give(struct vm *vm, const struct range *within, uint64_t size, pa_t *at);
/* Maps `size` bytes of `owner`'s memory at `at` also for `borrower`. ENOMEM: no share record or table left. */
int memory_share(struct vm *owner, struct vm *borrower, pa_t at, uint64_t size);
/* Maps memory of the hypervisor's read-only for `vm`: the log. */
int memory_show(struct vm *vm, pa_t at, uint64_t size);
/* Maps device registers for `vm`. */
int memory_map_device(struct vm *vm, pa_t at, uint64_t size);
/*
 * Gives all that is still free, in whole units and zeroed, to the primary, at boot; which it was is added to `given`. ENOMEM: no table
 * or no room in `given`.
 */
int memory_give_rest(struct vm *vm, struct range_set *given);
/* At boot: memory that was the boot loader's is free, too. */
void memory_free(const struct range *range);
/* Forgets what is shared with a VM that has ended and whose tables are used no more. */
void memory_unshare(const struct vm *borrower);

/* Copies memory that `vm` owns and shares with nobody; false: it is not. At most a page or two: under the lock. */
bool memory_read(const struct vm *vm, ipa_t at, void *to, size_t size);
/*
 * True when the VM's tables give `access` (PT_ bits) to the address: then a translation fault there came from a table that was being
 * changed for another address, and the access is to be done again.
 */
bool memory_is_reachable(const struct vm *vm, ipa_t at, uint32_t access);

#define MEMORY_STEP SIZE_1G /* most that one call maps or unmaps */
/* Takes whole units from their owner: to be `to`'s, in nobody's tables. EPERM: not all `from`'s to give; ENOMEM: no table for a split. */
int memory_donate(struct vm *from, uint16_t to, pa_t at, uint64_t size);
/* Clears a unit that is in nobody's tables. */
void memory_scrub(pa_t unit);
/* Maps units that memory_donate took for the VM. ENOMEM: no table. */
int memory_attach(struct vm *vm, pa_t at, uint64_t size);
/* The VM may take the unit, which memory_donate took for it. */
void memory_offer(const struct vm *vm, pa_t unit);
/* The VM takes a unit that it was offered, or gives one up. EPERM: it may not; ENOMEM. */
int memory_accept(struct vm *vm, pa_t unit);
int memory_release(struct vm *vm, pa_t unit);
/* Takes a unit that the VM has released, or not accepted; then it is in nobody's tables. EPERM: there is none. */
int memory_withdraw(const struct vm *vm, pa_t unit);
/* The primary gets a unit that is in nobody's tables. ENOMEM: the unit stays as it was. */
int memory_return(pa_t unit);
/*
 * The next unit of a VM that runs no more, from *cursor on, taken out of its hands. OK: *unit; ENOENT: there is none left; ERANGE: none yet,
 * to be called again; EBUSY: it is held.
 */
int memory_collect(const struct vm *vm, uint64_t *cursor, pa_t *unit);
/*
 * Clears the next unit of a VM that runs no more, and maps it as at boot. As memory_collect.
 */
int memory_renew(struct vm *vm, uint64_t *cursor, pa_t *unit);
uint32_t memory_count(uint16_t id); /* units that the VM owns */

/* True when [at, at+size) is memory that `vm` owns and shares with nobody, nor has lent or offered to anybody. */
bool memory_owned(const struct vm *vm, ipa_t at, uint64_t size);

/* For what needs several of these in one step. Lock order: memory lock, vm->lock, log lock. */
struct memory_locked {
	bool held;
};
struct memory_locked memory_lock(void);
void memory_unlock(struct memory_locked locked);
bool memory_owned_locked(struct memory_locked locked, const struct vm *vm, ipa_t at, uint64_t size);
/* Whole units that the VM owns and of which no page is held. */
bool memory_movable_locked(struct memory_locked locked, const struct vm *vm, pa_t at,
			   uint64_t size);
/* Keeps the units of these pages from changing hands. Holds are counted; whoever shares pages holds them. */
void memory_hold(struct memory_locked locked, pa_t at, uint64_t size);
void memory_unhold(struct memory_locked locked, pa_t at, uint64_t size);
/* Stage 2 in pages of RAM, for share.c. After memory_split, memory_unmap of the range needs no table (ENOMEM). */
int memory_split(struct memory_locked locked, struct vm *vm, pa_t at, uint64_t size);
int memory_map(struct memory_locked locked, struct vm *vm, pa_t at, uint64_t size, uint32_t attr);
/* On return no core holds a translation of the range for the VM. */
void memory_unmap(struct memory_locked locked, struct vm *vm, pa_t at, uint64_t size);
/* Maps each unit of the range that is the VM's alone by one entry again. */
void memory_merge(struct memory_locked locked, struct vm *vm, pa_t at, uint64_t size);
/* Whole units that nobody has mapped but `vm`, which owns them from now on. */
void memory_hand_over(struct memory_locked locked, const struct vm *vm, pa_t at, uint64_t size);

struct memory_coverage {
	uint32_t blocks_1g, blocks_2m, pages_4k;
};
/* By what size of entries the VM's stage-2 tables map memory and devices. */
void memory_coverage(const struct vm *vm, struct memory_coverage *out);
/* Input bits of every VM's stage-2 tables: enough for the highest RAM address. */
unsigned memory_ipa_bits(void);

#endif
