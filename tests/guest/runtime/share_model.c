/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See share_model.h. Pages are looked at one by one: slow and plain.
 */
#include <tests/guest/runtime/share_model.h>

#include <bulkhead/ffa.h>

#define RANGES_ALLOWED    16u
#define PAGES_ALLOWED     512u
#define OFFERS_OF_PRIMARY 64u
#define OFFERS_OF_OTHERS  8u

/* for each page of a share */
#define for_each_page(p_, share_)                               \
	for (uint32_t r_ = 0; r_ < (share_)->range_count; r_++) \
		for (uint32_t p_ = (share_)->ranges[r_].page;   \
		     p_ < (share_)->ranges[r_].page + (share_)->ranges[r_].count; p_++)

void sm_init(struct sm *sm, uint32_t vms, uint32_t pages)
{
	sm->vms = vms;
	sm->pages = pages;
	for (uint32_t p = 0; p < SM_PAGES; p++) {
		sm->owner[p] = SM_NOBODY;
		sm->engaged[p] = false;
		sm->content[p] = 0;
		for (unsigned v = 0; v < SM_VMS; v++)
			sm->reach[v][p] = 0;
	}
	for (unsigned v = 0; v < SM_VMS; v++) {
		sm->there[v] = v < vms;
		sm->ended[v] = sm->leaving[v] = false;
		sm->mailbox[v][0] = sm->mailbox[v][1] = SM_NOWHERE;
	}
	for (unsigned i = 0; i < SM_SHARES; i++)
		sm->shares[i].live = false;
}

void sm_give(struct sm *sm, unsigned vm, uint32_t page, uint32_t count)
{
	for (uint32_t p = page; p < page + count; p++) {
		sm->owner[p] = (uint8_t)vm;
		sm->reach[vm][p] = SM_R | SM_W | SM_X;
		sm->content[p] = 0;
	}
}

struct sm_share *sm_find(struct sm *sm, uint64_t handle)
{
	for (unsigned i = 0; i < SM_SHARES; i++)
		if (sm->shares[i].live && sm->shares[i].handle == handle)
			return &sm->shares[i];
	return NULL;
}

static struct sm_borrower *borrower_of(struct sm_share *share, unsigned vm)
{
	for (uint32_t i = 0; share && i < share->borrower_count; i++)
		if (share->borrowers[i].vm == vm)
			return &share->borrowers[i];
	return NULL;
}

static bool somebody_holds(const struct sm_share *share)
{
	for (uint32_t i = 0; i < share->borrower_count; i++)
		if (share->borrowers[i].held)
			return true;
	return false;
}

static void pages_zero(struct sm *sm, const struct sm_share *share)
{
	for_each_page (p, share)
		sm->content[p] = 0;
}

static void reach_set(struct sm *sm, const struct sm_share *share, unsigned vm, uint8_t attr)
{
	for_each_page (p, share)
		sm->reach[vm][p] = attr;
}

static void share_over(struct sm *sm, struct sm_share *share)
{
	for_each_page (p, share)
		sm->engaged[p] = false;
	share->live = false;
}

/* --- SHARE, LEND, DONATE --- */

static int32_t ranges_error(const struct sm_share *offer)
{
	uint32_t pages = 0;

	for (uint32_t i = 0; i < offer->range_count; i++) {
		const struct sm_range *a = &offer->ranges[i];

		if (a->unaligned || !a->count)
			return FFA_INVALID_PARAMETERS;
		for (uint32_t k = 0; k < i; k++) {
			const struct sm_range *b = &offer->ranges[k];

			if (a->page < b->page + b->count && b->page < a->page + a->count)
				return FFA_INVALID_PARAMETERS;
		}
		pages += a->count;
	}
	return pages > PAGES_ALLOWED ? FFA_NO_MEMORY : 0;
}

static int32_t borrowers_error(const struct sm *sm, unsigned vm, const struct sm_share *offer)
{
	int32_t error = 0;

	for (uint32_t i = 0; i < offer->borrower_count; i++) {
		unsigned b = offer->borrowers[i].vm;

		if (b >= sm->vms || !sm->there[b] || b == vm)
			return FFA_INVALID_PARAMETERS;
		for (uint32_t k = 0; k < i; k++)
			if (offer->borrowers[k].vm == b)
				return FFA_INVALID_PARAMETERS;
		if (vm != 0 && b != 0)
			error = FFA_DENIED;
		else if (!error && sm->ended[b])
			error = FFA_ABORTED;
	}
	return error;
}

static bool is_mailbox(const struct sm *sm, unsigned vm, uint32_t page)
{
	return sm->mailbox[vm][0] == page || sm->mailbox[vm][1] == page;
}

bool sm_unit_is_free(const struct sm *sm, uint32_t unit)
{
	for (uint32_t p = unit * SM_UNIT; p < (unit + 1) * SM_UNIT; p++) {
		if (sm->engaged[p])
			return false;
		for (unsigned v = 0; v < sm->vms; v++)
			if (sm->there[v] && is_mailbox(sm, v, p))
				return false;
	}
	return true;
}

static bool may_offer(const struct sm *sm, unsigned vm, const struct sm_share *offer)
{
	for_each_page (p, offer) {
		if (p >= sm->pages || sm->owner[p] != vm || sm->engaged[p] || is_mailbox(sm, vm, p))
			return false;
		if (offer->kind == SM_DONATE && !sm_unit_is_free(sm, p / SM_UNIT))
			return false;
	}
	for (uint32_t i = 0; i < offer->range_count && offer->kind == SM_DONATE; i++)
		if (offer->ranges[i].page % SM_UNIT || offer->ranges[i].count % SM_UNIT)
			return false;
	return true;
}

static uint32_t offers_of(const struct sm *sm, unsigned vm)
{
	uint32_t count = 0;

	for (unsigned i = 0; i < SM_SHARES; i++)
		count += sm->shares[i].live && sm->shares[i].owner == vm;
	return count;
}

int32_t sm_offer(struct sm *sm, unsigned vm, const struct sm_share *offer, struct sm_share **out)
{
	struct sm_share *share = sm->shares;
	int32_t error;

	if (offer->borrower_count > 4 || offer->range_count > RANGES_ALLOWED)
		return FFA_NO_MEMORY;
	error = ranges_error(offer);
	error = error ? error : borrowers_error(sm, vm, offer);
	if (error)
		return error;
	if (!may_offer(sm, vm, offer))
		return FFA_DENIED;
	if (offers_of(sm, vm) >= (vm ? OFFERS_OF_OTHERS : OFFERS_OF_PRIMARY))
		return FFA_NO_MEMORY;
	while (share->live)
		share++;
	*share = *offer;
	share->live = true;
	share->owner = (uint8_t)vm;
	share->clear = false;
	for (uint32_t i = 0; i < share->borrower_count; i++)
		share->borrowers[i].held = 0;
	for_each_page (p, share)
		sm->engaged[p] = true;
	if (share->kind != SM_SHARE)
		reach_set(sm, share, vm, 0);
	if (share->zeroed)
		pages_zero(sm, share);
	*out = share;
	return 0;
}

/* --- RETRIEVE_REQ --- */

static bool names(const struct sm_wish *wish, unsigned vm)
{
	for (uint32_t i = 0; i < wish->count; i++)
		if (wish->borrowers[i] == vm)
			return true;
	return false;
}

static bool names_the_right(const struct sm_wish *wish, const struct sm_share *share, unsigned vm)
{
	if (!names(wish, vm))
		return false;
	if (wish->alone)
		return wish->count == 1;
	for (uint32_t i = 0; i < share->borrower_count; i++)
		if (!names(wish, share->borrowers[i].vm))
			return false;
	return wish->count == share->borrower_count;
}

static int32_t wish_error(const struct sm_wish *wish, const struct sm_share *share,
			  const struct sm_borrower *b, uint8_t *attr)
{
	bool writes = wish->data == SM_W || (wish->data == 0 && b->writable);

	if (writes && !b->writable)
		return FFA_DENIED;
	if (wish->execute && (share->kind == SM_SHARE || share->borrower_count > 1))
		return FFA_DENIED;
	if (wish->zeroed && !share->zeroed)
		return FFA_DENIED;
	if (!writes && (wish->zeroed || wish->clear || share->kind == SM_DONATE))
		return FFA_DENIED;
	if (b->held)
		return FFA_DENIED;
	*attr = (uint8_t)(SM_R | (writes ? SM_W : 0) | (wish->execute ? SM_X : 0));
	return 0;
}

int32_t sm_retrieve(struct sm *sm, unsigned vm, const struct sm_wish *wish,
		    const struct sm_share **out, uint8_t *attr)
{
	struct sm_share *share = sm_find(sm, wish->handle);
	struct sm_borrower *b = borrower_of(share, vm);
	int32_t error;

	if (!b)
		return FFA_INVALID_PARAMETERS;
	if (share->owner == SM_NOBODY || sm->ended[share->owner])
		return FFA_ABORTED;
	if (wish->owner != share->owner || wish->tag != share->tag ||
	    !names_the_right(wish, share, vm) ||
	    (wish->kind && wish->kind != (uint32_t)share->kind))
		return FFA_INVALID_PARAMETERS;
	if (share->kind == SM_SHARE && (wish->zeroed || wish->clear))
		return FFA_INVALID_PARAMETERS;
	error = wish_error(wish, share, b, attr);
	if (error)
		return error;
	b->held = *attr;
	share->clear = share->clear || wish->clear;
	reach_set(sm, share, vm, *attr);
	if (share->kind == SM_DONATE) {
		for_each_page (p, share)
			sm->owner[p] = (uint8_t)vm;
		share_over(sm, share);
	}
	*out = share;
	return 0;
}

/* --- the way back --- */

static void let_go(struct sm *sm, struct sm_share *share, struct sm_borrower *b)
{
	reach_set(sm, share, b->vm, 0);
	b->held = 0;
	if (somebody_holds(share))
		return;
	if (share->clear || share->owner == SM_NOBODY)
		pages_zero(sm, share);
	share->clear = false;
	if (share->owner == SM_NOBODY)
		share_over(sm, share);
}

int32_t sm_relinquish(struct sm *sm, unsigned vm, uint64_t handle, bool clear)
{
	struct sm_share *share = sm_find(sm, handle);
	struct sm_borrower *b = borrower_of(share, vm);

	if (!b)
		return FFA_INVALID_PARAMETERS;
	if (!b->held || (clear && (share->kind == SM_SHARE || !(b->held & SM_W))))
		return FFA_DENIED;
	share->clear = share->clear || clear;
	let_go(sm, share, b);
	return 0;
}

int32_t sm_reclaim(struct sm *sm, unsigned vm, uint64_t handle, bool clear)
{
	struct sm_share *share = sm_find(sm, handle);
	int32_t error = 0;

	if (!share || share->owner != vm)
		return FFA_INVALID_PARAMETERS;
	for (uint32_t i = 0; i < share->borrower_count; i++) {
		struct sm_borrower *b = &share->borrowers[i];

		if (!b->held)
			continue;
		if (!sm->ended[b->vm])
			return FFA_DENIED;
		if (sm->leaving[b->vm])
			error = FFA_BUSY;
		else
			let_go(sm, share, b);
	}
	if (error)
		return error;
	if (clear)
		pages_zero(sm, share);
	if (share->kind != SM_SHARE)
		reach_set(sm, share, vm, SM_R | SM_W | SM_X);
	share_over(sm, share);
	/* what is the VM's alone, all of the unit, it has all rights to again */
	for_each_page (p, share) {
		bool alone = share->kind != SM_SHARE;
		uint32_t first = p / SM_UNIT * SM_UNIT;

		for (uint32_t q = first; q < first + SM_UNIT && alone; q++)
			alone = sm->owner[q] == vm && !sm->engaged[q];
		for (uint32_t q = first; q < first + SM_UNIT && alone; q++)
			sm->reach[vm][q] = SM_R | SM_W | SM_X;
	}
	return 0;
}

void sm_vm_gone(struct sm *sm, unsigned vm)
{
	for (unsigned i = 0; i < SM_SHARES; i++) {
		struct sm_share *share = &sm->shares[i];
		struct sm_borrower *b;

		if (!share->live)
			continue;
		if (share->owner == vm) {
			share->owner = SM_NOBODY;
			if (!somebody_holds(share))
				share_over(sm, share);
			continue;
		}
		b = borrower_of(share, vm);
		if (!b)
			continue;
		if (b->held)
			let_go(sm, share, b);
		*b = share->borrowers[--share->borrower_count];
	}
	for (uint32_t p = 0; p < sm->pages; p++)
		sm->reach[vm][p] = 0;
	sm->there[vm] = false;
	sm->mailbox[vm][0] = sm->mailbox[vm][1] = SM_NOWHERE;
}

uint32_t sm_isolation_gap(const struct sm *sm)
{
	for (uint32_t p = 0; p < sm->pages; p++) {
		for (unsigned v = 0; v < sm->vms; v++) {
			bool granted = sm->owner[p] == v;

			for (unsigned i = 0; i < SM_SHARES && !granted; i++) {
				const struct sm_share *share = &sm->shares[i];

				for (uint32_t b = 0; share->live && b < share->borrower_count; b++)
					if (share->borrowers[b].vm == v && share->borrowers[b].held)
						for_each_page (q, share)
							granted = granted || q == p;
			}
			if (sm->reach[v][p] && !granted)
				return p;
		}
	}
	return sm->pages;
}
