/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory ownership and stage 2 (see memory.h). memory.lock guards the table of owners, the shares and every VM's stage-2 tables once the
 * primary runs; it is taken after vms_lock and before a VM's lock. What is done to the bytes of a unit is done without it, by whoever
 * made the unit UNIT_HELD.
 */
#include <hv/arm64/memory.h>

#include <bulkhead/status.h>
#include <hv/arm64/cache.h>
#include <hv/arm64/share.h>
#include <string.h>

#define OWNER_NONE   0xFFFFu /* no RAM there */
#define OWNER_HV     0u
#define MAX_SHARES   256
#define COLLECT_STEP 4096u /* units that memory_collect looks at */
#define MIN_IPA_BITS 39u   /* one root table */
#define MAX_IPA_BITS 43u   /* 16 concatenated root tables */

struct lasting_share {
	pa_t at;
	uint64_t size;
	uint16_t owner, borrower;
};

/* What a unit of 2 MiB is to its owner. Only a MAPPED one is in the owner's tables, and only that one can be shared. */
enum unit_state {
	UNIT_MAPPED,
	UNIT_HELD,    /* on its way; one core works at it */
	UNIT_OFFERED, /* cleared, the VM may accept it */
	UNIT_RELEASED /* the VM has given it up */
};

struct unit {
	uint16_t owner;
	uint8_t state; /* enum unit_state */
	uint8_t zero;
	uint32_t
		holds; /* pages of it that are shared or a mailbox, each time counted: the unit does not change hands */
};

static struct {
	struct spinlock lock;
	struct unit *unit; /* from base on */
	uint64_t base, units;
	uint32_t owned[MAX_VMS + 1]; /* units of each VM */
	struct range_set *free;
	struct lasting_share shares[MAX_SHARES];
	unsigned share_count;
	unsigned ipa_bits;
} memory;

static struct unit *unit_at(uint64_t address)
{
	uint64_t unit = (address - memory.base) / SIZE_2M;

	return address >= memory.base && unit < memory.units ? &memory.unit[unit] : NULL;
}

static void units_set(pa_t at, uint64_t size, uint16_t owner, enum unit_state state)
{
	for (uint64_t a = at.v; a < at.v + size; a += SIZE_2M) {
		struct unit *unit = unit_at(a);

		if (unit->owner <= MAX_VMS)
			memory.owned[unit->owner]--;
		memory.owned[owner]++;
		unit->owner = owner;
		unit->state = (uint8_t)state;
	}
}

/* Whole units, all of that owner in that state, and none held by a share. */
static bool units_are(pa_t at, uint64_t size, uint16_t owner, enum unit_state state)
{
	if (!IS_ALIGNED(at.v | size, SIZE_2M) || size == 0 || at.v + size < at.v)
		return false;
	for (uint64_t a = at.v; a < at.v + size; a += SIZE_2M) {
		const struct unit *unit = unit_at(a);

		if (!unit || unit->owner != owner || unit->state != state || unit->holds)
			return false;
	}
	return true;
}

int memory_init(const struct range_set *ram, struct range_set *free)
{
	uint64_t end = ram->ranges[ram->count - 1].end, bytes, table;
	int status;

	memory.base = ALIGN_DOWN(ram->ranges[0].start, SIZE_2M);
	memory.units = (ALIGN_UP(end, SIZE_2M) - memory.base) / SIZE_2M;
	memory.free = free;
	memory.share_count = 0;
	memset(memory.owned, 0, sizeof(memory.owned));
	memory.ipa_bits = MIN_IPA_BITS;
	while (end > UINT64_C(1) << memory.ipa_bits)
		if (++memory.ipa_bits > MAX_IPA_BITS)
			return BH_ERANGE;
	bytes = ALIGN_UP(memory.units * sizeof(struct unit), PAGE_SIZE);
	status = range_alloc(free, bytes, PAGE_SIZE, &table);
	if (status)
		return status;
	memory.unit = (struct unit *)table;
	memset(memory.unit, 0, bytes);
	for (uint64_t i = 0; i < memory.units; i++)
		memory.unit[i].owner = OWNER_NONE;
	range_for_each (r, ram)
		for (uint64_t a = ALIGN_DOWN(r->start, SIZE_2M); a < r->end; a += SIZE_2M)
			units_set(PA(a), SIZE_2M, OWNER_HV, UNIT_MAPPED);
	return BH_OK;
}

unsigned memory_ipa_bits(void)
{
	return memory.ipa_bits;
}

int memory_take(uint64_t size, pa_t *out)
{
	return range_alloc(memory.free, size, SIZE_2M, &out->v);
}

int memory_give(struct vm *vm, const struct range *within, uint64_t size, pa_t *at)
{
	int status = BH_ENOMEM;

	if (size >= SIZE_1G)
		status = range_alloc_within(memory.free, within, size, SIZE_1G, &at->v);
	if (status)
		status = range_alloc_within(memory.free, within, size, SIZE_2M, &at->v);
	if (status)
		return status;
	cache_zero((void *)at->v, size);
	cache_clean((void *)at->v, size);
	status = pt_map(&vm->stage2, at->v, *at, size, PT_R | PT_W | PT_X);
	if (status) {
		/* as many ranges as before: it fits */
		range_add(memory.free, at->v, size);
		return status;
	}
	units_set(*at, size, vm->id, UNIT_MAPPED);
	return BH_OK;
}

/* [at, end) is the VM's, mapped, and nobody else's; caller holds the lock, or boots. */
static bool is_owned(const struct vm *vm, uint64_t at, uint64_t end)
{
	if (end <= at)
		return false;
	for (uint64_t a = ALIGN_DOWN(at, SIZE_2M); a < end; a += SIZE_2M) {
		const struct unit *unit = unit_at(a);

		if (!unit || unit->owner != vm->id || unit->state != UNIT_MAPPED)
			return false;
	}
	for (unsigned i = 0; i < memory.share_count; i++) {
		const struct lasting_share *s = &memory.shares[i];

		if (at < s->at.v + s->size && s->at.v < end)
			return false;
	}
	return !share_covers(vm, at, end);
}

static void holds_add(uint64_t at, uint64_t size, int by)
{
	for (uint64_t a = at; a < at + size; a += PAGE_SIZE)
		unit_at(a)->holds += (uint32_t)by;
}

int memory_share(struct vm *owner, struct vm *borrower, pa_t at, uint64_t size)
{
	int status = BH_EPERM;

	spin_lock(&memory.lock);
	if (is_owned(owner, at.v, at.v + size))
		status = memory.share_count == MAX_SHARES ? BH_ENOMEM : BH_OK;
	status = status ? status : pt_map(&borrower->stage2, at.v, at, size, PT_R | PT_W);
	if (!status) {
		memory.shares[memory.share_count++] = (struct lasting_share){at, size, owner->id,
									     borrower->id};
		holds_add(at.v, size, 1);
	}
	spin_unlock(&memory.lock);
	return status;
}

void memory_unshare(const struct vm *borrower)
{
	spin_lock(&memory.lock);
	for (unsigned i = memory.share_count; i-- > 0;) {
		const struct lasting_share *s = &memory.shares[i];

		if (s->borrower != borrower->id)
			continue;
		holds_add(s->at.v, s->size, -1);
		memory.shares[i] = memory.shares[--memory.share_count];
	}
	spin_unlock(&memory.lock);
}

int memory_show(struct vm *vm, pa_t at, uint64_t size)
{
	return pt_map(&vm->stage2, at.v, at, size, PT_R);
}

int memory_map_device(struct vm *vm, pa_t at, uint64_t size)
{
	return pt_map(&vm->stage2, at.v, at, size, PT_R | PT_W | PT_DEVICE);
}

static bool leaf_count(void *arg, const struct pt_leaf *leaf)
{
	struct memory_coverage *out = arg;

	if (leaf->size == SIZE_1G)
		out->blocks_1g++;
	else if (leaf->size == SIZE_2M)
		out->blocks_2m++;
	else
		out->pages_4k++;
	return true;
}

void memory_coverage(const struct vm *vm, struct memory_coverage *out)
{
	*out = (struct memory_coverage){0};
	pt_visit(&vm->stage2, 0, UINT64_C(1) << memory.ipa_bits, leaf_count, out);
}

bool memory_owned(const struct vm *vm, ipa_t at, uint64_t size)
{
	bool owned;

	spin_lock(&memory.lock);
	owned = is_owned(vm, at.v, at.v + size);
	spin_unlock(&memory.lock);
	return owned;
}

struct memory_locked memory_lock(void)
{
	spin_lock(&memory.lock);
	return (struct memory_locked){true};
}

void memory_unlock(struct memory_locked locked)
{
	(void)locked;
	spin_unlock(&memory.lock);
}

bool memory_owned_locked(struct memory_locked locked, const struct vm *vm, ipa_t at, uint64_t size)
{
	(void)locked;
	return is_owned(vm, at.v, at.v + size);
}

bool memory_movable_locked(struct memory_locked locked, const struct vm *vm, pa_t at, uint64_t size)
{
	(void)locked;
	return units_are(at, size, vm->id, UNIT_MAPPED);
}

void memory_hold(struct memory_locked locked, pa_t at, uint64_t size)
{
	(void)locked;
	holds_add(at.v, size, 1);
}

void memory_unhold(struct memory_locked locked, pa_t at, uint64_t size)
{
	(void)locked;
	holds_add(at.v, size, -1);
}

int memory_split(struct memory_locked locked, struct vm *vm, pa_t at, uint64_t size)
{
	(void)locked;
	return pt_split(&vm->stage2, at.v, size);
}

int memory_map(struct memory_locked locked, struct vm *vm, pa_t at, uint64_t size, uint32_t attr)
{
	(void)locked;
	return pt_map(&vm->stage2, at.v, at, size, attr);
}

void memory_unmap(struct memory_locked locked, struct vm *vm, pa_t at, uint64_t size)
{
	(void)locked;
	(void)pt_unmap(&vm->stage2, at.v, size); /* its ends are split: it cannot fail */
}

void memory_merge(struct memory_locked locked, struct vm *vm, pa_t at, uint64_t size)
{
	(void)locked;
	for (uint64_t a = ALIGN_DOWN(at.v, SIZE_2M); a < at.v + size; a += SIZE_2M) {
		struct pt_leaf leaf;

		if (!is_owned(vm, a, a + SIZE_2M) ||
		    (pt_lookup(&vm->stage2, a, &leaf) && leaf.size >= SIZE_2M))
			continue;
		/* what it frees is more than what it needs */
		(void)pt_unmap(&vm->stage2, a, SIZE_2M);
		(void)pt_map(&vm->stage2, a, PA(a), SIZE_2M, PT_R | PT_W | PT_X);
	}
}

void memory_hand_over(struct memory_locked locked, const struct vm *vm, pa_t at, uint64_t size)
{
	(void)locked;
	units_set(at, size, vm->id, UNIT_MAPPED);
}

bool memory_read(const struct vm *vm, ipa_t at, void *to, size_t size)
{
	bool owned;

	spin_lock(&memory.lock);
	owned = is_owned(vm, at.v, at.v + size);
	if (owned)
		memcpy(to, (const void *)at.v, size);
	spin_unlock(&memory.lock);
	return owned;
}

bool memory_is_reachable(const struct vm *vm, ipa_t at, uint32_t access)
{
	struct pt_leaf leaf;
	bool reachable;

	spin_lock(&memory.lock);
	reachable = pt_lookup(&vm->stage2, at.v, &leaf) && (leaf.attr & access) == access;
	spin_unlock(&memory.lock);
	return reachable;
}

void memory_scrub(pa_t unit)
{
	cache_zero((void *)unit.v, SIZE_2M);
	cache_clean((void *)unit.v, SIZE_2M);
}

/* Out of the tables of their owner, and then `to`'s in that state. */
static int units_unmap(struct vm *from, pa_t at, uint64_t size, uint16_t to, enum unit_state state)
{
	int status = BH_EPERM;

	spin_lock(&memory.lock);
	if (size <= MEMORY_STEP && units_are(at, size, from->id, UNIT_MAPPED))
		status = pt_unmap(&from->stage2, at.v, size);
	if (!status)
		units_set(at, size, to, state);
	spin_unlock(&memory.lock);
	return status;
}

/* Into the tables of their owner, if they are in that state. */
static int units_map(struct vm *vm, pa_t at, uint64_t size, enum unit_state state)
{
	int status = BH_EPERM;

	spin_lock(&memory.lock);
	if (size <= MEMORY_STEP && units_are(at, size, vm->id, state))
		status = pt_map(&vm->stage2, at.v, at, size, PT_R | PT_W | PT_X);
	if (!status)
		units_set(at, size, vm->id, UNIT_MAPPED);
	spin_unlock(&memory.lock);
	return status;
}

int memory_donate(struct vm *from, uint16_t to, pa_t at, uint64_t size)
{
	return units_unmap(from, at, size, to, UNIT_HELD);
}

int memory_attach(struct vm *vm, pa_t at, uint64_t size)
{
	return units_map(vm, at, size, UNIT_HELD);
}

void memory_offer(const struct vm *vm, pa_t unit)
{
	spin_lock(&memory.lock);
	units_set(unit, SIZE_2M, vm->id, UNIT_OFFERED);
	spin_unlock(&memory.lock);
}

int memory_accept(struct vm *vm, pa_t unit)
{
	return units_map(vm, unit, SIZE_2M, UNIT_OFFERED);
}

int memory_release(struct vm *vm, pa_t unit)
{
	return units_unmap(vm, unit, SIZE_2M, vm->id, UNIT_RELEASED);
}

int memory_withdraw(const struct vm *vm, pa_t unit)
{
	int status = BH_EPERM;

	spin_lock(&memory.lock);
	if (units_are(unit, SIZE_2M, vm->id, UNIT_RELEASED) ||
	    units_are(unit, SIZE_2M, vm->id, UNIT_OFFERED)) {
		units_set(unit, SIZE_2M, vm->id, UNIT_HELD);
		status = BH_OK;
	}
	spin_unlock(&memory.lock);
	return status;
}

/* by 2 MiB, so that taking it again splits no block: that would make the primary's other cores fault for a moment */
int memory_return(pa_t unit)
{
	struct vm *primary = vm_primary();
	int status;

	spin_lock(&memory.lock);
	status = pt_map(&primary->stage2, unit.v, unit, SIZE_2M, PT_R | PT_W | PT_X);
	if (!status)
		units_set(unit, SIZE_2M, primary->id, UNIT_MAPPED);
	spin_unlock(&memory.lock);
	return status;
}

/* Holding the lock: the next unit of a VM, of those that one call looks at; see memory_collect */
static int unit_next(const struct vm *vm, uint64_t *cursor, pa_t *unit)
{
	uint64_t end = *cursor + COLLECT_STEP < memory.units ? *cursor + COLLECT_STEP
							     : memory.units;

	while (*cursor < end && memory.unit[*cursor].owner != vm->id)
		++*cursor;
	if (*cursor == end)
		return end < memory.units ? BH_ERANGE : BH_ENOENT;
	*unit = PA(memory.base + *cursor * SIZE_2M);
	return memory.unit[*cursor].holds ? BH_EBUSY : BH_OK;
}

int memory_collect(const struct vm *vm, uint64_t *cursor, pa_t *unit)
{
	int status;

	spin_lock(&memory.lock);
	status = unit_next(vm, cursor, unit);
	if (!status)
		memory.unit[*cursor].state = UNIT_HELD;
	spin_unlock(&memory.lock);
	return status;
}

int memory_renew(struct vm *vm, uint64_t *cursor, pa_t *unit)
{
	struct memory_locked locked = memory_lock();
	int status = unit_next(vm, cursor, unit);

	if (!status)
		memory_merge(locked, vm, *unit, SIZE_2M);
	memory_unlock(locked);
	if (!status) {
		memory_scrub(*unit);
		++*cursor;
	}
	return status;
}

uint32_t memory_count(uint16_t id)
{
	return __atomic_load_n(&memory.owned[id], __ATOMIC_RELAXED);
}

void memory_free(const struct range *range)
{
	/* without room for one more range it stays the hypervisor's */
	(void)range_add(memory.free, range->start, range->end - range->start);
}

int memory_give_rest(struct vm *vm, struct range_set *given)
{
	int status = BH_OK;

	while (!status) {
		pa_t unit;
		int found = range_alloc(memory.free, SIZE_2M, SIZE_2M, &unit.v);

		if (found)
			break;
		memory_scrub(unit);
		status = pt_map(&vm->stage2, unit.v, unit, SIZE_2M, PT_R | PT_W | PT_X);
		status = status ? status : range_add(given, unit.v, SIZE_2M);
		if (!status)
			units_set(unit, SIZE_2M, vm->id, UNIT_MAPPED);
	}
	return status;
}
