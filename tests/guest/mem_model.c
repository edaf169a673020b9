/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * FF-A memory management on target against the model of docs/abi-arm64.md (share_model.h). Boot arguments: seed=, steps=. The primary and
 * secondaries offer, retrieve, relinquish and take back pages at random, with valid and wrong arguments; VMs end in the middle, stopped
 * or by touching a page that is not theirs. Every answer is the model's; who reaches a page finds there what the model says; who does
 * not takes a fault.
 *
 * A secondary finds what it is to send in its stream region, and leaves there what it got.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <lib/string.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/exception.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/share_model.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/transaction.h>
#include <tests/guest/runtime/wall.h>

#define PAGES_EACH   48u /* pages of each VM that are played with */
#define AT_ONCE      5u  /* secondaries that take part */
#define RESPONSE_MAX 512u

static struct sm sm;
static uint64_t rng, base[SM_VMS]; /* of each VM's pages */
static struct peer *peer_of[SM_VMS];
static bool old_version[SM_VMS];
static struct verdict verdict;
static uint64_t steps_done, done[8], refused[8], probes, deaths;

/* What goes through the stream region, or a copy of the primary's own */
struct parcel {
	struct transaction transaction;
	uint8_t response[RESPONSE_MAX];
};
static struct parcel own_parcel;

static uint32_t below(uint32_t limit)
{
	return (uint32_t)random_below(&rng, limit);
}

static bool one_in(uint32_t n)
{
	return below(n) == 0;
}

static uint64_t address_of(uint32_t page)
{
	if (page >= sm.pages)
		return guest_argument("hv", 0);
	return base[page / PAGES_EACH] + page % PAGES_EACH * PAGE_SIZE;
}

static bool is_alive(unsigned vm)
{
	return sm.there[vm] && !sm.ended[vm];
}

/* --- by whoever's turn it is --- */

static void parcel_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct parcel *parcel = (struct parcel *)in[0];
	struct regs r = transaction_call(&parcel->transaction);

	memcpy(out, r.x, 4 * sizeof(uint64_t));
	out[4] = (uint64_t)(int64_t)error_of(&r);
	if (r.x[0] != FFA_MEM_RETRIEVE_RESP)
		return;
	memcpy(parcel->response, mailbox_rx, RESPONSE_MAX);
	call(FFA_RX_RELEASE);
}

static struct parcel *parcel_of(unsigned vm)
{
	return vm ? (struct parcel *)peer_of[vm]->stream.start : &own_parcel;
}

/* out[] of a function that the VM carries out; false, and the test has failed, when it did not */
static bool do_by(unsigned vm, remote_fn serve, uint64_t a, uint64_t b, uint64_t c,
		  uint64_t out[REMOTE_WORDS])
{
	uint64_t in[4] = {a, b, c, 0};
	struct remote remote;

	if (vm == 0) {
		serve(in, out);
		return true;
	}
	remote = remote_call(peer_of[vm], serve, a, b, c, 0);
	memcpy(out, remote.out, sizeof(remote.out));
	return VERIFY(&verdict, remote.end == REMOTE_DONE, "step %llu: VM %u: %s",
		      (unsigned long long)steps_done, vm, remote_text(&remote));
}

/* The error code that the call gave is the model's. */
static bool answer_is(unsigned vm, const char *what, const uint64_t out[REMOTE_WORDS],
		      int32_t wanted)
{
	int32_t got = out[0] == FFA_ERROR ? (int32_t)out[2] : 0;

	return VERIFY(&verdict, got == wanted && (int64_t)out[4] <= 0,
		      "step %llu: VM %u: %s: %d, not %d", (unsigned long long)steps_done, vm, what,
		      got, wanted);
}

static void note(unsigned kind, int32_t wanted)
{
	(wanted ? refused : done)[kind]++;
}

/* --- offers --- */

static uint8_t vm_choose(unsigned self)
{
	if (one_in(30))
		return one_in(2) ? SM_NOBODY : (uint8_t)self;
	if (self && !one_in(8))
		return 0;
	for (;;) {
		unsigned vm = below(sm.vms);

		if (is_alive(vm) || one_in(20))
			return (uint8_t)vm;
	}
}

static void range_choose(struct sm_range *range, unsigned vm)
{
	uint32_t page = vm * PAGES_EACH + below(PAGES_EACH - 6);

	for (unsigned i = 0; i < 10 && sm.engaged[page]; i++)
		page = vm * PAGES_EACH + below(PAGES_EACH - 6);
	*range = (struct sm_range){page, 1 + below(3), one_in(100)};
	/* within one VM's: behind its last there is more of its memory, which the model does not know */
	if (one_in(40))
		*range = (struct sm_range){below(sm.pages), 1, false};
	if (one_in(60))
		range->page = SM_NOWHERE;
	if (one_in(100))
		range->count = 0;
}

static void offer_choose(struct sm_share *offer, unsigned vm)
{
	memset(offer, 0, sizeof(*offer));
	offer->kind = one_in(20) ? SM_DONATE : one_in(2) ? SM_SHARE : SM_LEND;
	offer->tag = below(3);
	offer->zeroed = offer->kind != SM_SHARE && one_in(3);
	offer->borrower_count = offer->kind == SM_DONATE || !one_in(4) ? 1 : 1 + below(5);
	offer->range_count = one_in(40) ? 17 : 1 + below(3);
	for (uint32_t i = 0; i < offer->borrower_count; i++)
		offer->borrowers[i] = (struct sm_borrower){
			vm_choose(vm), offer->kind == SM_DONATE || !one_in(3), 0};
	for (uint32_t i = 0; i < offer->range_count; i++)
		range_choose(&offer->ranges[i], vm);
}

/* Its id; of one that does not exist, one that no VM has */
static uint16_t id_of(unsigned vm)
{
	if (vm == 0)
		return guest.id;
	return vm < sm.vms && peer_of[vm] ? peer_of[vm]->id : 0x77;
}

static void offer_describe(const struct sm_share *offer, unsigned vm, struct transaction *t)
{
	static const uint64_t functions[] = {0, FFA_MEM_SHARE_32, FFA_MEM_LEND_32,
					     FFA_MEM_DONATE_32};
	bool alone = offer->kind == SM_DONATE ||
		     (offer->kind == SM_LEND && offer->borrower_count == 1);

	memset(t, 0, sizeof(*t));
	t->function = functions[offer->kind] | (one_in(2) ? 0x40000000 : 0);
	t->v1_0 = old_version[vm];
	t->header.sender = id_of(vm);
	t->header.attributes = alone ? 0 : FFA_MEM_NORMAL;
	t->header.flags = offer->zeroed ? FFA_MEM_ZERO : 0;
	t->header.tag = offer->tag;
	t->header.access_size = sizeof(t->access[0]);
	t->header.access_count = offer->borrower_count;
	for (uint32_t i = 0; i < offer->borrower_count; i++) {
		const struct sm_borrower *b = &offer->borrowers[i];

		t->access[i].receiver = id_of(b->vm);
		t->access[i].permissions = offer->kind == SM_DONATE ? 0
					   : b->writable            ? FFA_MEM_READ_WRITE
								    : FFA_MEM_READ_ONLY;
	}
	t->composite.range_count = offer->range_count;
	for (uint32_t i = 0; i < offer->range_count; i++) {
		const struct sm_range *r = &offer->ranges[i];

		t->ranges[i].address = address_of(r->page) + (r->unaligned ? 0x800 : 0);
		t->ranges[i].page_count = r->count;
		t->composite.page_count += r->count;
	}
}

static void step_offer(unsigned vm)
{
	struct parcel *parcel = parcel_of(vm);
	struct sm_share offer, *share = NULL;
	uint64_t out[REMOTE_WORDS];
	bool spoilt = one_in(20);
	int32_t wanted;

	offer_choose(&offer, vm);
	offer_describe(&offer, vm, &parcel->transaction);
	spoilt = spoilt && offer.borrower_count <= 4 && offer.range_count <= 16;
	if (spoilt)
		parcel->transaction.composite.page_count++;
	wanted = spoilt ? FFA_INVALID_PARAMETERS : sm_offer(&sm, vm, &offer, &share);
	if (!do_by(vm, parcel_serve, (uint64_t)parcel, 0, 0, out))
		return;
	answer_is(vm, "an offer", out, wanted);
	note(offer.kind, wanted);
	if (!wanted)
		share->handle = out[2] | out[3] << 32;
}

/* --- the others --- */

/* Mostly of a live transaction that the VM has to do with */
static uint64_t handle_choose(unsigned vm, bool own)
{
	uint64_t handle = random_next(&rng);

	for (unsigned i = 0; i < 200 && !one_in(100); i++) {
		const struct sm_share *share = &sm.shares[below(SM_SHARES)];
		bool found = own && share->owner == vm;

		for (uint32_t b = 0; b < share->borrower_count && !own; b++)
			found = found || share->borrowers[b].vm == vm;
		if (!share->live || !found)
			continue;
		handle = share->handle;
		break;
	}
	return one_in(30) ? handle ^ UINT64_C(1) << below(64) : handle;
}

static void wish_choose(struct sm_wish *wish, unsigned vm, uint64_t handle)
{
	const struct sm_share *share = sm_find(&sm, handle);

	memset(wish, 0, sizeof(*wish));
	wish->handle = handle;
	wish->count = 1;
	wish->borrowers[0] = (uint8_t)vm;
	if (share) {
		wish->owner = share->owner == SM_NOBODY ? 0 : share->owner;
		wish->tag = share->tag;
		wish->count = share->borrower_count;
		for (uint32_t i = 0; i < share->borrower_count; i++)
			wish->borrowers[i] = share->borrowers[i].vm;
	}
	if (!old_version[vm] && one_in(4)) {
		wish->alone = true;
		wish->count = 1;
		wish->borrowers[0] = (uint8_t)vm;
	}
	wish->data = one_in(2) ? 0 : below(3);
	wish->execute = one_in(16);
	wish->zeroed = one_in(20);
	wish->clear = one_in(12);
	wish->kind = one_in(8) ? below(4) : 0;
	wish->tag += one_in(20);
}

static void wish_describe(const struct sm_wish *wish, unsigned vm, struct transaction *t)
{
	memset(t, 0, sizeof(*t));
	t->function = FFA_MEM_RETRIEVE_REQ_32;
	t->v1_0 = old_version[vm];
	t->header.sender = id_of(wish->owner);
	t->header.flags = wish->kind << FFA_MEM_KIND_SHIFT | (wish->zeroed ? FFA_MEM_ZERO : 0) |
			  (wish->clear ? FFA_MEM_ZERO_AFTER : 0) |
			  (wish->alone ? FFA_MEM_ALONE : 0);
	t->header.handle = wish->handle;
	t->header.tag = wish->tag;
	t->header.access_size = sizeof(t->access[0]);
	t->header.access_count = wish->count;
	for (uint32_t i = 0; i < wish->count; i++) {
		unsigned b = wish->borrowers[i];

		t->access[i].receiver = id_of(b);
		t->access[i].permissions =
			b == vm ? (uint8_t)(wish->data | (wish->execute ? FFA_MEM_EXECUTE : 0)) : 0;
	}
}

static void response_verify(const struct parcel *parcel, unsigned vm, const struct sm_share *share,
			    uint8_t attr)
{
	uint32_t at = old_version[vm] ? sizeof(struct ffa_mem_header_v1_0)
				      : sizeof(struct ffa_mem_header);
	const struct ffa_mem_header *h = (const void *)parcel->response;
	const struct ffa_mem_access *access = (const void *)(parcel->response + at);
	const struct ffa_mem_composite *composite = (const void *)(access + 1);
	const struct ffa_mem_range *ranges = (const void *)(composite + 1);
	uint8_t permissions = (uint8_t)((attr & SM_W ? FFA_MEM_READ_WRITE : FFA_MEM_READ_ONLY) |
					(attr & SM_X ? FFA_MEM_EXECUTE : FFA_MEM_NO_EXECUTE));
	bool right = h->handle == share->handle && h->tag == share->tag && h->access_count == 1 &&
		     access->permissions == permissions &&
		     composite->range_count == share->range_count;

	for (uint32_t i = 0; right && i < share->range_count; i++)
		right = ranges[i].address == address_of(share->ranges[i].page) &&
			ranges[i].page_count == share->ranges[i].count;
	VERIFY(&verdict, right, "step %llu: VM %u: a response is wrong",
	       (unsigned long long)steps_done, vm);
}

static void step_retrieve(unsigned vm)
{
	struct parcel *parcel = parcel_of(vm);
	const struct sm_share *share = NULL;
	uint64_t out[REMOTE_WORDS];
	struct sm_wish wish;
	uint8_t attr = 0;
	int32_t wanted;

	wish_choose(&wish, vm, handle_choose(vm, false));
	wish_describe(&wish, vm, &parcel->transaction);
	wanted = sm_retrieve(&sm, vm, &wish, &share, &attr);
	if (!do_by(vm, parcel_serve, (uint64_t)parcel, 0, 0, out) ||
	    !answer_is(vm, "a request", out, wanted))
		return;
	note(4, wanted);
	if (!wanted)
		response_verify(parcel, vm, share, attr);
}

static void step_relinquish(unsigned vm)
{
	uint64_t handle = handle_choose(vm, false), out[REMOTE_WORDS];
	bool clear = one_in(4);
	int32_t wanted = sm_relinquish(&sm, vm, handle, clear);

	if (do_by(vm, relinquish_serve, handle, clear, 0, out))
		answer_is(vm, "relinquish", out, wanted);
	note(5, wanted);
}

static void step_reclaim(unsigned vm)
{
	uint64_t handle = handle_choose(vm, true), out[REMOTE_WORDS];
	bool clear = one_in(3);
	int32_t wanted = sm_reclaim(&sm, vm, handle, clear);

	if (do_by(vm, reclaim_serve, handle, clear, 0, out))
		answer_is(vm, "reclaim", out, wanted);
	note(6, wanted);
}

static void version_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	out[0] = call(FFA_VERSION, in[0]).x[0];
}

static void step_version(unsigned vm)
{
	uint64_t out[REMOTE_WORDS];

	old_version[vm] = one_in(2);
	do_by(vm, version_serve, old_version[vm] ? FFA_VERSION_1_0 : FFA_VERSION_1_1, 0, 0, out);
}

/* --- reach --- */

/* in = address, words to find there, words to write or 0; out[0], out[1] = what was found */
static void touch_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	volatile uint64_t *words = (volatile uint64_t *)in[0];

	out[0] = words[0];
	out[1] = words[511];
	if (in[1])
		words[0] = words[511] = in[1];
}

static void probe_reached(unsigned vm, uint32_t page)
{
	uint64_t value = sm.reach[vm][page] & SM_W ? random_next(&rng) : 0, out[REMOTE_WORDS];

	if (!do_by(vm, touch_serve, address_of(page), value, 0, out))
		return;
	VERIFY(&verdict, out[0] == sm.content[page] && out[1] == sm.content[page],
	       "step %llu: VM %u finds %llx in page %u, not %llx", (unsigned long long)steps_done,
	       vm, (unsigned long long)out[0], page, (unsigned long long)sm.content[page]);
	if (value)
		sm.content[page] = value;
	probes++;
}

/* A wall does not end it. */
static bool survives_walls(unsigned vm)
{
	return vm == 0 || peer_of[vm]->id == guest.login;
}

/* The primary or the login VM reads, or writes, what it must not. */
static void probe_wall(unsigned vm, uint32_t page, bool write)
{
	op_t op = write ? op_write : op_read;
	struct trap trap = {0};

	if (vm)
		trap = attempt_by(peer_of[vm], op, address_of(page), 0).trap;
	else
		guarded_call(op, address_of(page), 0, &trap);
	VERIFY(&verdict, trap.taken && TRAP_FSC(&trap) == FSC_EXTERNAL,
	       "step %llu: VM %u %s page %u", (unsigned long long)steps_done, vm,
	       write ? "writes" : "reads", page);
	probes++;
}

static void step_probe(unsigned vm)
{
	for (unsigned i = 0; i < 8; i++) {
		uint32_t page = below(sm.pages);
		uint8_t reach = sm.reach[vm][page];

		if (reach)
			probe_reached(vm, page);
		if (survives_walls(vm) && !(reach & SM_W))
			probe_wall(vm, page, reach || one_in(2));
	}
}

/* Ends a VM: a secondary by a page that it does not reach, or by a call; the login VM by a call. */
static void step_death(unsigned vm)
{
	uint32_t page = below(sm.pages);
	struct remote remote;

	if (vm == 0)
		return;
	for (unsigned i = 0; i < 50 && (sm.reach[vm][page] || sm.owner[page] == vm); i++)
		page = below(sm.pages);
	sm.ended[vm] = true;
	deaths++;
	if (one_in(3) || sm.reach[vm][page] || survives_walls(vm)) {
		VERIFY(&verdict, call(BH_VM_STOP, peer_of[vm]->id).x[0] == FFA_SUCCESS_32,
		       "BH_VM_STOP");
		return;
	}
	remote = remote_call(peer_of[vm], touch_serve, address_of(page), 1, 0, 0);
	VERIFY(&verdict, remote.end == REMOTE_ABORTED && remote.value == BH_FAULT_MEMORY_READ,
	       "step %llu: VM %u reads page %u: %s", (unsigned long long)steps_done, vm, page,
	       remote_text(&remote));
	probes++;
}

/* --- */

static void fill_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)out;
	memset((void *)in[0], 0, PAGES_EACH * PAGE_SIZE);
}

/* The next secondary takes part; false when there is none. */
static bool vm_join(unsigned vm)
{
	uint64_t out[REMOTE_WORDS];

	if (vm >= sm.vms)
		return false;
	if (vm) {
		peer_of[vm] = peer_take();
		base[vm] = ALIGN_UP(peer_of[vm]->spare.start, PAGE_SIZE);
		peer_mailbox(peer_of[vm]);
	} else {
		base[vm] = ALIGN_UP((uint64_t)_image_end + 0x20000, PAGE_SIZE);
	}
	sm.there[vm] = true;
	do_by(vm, fill_serve, base[vm], 0, 0, out);
	sm_give(&sm, vm, vm * PAGES_EACH, PAGES_EACH);
	return true;
}

static void step(unsigned vm)
{
	switch (below(12)) {
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
		step_relinquish(vm);
		break;
	case 7:
	case 8:
		step_reclaim(vm);
		break;
	default:
		step_probe(vm);
	}
}

/* All that anybody reaches, and all that the primary and the login VM do not */
static void sweep(void)
{
	for (uint32_t page = 0; page < sm.pages; page++) {
		for (unsigned vm = 0; vm < sm.vms; vm++) {
			if (!is_alive(vm))
				continue;
			if (sm.reach[vm][page])
				probe_reached(vm, page);
			else if (survives_walls(vm))
				probe_wall(vm, page, false);
		}
	}
}

/* The VM whose turn it is; one whose life is over is replaced while there are fresh ones. */
static unsigned turn_choose(uint64_t deaths_in)
{
	unsigned alive[SM_VMS], count = 0, fresh = 0;

	for (unsigned vm = 0; vm < sm.vms; vm++) {
		if (is_alive(vm))
			alive[count++] = vm;
		else if (!sm.there[vm] && !fresh)
			fresh = vm;
	}
	if (count < AT_ONCE + 1 && fresh && vm_join(fresh))
		return fresh;
	if (count > 1 && random_below(&rng, deaths_in) == 0) {
		step_death(alive[below(count)]);
		return 0;
	}
	return alive[one_in(3) ? 0 : below(count)];
}

GUEST_TEST(mem_model)
{
	uint64_t steps = guest_argument("steps", 20000);
	unsigned vms = peer_count < SM_VMS - 1 ? peer_count + 1 : SM_VMS;

	rng = guest_argument("seed", 1);
	say("# seed=%llu steps=%llu", (unsigned long long)rng, (unsigned long long)steps);
	sm_init(&sm, vms, vms * PAGES_EACH);
	for (unsigned vm = 0; vm < vms; vm++)
		sm.there[vm] = false;
	for (unsigned vm = 0; vm <= AT_ONCE; vm++)
		vm_join(vm);
	for (steps_done = 0; steps_done < steps && !verdict.failed; steps_done++) {
		unsigned vm = turn_choose(steps / vms + 1);

		if (one_in(50))
			step_version(vm);
		step(vm);
		if (steps_done % 4096 == 0)
			VERIFY(&verdict, sm_isolation_gap(&sm) == sm.pages, "the model itself");
	}
	if (!verdict.failed)
		sweep();
	for (unsigned kind = 1; kind < 7; kind++)
		say("# step %u: %llu done, %llu refused", kind, (unsigned long long)done[kind],
		    (unsigned long long)refused[kind]);
	conclude(&verdict, "%llu steps are the model's", (unsigned long long)steps);
	check(deaths > 2 && probes > steps / 10,
	      "%llu VMs ended on the way, %llu pages were probed", (unsigned long long)deaths,
	      (unsigned long long)probes);
}
