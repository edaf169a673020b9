/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * FF-A memory management against the model of docs/abi-arm64.md (tests/guest/runtime/share_model.h): random calls of five VMs with
 * descriptors of both versions, some of them malformed; VMs end, with what they lent and borrowed, are destroyed and made again. Every answer
 * is the model's, the stage-2 tables allow what it says, and pages hold what it says.
 */
#include "hv_fake/descriptor.h"
#include "hv_fake/machine.h"
#include "hv_fake/share_machine.h"
#include "hv_fake/vm_make.h"
#include "unit.h"
#include <bulkhead/status.h>
#include <hv/arm64/call.h>
#include <hv/arm64/cpu.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/share.h>
#include <hv/arm64/stage2.h>
#include <tests/guest/runtime/share_model.h>

#define UNITS   (SM_PAGES / SM_UNIT)
#define STEPS   40000u
#define TABLES  (UNITS + 8)
#define HANDLES 24u

static struct random rng;
static struct range ram_ranges[4], free_ranges[2 * UNITS];
static struct range_set ram, free_memory;
static uint64_t cursors[VMS];
static uint64_t handles[HANDLES]; /* the last ones given out */
static unsigned counts[8][2];     /* [kind of step][refused, done] */
static unsigned deaths, births, orphans;

static uint32_t below(uint32_t limit)
{
	return (uint32_t)random_below(&rng, limit);
}

static bool one_in(uint32_t n)
{
	return random_one_in(&rng, n);
}

/* A VM writes pages that it reaches. */
static void step_write(void)
{
	for (unsigned i = 0; i < 64; i++) {
		unsigned vm = below(VMS);
		uint32_t p = below(SM_PAGES);
		uint64_t *words = (uint64_t *)address_of(p);

		if (!(sm.reach[vm][p] & SM_W) || p == sm.mailbox[vm][0] || p == sm.mailbox[vm][1])
			continue;
		words[0] = words[511] = sm.content[p] = random_next(&rng);
	}
}

/* --- calls --- */

/* --- offers --- */

static void range_choose(struct sm_range *range, unsigned vm, bool donate)
{
	uint32_t p = below(SM_PAGES);

	/* mostly memory of the VM's own that is in no transaction */
	for (unsigned i = 0; i < 40 && (sm.owner[p] != vm || sm.engaged[p]); i++)
		p = below(SM_PAGES);
	*range = (struct sm_range){p, 1 + below(one_in(4) ? 60 : 4), false};
	if ((donate && !one_in(6)) || one_in(12))
		*range = (struct sm_range){p / SM_UNIT * SM_UNIT, SM_UNIT, false};
	if (one_in(60))
		range->page = SM_NOWHERE;
	range->unaligned = one_in(150);
	if (one_in(150))
		range->count = 0;
}

static uint8_t vm_choose(unsigned self)
{
	if (one_in(40))
		return one_in(2) ? SM_NOBODY : (uint8_t)self;
	if (self != 0 && !one_in(6))
		return 0;
	return (uint8_t)below(VMS);
}

static void offer_choose(struct sm_share *offer, unsigned vm)
{
	*offer = (struct sm_share){.kind = one_in(8)   ? SM_DONATE
					   : one_in(2) ? SM_SHARE
						       : SM_LEND,
				   .tag = below(3)};
	offer->borrower_count = offer->kind == SM_DONATE || !one_in(3) ? 1 : 1 + below(4);
	if (offer->kind != SM_DONATE && one_in(60))
		offer->borrower_count = 5;
	offer->range_count = offer->kind == SM_DONATE ? 1 : one_in(50) ? 17 : 1 + below(3);
	offer->zeroed = offer->kind != SM_SHARE && one_in(2);
	for (uint32_t i = 0; i < offer->borrower_count; i++) {
		struct sm_borrower *b = &offer->borrowers[i];

		*b = (struct sm_borrower){vm_choose(vm), offer->kind == SM_DONATE || !one_in(3), 0};
		for (uint32_t k = 0; k < i && !one_in(8); k++)
			b->vm = b->vm == offer->borrowers[k].vm ? (uint8_t)((b->vm + 1) % VMS)
								: b->vm;
	}
	for (uint32_t i = 0; i < offer->range_count; i++)
		range_choose(&offer->ranges[i], vm, offer->kind == SM_DONATE);
}

static void offer_describe(const struct sm_share *offer, unsigned vm, struct descriptor *d)
{
	bool alone = offer->kind == SM_DONATE ||
		     (offer->kind == SM_LEND && offer->borrower_count == 1);

	*d = (struct descriptor){
		.v1_0 = machine_vms[vm]->ffa_version == FFA_VERSION_1_0,
		.header = {.sender = (uint16_t)(vm + 1),
			   .attributes = alone ? 0 : FFA_MEM_NORMAL,
			   .flags = offer->zeroed ? FFA_MEM_ZERO : 0,
			   .tag = offer->tag,
			   .access_size = 16,
			   .access_count = offer->borrower_count,
			   .access_offset = 48},
		.has_composite = true,
		.composite = {.range_count = offer->range_count},
		.gap = one_in(4) ? 16 : 0,
	};
	for (uint32_t i = 0; i < offer->borrower_count; i++) {
		const struct sm_borrower *b = &offer->borrowers[i];

		d->access[i].receiver = b->vm == SM_NOBODY ? 60 : (uint16_t)(b->vm + 1);
		d->access[i].permissions = (uint8_t)(offer->kind == SM_DONATE ? 0
						     : b->writable            ? FFA_MEM_READ_WRITE
									      : FFA_MEM_READ_ONLY);
		if (one_in(4))
			d->access[i].permissions |= FFA_MEM_NO_EXECUTE;
	}
	for (uint32_t i = 0; i < offer->range_count; i++) {
		d->ranges[i] = (struct ffa_mem_range){address_of(offer->ranges[i].page) +
							      (offer->ranges[i].unaligned ? 8 : 0),
						      offer->ranges[i].count, 0};
		d->composite.page_count += offer->ranges[i].count;
	}
}

static void note(unsigned kind, int32_t error)
{
	counts[kind][error == 0]++;
}

static void step_offer(unsigned vm)
{
	static const uint32_t functions[] = {0, FFA_MEM_SHARE_32, FFA_MEM_LEND_32,
					     FFA_MEM_DONATE_32};
	struct sm_share offer, *share = NULL;
	struct descriptor d;
	bool spoilt = one_in(12);
	const struct vcpu *vcpu;
	int32_t wanted;
	uint32_t length, function;

	offer_choose(&offer, vm);
	offer_describe(&offer, vm, &d);
	spoilt = spoilt && offer.borrower_count <= 4 && offer.range_count <= 16;
	if (spoilt)
		descriptor_spoil(&d, &rng);
	wanted = spoilt ? FFA_INVALID_PARAMETERS : sm_offer(&sm, vm, &offer, &share);
	length = descriptor_write(&d, tx_of(vm));
	function = functions[offer.kind] | (one_in(2) ? 0x40000000 : 0);
	vcpu = call_by(vm, function, length, length, 0, 0);
	if (error_in(vcpu) != wanted)
		fail_msg("offer %u of VM %u: %d, not %d", offer.kind, vm + 1, error_in(vcpu),
			 wanted);
	note(offer.kind, wanted);
	if (wanted)
		return;
	assert_int_equal(vcpu->x[0], FFA_SUCCESS_32);
	share->handle = vcpu->x[2] | vcpu->x[3] << 32;
	assert_true(share->handle >> 63);
	for (unsigned i = 0; i < SM_SHARES; i++)
		assert_true(&sm.shares[i] == share || !sm.shares[i].live ||
			    sm.shares[i].handle != share->handle);
	handles[below(HANDLES)] = share->handle;
}

/* --- requests --- */

/* Mostly of a live transaction that the VM has to do with: its own, or one that it may borrow */
static uint64_t handle_choose(unsigned vm, bool own)
{
	uint64_t handle = handles[below(HANDLES)];

	for (unsigned i = 0; i < 100 && !one_in(60); i++) {
		const struct sm_share *share = &sm.shares[below(SM_SHARES)];
		bool found = own && share->owner == vm;

		for (uint32_t b = 0; b < share->borrower_count && !own; b++)
			found = found || share->borrowers[b].vm == vm;
		if (share->live && found) {
			handle = share->handle;
			break;
		}
	}
	return one_in(40) ? handle ^ UINT64_C(1) << below(64) : handle;
}

/* Mostly what was given; then something about it is changed. */
static void wish_choose(struct sm_wish *wish, unsigned vm, uint64_t handle, bool v1_0)
{
	const struct sm_share *share = sm_find(&sm, handle);

	*wish = (struct sm_wish){.handle = handle, .count = 1, .borrowers = {(uint8_t)vm}};
	if (share) {
		wish->owner = share->owner == SM_NOBODY ? 0 : share->owner;
		wish->tag = share->tag;
		wish->count = share->borrower_count;
		for (uint32_t i = 0; i < share->borrower_count; i++)
			wish->borrowers[i] = share->borrowers[i].vm;
	}
	if (!v1_0 && one_in(3)) {
		wish->alone = true;
		wish->count = 1;
		wish->borrowers[0] = (uint8_t)vm;
	}
	wish->kind = one_in(2) || !share ? 0 : (uint32_t)share->kind;
	wish->data = one_in(2) ? 0 : below(3);
	wish->execute = one_in(8);
	wish->zeroed = one_in(16);
	wish->clear = one_in(8);
	if (one_in(20))
		wish->tag++;
	if (one_in(30))
		wish->owner = (uint8_t)((wish->owner + 1) % VMS);
	if (one_in(30))
		wish->kind = below(4);
	if (one_in(30) && wish->count)
		wish->borrowers[below(wish->count)] = (uint8_t)below(VMS);
}

static void wish_describe(const struct sm_wish *wish, unsigned vm, struct descriptor *d)
{
	*d = (struct descriptor){
		.v1_0 = machine_vms[vm]->ffa_version == FFA_VERSION_1_0,
		.header = {.sender = (uint16_t)(wish->owner + 1),
			   .attributes = one_in(2) ? 0 : FFA_MEM_NORMAL,
			   .flags = wish->kind << 3 | (wish->zeroed ? FFA_MEM_ZERO : 0) |
				    (wish->clear ? FFA_MEM_ZERO_AFTER : 0) |
				    (wish->alone ? FFA_MEM_ALONE : 0),
			   .handle = wish->handle,
			   .tag = wish->tag,
			   .access_size = 16,
			   .access_count = wish->count,
			   .access_offset = 48},
	};
	for (uint32_t i = 0; i < wish->count; i++) {
		bool self = wish->borrowers[i] == vm;

		d->access[i].receiver = (uint16_t)(wish->borrowers[i] + 1);
		d->access[i].permissions = (uint8_t)(self ? wish->data | (wish->execute ? 8 : 0)
							  : below(3));
	}
}

static void step_retrieve(unsigned vm)
{
	bool v1_0 = machine_vms[vm]->ffa_version == FFA_VERSION_1_0, spoilt = one_in(20),
	     busy = one_in(20);
	const struct sm_share *share = NULL;
	struct sm_wish wish;
	struct descriptor d;
	const struct vcpu *vcpu;
	uint8_t attr = 0;
	int32_t wanted;
	uint32_t length;

	wish_choose(&wish, vm, handle_choose(vm, false), v1_0);
	if (wish.count == 0)
		return;
	wish_describe(&wish, vm, &d);
	if (spoilt)
		descriptor_spoil(&d, &rng);
	machine_vms[vm]->rx_full = busy;
	wanted = spoilt ? FFA_INVALID_PARAMETERS
		 : busy ? FFA_BUSY
			: sm_retrieve(&sm, vm, &wish, &share, &attr);
	length = descriptor_write(&d, tx_of(vm));
	vcpu = call_by(vm, FFA_MEM_RETRIEVE_REQ_32, length, length, 0, 0);
	if (error_in(vcpu) != wanted)
		fail_msg("request of VM %u: %d, not %d", vm + 1, error_in(vcpu), wanted);
	note(4, wanted);
	if (!wanted) {
		assert_int_equal(vcpu->x[0], FFA_MEM_RETRIEVE_RESP);
		assert_int_equal(vcpu->x[1], vcpu->x[2]);
		response_compare(vm, share, attr, vcpu->x[1]);
		assert_true(machine_vms[vm]->rx_full);
	}
	machine_vms[vm]->rx_full = false;
}

static void step_relinquish(unsigned vm)
{
	uint64_t handle = handle_choose(vm, false);
	bool clear = one_in(4);
	struct ffa_mem_relinquish r = {handle, clear, 1, (uint16_t)(vm + 1)};
	int32_t wanted = FFA_INVALID_PARAMETERS, got;

	switch (below(40)) {
	case 0:
		r.flags |= 2;
		break;
	case 1:
		r.endpoint_count = below(2) * 2;
		break;
	case 2:
		r.endpoint++;
		break;
	default:
		wanted = sm_relinquish(&sm, vm, handle, clear);
	}
	memcpy(tx_of(vm), &r, sizeof(r));
	got = error_in(call_by(vm, FFA_MEM_RELINQUISH, 0, 0, 0, 0));
	if (got != wanted)
		fail_msg("VM %u relinquishes: %d, not %d", vm + 1, got, wanted);
	note(5, wanted);
}

static void step_reclaim(unsigned vm)
{
	uint64_t handle = handle_choose(vm, true);
	bool clear = one_in(3), flags = one_in(40);
	int32_t wanted = flags ? FFA_INVALID_PARAMETERS : sm_reclaim(&sm, vm, handle, clear);
	int32_t got = error_in(call_by(vm, FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32,
				       (uint64_t)clear | (flags ? 4 : 0), 0));

	if (got != wanted)
		fail_msg("VM %u reclaims: %d, not %d", vm + 1, got, wanted);
	note(6, wanted);
}

/* --- life and death --- */

static void unit_give(unsigned vm, uint32_t unit)
{
	pa_t at = PA(address_of(unit * SM_UNIT));

	if (vm != 0) {
		assert_int_equal(memory_donate(machine_vms[0], (uint16_t)(vm + 1), at, SIZE_2M), 0);
		memory_scrub(at);
		assert_int_equal(memory_attach(machine_vms[vm], at, SIZE_2M), 0);
		memset(&sm.reach[0][unit * SM_UNIT], 0, SM_UNIT);
	}
	sm_give(&sm, vm, unit * SM_UNIT, SM_UNIT);
}

/* Two units of the primary's, and a mailbox in the first; false when the primary has not so much. */
static bool vm_begin(unsigned vm)
{
	uint32_t units[2], found = 0;
	const struct vcpu *vcpu;

	for (uint32_t u = 0; u < UNITS && found < 2; u++)
		if (sm.owner[u * SM_UNIT] == 0 && sm_unit_is_free(&sm, u))
			units[found++] = u;
	if (found < 2)
		return false;
	machine_vms[vm] = vm_make((uint16_t)(vm + 1), 2, TABLES);
	machine_vms[vm]->ffa_version = one_in(2) ? FFA_VERSION_1_0 : FFA_VERSION_1_1;
	dying[vm] = false;
	sm.there[vm] = true;
	sm.ended[vm] = sm.leaving[vm] = false;
	unit_give(vm, units[0]);
	unit_give(vm, units[1]);
	sm.mailbox[vm][0] = units[0] * SM_UNIT + below(SM_UNIT);
	sm.mailbox[vm][1] = (sm.mailbox[vm][0] + 1) % SM_UNIT + units[0] * SM_UNIT;
	vcpu = call_by(vm, FFA_RXTX_MAP_64, address_of(sm.mailbox[vm][0]),
		       address_of(sm.mailbox[vm][1]), 1, 0);
	assert_int_equal(vcpu->x[0], FFA_SUCCESS_32);
	births++;
	return true;
}

/* A unit that the dead VM had goes to the primary, and is the primary's own. */
static void unit_collected(pa_t at)
{
	memory_scrub(at);
	assert_int_equal(memory_return(at), 0);
	sm_give(&sm, 0, (uint32_t)((at.v - FAKE_RAM_BASE) / PAGE_SIZE), SM_UNIT);
}

/* As life.c does it. */
static void vm_collect(unsigned vm)
{
	struct vm *real = machine_vms[vm];
	int status;
	pa_t unit;

	for (;;) {
		status = memory_collect(real, &cursors[vm], &unit);
		if (status == BH_EBUSY) {
			orphans++;
			return; /* somebody still holds a page */
		}
		if (status)
			break;
		assert_true(sm_unit_is_free(&sm, (uint32_t)((unit.v - FAKE_RAM_BASE) / SIZE_2M)));
		unit_collected(unit);
	}
	assert_int_equal(status, BH_ENOENT);
	vms[vm] = real; /* vm_free looks there */
	vm_free(real);
	machine_vms[vm] = NULL;
	for (unsigned i = 0; i < 3 && !machine_vms[vm]; i++)
		if (!vm_begin(vm))
			break;
}

static void vm_destroy(unsigned vm)
{
	vms[vm] = NULL;
	dying[vm] = true;
	sm.leaving[vm] = true; /* nobody finds it, nor what it has let go */
	for (unsigned v = 0; v < VMS && one_in(2); v++)
		if (machine_vms[v] && !dying[v])
			step_reclaim(v);
	for (unsigned i = 0; i < 2; i++) {
		uint32_t p = sm.mailbox[vm][i];

		memset((void *)address_of(p), 0, PAGE_SIZE);
		sm.content[p] = 0;
	}
	mailbox_drop(machine_vms[vm]);
	stage2_flush(machine_vms[vm]);
	while (!share_vm_exit(machine_vms[vm]))
		continue;
	sm_vm_gone(&sm, vm);
	cursors[vm] = 0;
	vm_collect(vm);
}

static void step_life(unsigned vm)
{
	struct vcpu *second;

	if (vm == 0)
		return;
	if (!machine_vms[vm]) {
		vm_begin(vm);
		return;
	}
	second = &machine_vms[vm]->vcpus[1];
	if (dying[vm]) {
		vm_collect(vm);
	} else if (!sm.ended[vm]) {
		machine_vms[vm]->ended = sm.ended[vm] = true;
		second->state = one_in(2) ? VCPU_RUNNING : VCPU_OFF;
		sm.leaving[vm] = second->state == VCPU_RUNNING;
		deaths++;
	} else if (sm.leaving[vm]) {
		second->state = VCPU_OFF;
		sm.leaving[vm] = false;
	} else if (one_in(2)) {
		vm_destroy(vm);
	}
}

/* --- */

static void step(void)
{
	unsigned vm = below(VMS);

	if (one_in(60)) {
		step_life(vm);
		return;
	}
	/* who has ended makes no calls, but for the one it was in */
	if (!machine_vms[vm] || dying[vm] || (sm.ended[vm] && !sm.leaving[vm]))
		return;
	if (sm.leaving[vm])
		return;
	switch (below(11)) {
	case 0:
	case 1:
	case 2:
		step_offer(vm);
		break;
	case 3:
	case 4:
	case 5:
		step_retrieve(vm);
		break;
	case 6:
	case 7:
		step_relinquish(vm);
		break;
	case 8:
	case 9:
		step_reclaim(vm);
		break;
	default:
		step_write();
	}
}

static void machine_start(void)
{
	pa_t at = PA(0);

	ram = (struct range_set)RANGE_SET(ram_ranges);
	free_memory = (struct range_set)RANGE_SET(free_ranges);
	fake_machine_reset(4);
	range_add(&ram, FAKE_RAM_BASE, UNITS * SIZE_2M);
	range_add(&free_memory, FAKE_RAM_BASE, UNITS * SIZE_2M);
	assert_int_equal(memory_init(&ram, &free_memory), BH_OK);
	sm_init(&sm, VMS, SM_PAGES);
	machine_vms[0] = vm_make(1, 2, 40);
	machine_vms[0]->ffa_version = FFA_VERSION_1_1;
	/* all but the unit with the table of owners */
	assert_int_equal(memory_give(machine_vms[0], &RANGE_ALL, (UNITS - 1) * SIZE_2M, &at),
			 BH_OK);
	sm_give(&sm, 0, (uint32_t)((at.v - FAKE_RAM_BASE) / PAGE_SIZE), (UNITS - 1) * SM_UNIT);
	sm.mailbox[0][0] = SM_PAGES - 1;
	sm.mailbox[0][1] = SM_PAGES - 2;
	assert_int_equal(call_by(0, FFA_RXTX_MAP_64, address_of(SM_PAGES - 1),
				 address_of(SM_PAGES - 2), 1, 0)
				 ->x[0],
			 FFA_SUCCESS_32);
	for (unsigned vm = 1; vm < VMS; vm++)
		assert_true(vm_begin(vm));
}

static void test_random(void **state)
{
	const char *text = getenv("UNIT_STEPS");
	unsigned long steps = text ? strtoul(text, NULL, 0) : STEPS;

	(void)state;
	rng = random_start();
	machine_start();
	for (unsigned long i = 0; i < steps; i++) {
		step();
		if (i % 16 == 0) {
			tables_compare();
			contents_compare();
		}
		if (i % 1024 == 0)
			assert_int_equal(sm_isolation_gap(&sm), SM_PAGES);
	}
	for (unsigned kind = 1; kind < 7; kind++) {
		print_message("step %u: %u refused, %u done\n", kind, counts[kind][0],
			      counts[kind][1]);
		assert_true(counts[kind][0] > 20 && counts[kind][1] > 20);
	}
	print_message("%u VMs ended, %u were made, %u waited for what they had lent\n", deaths,
		      births, orphans);
	assert_true(deaths > 20 && births > 20 && orphans > 0);
}

static int ram_make(void **state)
{
	(void)state;
	return fake_ram_map(FAKE_RAM_BASE, UNITS * SIZE_2M) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_random, ram_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
