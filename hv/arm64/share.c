/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared, lent and donated memory (see share.h). The records of an owner are its slots of one pool, so that nobody can use up
 * another's. While a transaction is live, its pages are in no other one: memory_owned is false for them.
 */
#include <hv/arm64/share.h>

#include <bulkhead/ffa.h>
#include <bulkhead/status.h>
#include <hv/arm64/cache.h>
#include <string.h>

static_assert(SHARE_PAGES * PAGE_SIZE == SIZE_2M, "a donation, of whole units, is one of them");

#define SLOTS_PRIMARY 64u
#define SLOTS_OTHER   8u
#define SLOTS         (SLOTS_PRIMARY + (MAX_VMS - 1) * SLOTS_OTHER)

/* DEN0077A 1.1, 10.10.2: set when the hypervisor has allocated the handle */
#define HANDLE_HYPERVISOR (UINT64_C(1) << 63)
#define HANDLE_SLOT       0xFFFFu

static struct share shares[SLOTS];
static uint64_t serial; /* of the last handle, so that none comes back */

static struct share *slots_of(const struct vm *vm, unsigned *count)
{
	bool primary = vm->id == FFA_PRIMARY_ID;

	*count = primary ? SLOTS_PRIMARY : SLOTS_OTHER;
	return &shares[primary ? 0 : SLOTS_PRIMARY + (vm->id - 2u) * SLOTS_OTHER];
}

static struct share *share_find(uint64_t handle)
{
	uint64_t slot = handle & HANDLE_SLOT;

	return slot < SLOTS && handle && shares[slot].handle == handle ? &shares[slot] : NULL;
}

static struct share_borrower *borrower_find(struct share *share, const struct vm *vm)
{
	for (uint32_t i = 0; i < share->borrower_count; i++)
		if (share->borrowers[i].vm == vm->id)
			return &share->borrowers[i];
	return NULL;
}

static uint64_t range_end(const struct share_range *range)
{
	return range->start + range->pages * PAGE_SIZE;
}

static bool share_meets(const struct share *share, uint64_t at, uint64_t end)
{
	if (!share->handle || at >= share->end || end <= share->start)
		return false;
	for (uint32_t i = 0; i < share->range_count; i++)
		if (at < range_end(&share->ranges[i]) && share->ranges[i].start < end)
			return true;
	return false;
}

bool share_covers(const struct vm *owner, uint64_t at, uint64_t end)
{
	unsigned count;
	const struct share *slots = slots_of(owner, &count);

	for (unsigned i = 0; i < count; i++)
		if (slots[i].owner == owner->id && share_meets(&slots[i], at, end))
			return true;
	return false;
}

static bool is_held(const struct share *share)
{
	for (uint32_t i = 0; i < share->borrower_count; i++)
		if (share->borrowers[i].held)
			return true;
	return false;
}

/* While a transaction is live, the units of its pages do not change hands. */
static void share_end(struct memory_locked locked, struct share *share)
{
	for (uint32_t i = 0; i < share->range_count; i++)
		memory_unhold(locked, PA(share->ranges[i].start),
			      share->ranges[i].pages * PAGE_SIZE);
	share->handle = 0;
}

static void pages_zero(const struct share *share)
{
	for (uint32_t i = 0; i < share->range_count; i++) {
		void *start = (void *)share->ranges[i].start;
		size_t bytes = share->ranges[i].pages * PAGE_SIZE;

		cache_zero(start, bytes);
		cache_clean(start, bytes);
	}
}

static void pages_unmap(struct memory_locked locked, struct vm *vm, const struct share *share,
			uint32_t ranges)
{
	for (uint32_t i = 0; i < ranges; i++)
		memory_unmap(locked, vm, PA(share->ranges[i].start),
			     share->ranges[i].pages * PAGE_SIZE);
}

static int32_t pages_map(struct memory_locked locked, struct vm *vm, const struct share *share,
			 uint32_t attr)
{
	for (uint32_t i = 0; i < share->range_count; i++) {
		const struct share_range *range = &share->ranges[i];

		if (memory_map(locked, vm, PA(range->start), range->pages * PAGE_SIZE, attr)) {
			pages_unmap(locked, vm, share, i);
			return FFA_NO_MEMORY;
		}
	}
	return 0;
}

/* --- offers --- */

static int32_t ranges_check(struct share *offer)
{
	uint64_t pages = 0;

	offer->start = UINT64_MAX;
	offer->end = 0;
	for (uint32_t i = 0; i < offer->range_count; i++) {
		const struct share_range *range = &offer->ranges[i];
		uint64_t end = range_end(range);

		if (!IS_ALIGNED(range->start, PAGE_SIZE) || !range->pages || end <= range->start)
			return FFA_INVALID_PARAMETERS;
		for (uint32_t k = 0; k < i; k++)
			if (range->start < range_end(&offer->ranges[k]) &&
			    offer->ranges[k].start < end)
				return FFA_INVALID_PARAMETERS;
		offer->start = range->start < offer->start ? range->start : offer->start;
		offer->end = end > offer->end ? end : offer->end;
		pages += range->pages;
	}
	offer->pages = (uint32_t)pages;
	return pages > SHARE_PAGES ? FFA_NO_MEMORY : 0;
}

static int32_t borrowers_check(const struct vm *owner, const struct share *offer)
{
	bool allowed = true, ended = false;

	for (uint32_t i = 0; i < offer->borrower_count; i++) {
		const struct vm *vm = vm_find(offer->borrowers[i].vm);

		if (!vm || vm == owner)
			return FFA_INVALID_PARAMETERS;
		for (uint32_t k = 0; k < i; k++)
			if (offer->borrowers[k].vm == offer->borrowers[i].vm)
				return FFA_INVALID_PARAMETERS;
		allowed = allowed && vm_may_reach(owner, vm);
		ended = ended || (allowed && vm_has_ended(vm));
	}
	if (!allowed)
		return FFA_DENIED;
	return ended ? FFA_ABORTED : 0;
}

static bool is_mailbox(struct vm *vm, const struct share *offer)
{
	struct vm_locked locked = vm_lock(vm);
	uint64_t tx = vm->tx.v, rx = vm->rx.v;
	bool found = false;

	vm_unlock(locked);
	for (uint32_t i = 0; i < offer->range_count && rx; i++) {
		uint64_t start = offer->ranges[i].start, end = range_end(&offer->ranges[i]);

		found = found || (tx >= start && tx < end) || (rx >= start && rx < end);
	}
	return found;
}

static bool may_offer(struct memory_locked locked, struct vm *owner, const struct share *offer)
{
	for (uint32_t i = 0; i < offer->range_count; i++) {
		const struct share_range *range = &offer->ranges[i];
		uint64_t size = range->pages * PAGE_SIZE;

		if (!memory_owned_locked(locked, owner, IPA(range->start), size))
			return false;
		if (offer->kind == SHARE_DONATE &&
		    !memory_movable_locked(locked, owner, PA(range->start), size))
			return false;
	}
	return !is_mailbox(owner, offer);
}

/* Takes lent and donated memory away from its owner: all or nothing. */
static int32_t pages_withdraw(struct memory_locked locked, struct vm *owner,
			      const struct share *share)
{
	for (uint32_t i = 0; i < share->range_count; i++)
		if (memory_split(locked, owner, PA(share->ranges[i].start),
				 share->ranges[i].pages * PAGE_SIZE))
			return FFA_NO_MEMORY;
	pages_unmap(locked, owner, share, share->range_count);
	if (share->zeroed)
		pages_zero(share);
	return 0;
}

static struct share *slot_take(const struct vm *owner)
{
	unsigned count;
	struct share *slots = slots_of(owner, &count);

	for (unsigned i = 0; i < count; i++)
		if (!slots[i].handle)
			return &slots[i];
	return NULL;
}

static int32_t offer_enter(struct memory_locked locked, struct vm *owner, struct share *offer)
{
	struct share *slot;
	int32_t error = ranges_check(offer);

	if (!error)
		error = borrowers_check(owner, offer);
	if (error)
		return error;
	if (!may_offer(locked, owner, offer))
		return FFA_DENIED;
	slot = slot_take(owner);
	if (!slot)
		return FFA_NO_MEMORY;
	if (offer->kind != SHARE_SHARE)
		error = pages_withdraw(locked, owner, offer);
	if (error)
		return error;
	for (uint32_t i = 0; i < offer->range_count; i++)
		memory_hold(locked, PA(offer->ranges[i].start), offer->ranges[i].pages * PAGE_SIZE);
	offer->owner = owner->id;
	offer->handle = HANDLE_HYPERVISOR | ++serial << 16 | (uint64_t)(slot - shares);
	*slot = *offer;
	return 0;
}

int32_t share_offer(struct vm *owner, struct share *offer)
{
	struct memory_locked locked = memory_lock();
	int32_t error = offer_enter(locked, owner, offer);

	memory_unlock(locked);
	return error;
}

/* --- borrowing --- */

static bool wish_has(const struct share_wish *wish, uint16_t vm)
{
	for (uint32_t i = 0; i < wish->count; i++)
		if (wish->borrowers[i] == vm)
			return true;
	return false;
}

/* The borrower names all others too, or says that it does not know them. */
static bool wish_names(const struct share *share, const struct share_wish *wish)
{
	if (wish->alone)
		return wish->count == 1;
	for (uint32_t i = 0; i < share->borrower_count; i++)
		if (!wish_has(wish, share->borrowers[i].vm))
			return false;
	return wish->count == share->borrower_count;
}

static int32_t wish_match(const struct share *share, const struct vm *vm,
			  const struct share_wish *wish)
{
	if (!wish_has(wish, vm->id) || wish->owner != share->owner || wish->tag != share->tag ||
	    (wish->kind && wish->kind != share->kind) || !wish_names(share, wish))
		return FFA_INVALID_PARAMETERS;
	if (share->kind == SHARE_SHARE && (wish->zeroed || wish->clear))
		return FFA_INVALID_PARAMETERS;
	return 0;
}

/* What the wish comes to, as PT_ bits; 0: it is more than was given. */
static uint8_t wish_attr(const struct share *share, const struct share_borrower *borrower,
			 const struct share_wish *wish)
{
	bool writable = wish->writable || (!wish->read_only && borrower->writable);
	/* what several can write, nobody executes (DEN0077A 1.1, 10.10.3) */
	bool exclusive = share->kind != SHARE_SHARE && share->borrower_count == 1;

	if ((writable && !borrower->writable) || (wish->executable && !exclusive) ||
	    (wish->zeroed && !share->zeroed) || ((wish->zeroed || wish->clear) && !writable) ||
	    (share->kind == SHARE_DONATE && !writable))
		return 0;
	return (uint8_t)(PT_R | (writable ? PT_W : 0) | (wish->executable ? PT_X : 0));
}

static bool owner_is_alive(const struct share *share)
{
	const struct vm *owner = vm_find(share->owner);

	return owner && !vm_has_ended(owner);
}

int32_t share_retrieve(struct memory_locked locked, struct vm *vm, const struct share_wish *wish,
		       struct share *out, uint8_t *attr)
{
	struct share *share = share_find(wish->handle);
	struct share_borrower *borrower = share ? borrower_find(share, vm) : NULL;
	int32_t error;

	if (!borrower)
		return FFA_INVALID_PARAMETERS;
	if (!owner_is_alive(share))
		return FFA_ABORTED;
	error = wish_match(share, vm, wish);
	if (error)
		return error;
	*attr = wish_attr(share, borrower, wish);
	if (!*attr || borrower->held)
		return FFA_DENIED;
	error = pages_map(locked, vm, share, *attr);
	if (error)
		return error;
	borrower->held = *attr;
	share->clear = share->clear || wish->clear;
	*out = *share;
	if (share->kind == SHARE_DONATE) {
		share_end(locked, share);
		memory_hand_over(locked, vm, PA(share->start), SIZE_2M);
	}
	return 0;
}

/* After a borrower has let go: what was to be done then. */
static void share_release(struct memory_locked locked, struct share *share)
{
	if (is_held(share))
		return;
	if (share->clear || !share->owner)
		pages_zero(share);
	share->clear = false;
	if (!share->owner)
		share_end(locked, share);
}

static int32_t relinquish(struct memory_locked locked, struct vm *vm, uint64_t handle, bool clear)
{
	struct share *share = share_find(handle);
	struct share_borrower *borrower = share ? borrower_find(share, vm) : NULL;

	if (!borrower)
		return FFA_INVALID_PARAMETERS;
	if (!borrower->held || (clear && (share->kind == SHARE_SHARE || !(borrower->held & PT_W))))
		return FFA_DENIED;
	pages_unmap(locked, vm, share, share->range_count);
	borrower->held = 0;
	share->clear = share->clear || clear;
	share_release(locked, share);
	return 0;
}

int32_t share_relinquish(struct vm *vm, uint64_t handle, bool clear)
{
	struct memory_locked locked = memory_lock();
	int32_t error = relinquish(locked, vm, handle, clear);

	memory_unlock(locked);
	return error;
}

/* --- taking back --- */

/* A borrower that has ended lets go; BUSY while it is still on its way out of a core, DENIED while one that lives holds on. */
static int32_t borrowers_settle(struct memory_locked locked, struct share *share)
{
	int32_t error = 0;

	for (uint32_t i = 0; i < share->borrower_count; i++) {
		struct share_borrower *borrower = &share->borrowers[i];
		struct vm *vm = vm_find(borrower->vm);

		if (!borrower->held)
			continue;
		if (vm && !vm_has_ended(vm))
			return FFA_DENIED;
		if (!vm || vm_is_running(vm)) { /* none: share_vm_exit is about to come */
			error = FFA_BUSY;
			continue;
		}
		pages_unmap(locked, vm, share, share->range_count);
		borrower->held = 0;
		share_release(locked, share);
	}
	return error;
}

static int32_t reclaim(struct memory_locked locked, struct vm *owner, uint64_t handle, bool clear)
{
	struct share *share = share_find(handle);
	int32_t error;

	if (!share || share->owner != owner->id)
		return FFA_INVALID_PARAMETERS;
	error = borrowers_settle(locked, share);
	if (error)
		return error;
	if (clear)
		pages_zero(share);
	if (share->kind != SHARE_SHARE)
		error = pages_map(locked, owner, share, PT_R | PT_W | PT_X);
	if (error)
		return error;
	share_end(locked, share);
	for (uint32_t i = 0; i < share->range_count && share->kind != SHARE_SHARE; i++)
		memory_merge(locked, owner, PA(share->ranges[i].start),
			     share->ranges[i].pages * PAGE_SIZE);
	return 0;
}

int32_t share_reclaim(struct vm *owner, uint64_t handle, bool clear)
{
	struct memory_locked locked = memory_lock();
	int32_t error = reclaim(locked, owner, handle, clear);

	memory_unlock(locked);
	return error;
}

/* Takes the VM's name off the list of borrowers; true when it held the memory. */
static bool borrower_remove(struct share *share, const struct vm *vm)
{
	struct share_borrower *borrower = borrower_find(share, vm);
	bool held;

	if (!borrower)
		return false;
	held = borrower->held;
	*borrower = share->borrowers[--share->borrower_count];
	return held;
}

bool share_vm_exit(struct vm *vm)
{
	struct memory_locked locked = memory_lock();
	bool done = true;

	for (unsigned i = 0; i < SLOTS && done; i++) {
		struct share *share = &shares[i];

		if (!share->handle)
			continue;
		if (share->owner == vm->id) {
			share->owner = 0;
			if (!is_held(share))
				share_end(locked,
					  share); /* its memory goes the way of all of the VM's */
		}
		if (!borrower_remove(share, vm))
			continue;
		pages_unmap(locked, vm, share, share->range_count);
		share_release(locked, share);
		done = false;
	}
	memory_unlock(locked);
	return done;
}
