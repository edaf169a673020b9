/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that is shared, lent and donated at run time: who reaches it when, and what is left of it.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <lib/string.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/exception.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/schedule.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/transaction.h>
#include <tests/guest/runtime/wall.h>
#include <tests/guest/runtime/workers.h>

static __attribute__((aligned(4096))) uint64_t pages[4][512];

/* A transaction between the primary (vm 0) and a peer, in either direction */
static uint64_t offer(struct peer *owner, uint64_t function, uint16_t receiver, uint64_t address,
		      uint32_t count, int32_t *error)
{
	struct transaction t;
	struct remote remote;
	struct regs r;

	if (!owner) {
		t = transaction_of(function, receiver, address, count);
		r = transaction_call(&t);
		*error = error_of(&r);
		return handle_of(&r);
	}
	remote = remote_call(owner, offer_serve, function | (uint64_t)receiver << 32, address,
			     count, 0);
	*error = remote_error(&remote);
	return *error ? 0 : remote.out[2] | remote.out[3] << 32;
}

static int32_t retrieve(struct peer *borrower, uint16_t owner, uint64_t handle)
{
	struct remote remote;
	struct transaction t;
	struct regs r;

	if (borrower) {
		remote = remote_call(borrower, request_serve, owner, handle, 0, 0);
		return remote_error(&remote);
	}
	t = transaction_request(owner, handle);
	r = transaction_call(&t);
	if (r.x[0] == FFA_MEM_RETRIEVE_RESP)
		call(FFA_RX_RELEASE);
	return error_of(&r);
}

static int32_t simple(struct peer *who, remote_fn serve, uint64_t handle)
{
	uint64_t in[4] = {handle}, out[REMOTE_WORDS];
	struct remote remote;

	if (!who) {
		serve(in, out);
		return out[0] == FFA_ERROR ? (int32_t)out[2] : 0;
	}
	remote = remote_call(who, serve, handle, 0, 0, 0);
	return remote_error(&remote);
}

static void add_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	volatile uint64_t *at = (volatile uint64_t *)in[0];

	out[0] = *at;
	*at += in[1];
}

static bool peer_adds(struct peer *peer, uint64_t address, uint64_t before, uint64_t value)
{
	struct remote r = remote_call(peer, add_serve, address, value, 0, 0);

	return r.end == REMOTE_DONE && r.out[0] == before;
}

GUEST_TEST(mem_share)
{
	struct peer *peer = peer_take();
	uint64_t handle;
	int32_t error;

	check(peer_mailbox(peer), "the peer has a mailbox");
	pages[0][0] = 5;
	handle = offer(NULL, FFA_MEM_SHARE_32, peer->id, (uint64_t)pages[0], 1, &error);
	check_is((uint64_t)(int64_t)error, 0, "the primary shares a page");
	check(handle >> 63, "the handle is the hypervisor's");
	check_is((uint64_t)(int64_t)retrieve(peer, guest.id, handle), 0, "the peer retrieves it");
	check(peer_adds(peer, (uint64_t)pages[0], 5, 7), "and reads it");
	check_is(pages[0][0], 12, "and writes it");
	check_is((uint64_t)(int64_t)simple(NULL, reclaim_serve, handle), (uint64_t)FFA_DENIED,
		 "the primary cannot take it back while it is held");
	check_is((uint64_t)(int64_t)simple(peer, relinquish_serve, handle), 0,
		 "the peer relinquishes it");
	check_is((uint64_t)(int64_t)simple(NULL, reclaim_serve, handle), 0,
		 "the primary takes it back");
	check_is((uint64_t)(int64_t)simple(NULL, reclaim_serve, handle),
		 (uint64_t)FFA_INVALID_PARAMETERS, "once");
	check(!peer_adds(peer, (uint64_t)pages[0], 0, 0) && peer->dead,
	      "the peer does not reach it any more");
}

static bool primary_faults(op_t op, uint64_t address)
{
	struct trap trap;

	guarded_call(op, address, 0, &trap);
	return trap.taken && TRAP_FSC(&trap) == FSC_EXTERNAL;
}

/* Calls code that lies at in[0]. */
static void execute_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(in[0])
			 : "memory");
	out[0] = ((uint64_t(*)(void))in[0])();
}

GUEST_TEST(mem_lend)
{
	struct peer *reader = peer_take(), *writer = peer_take(), *runner = peer_take();
	struct remote remote;
	uint64_t handle;
	int32_t error;

	peer_mailbox(reader);
	peer_mailbox(writer);
	peer_mailbox(runner);
	pages[0][1] = 77;
	handle = offer(NULL, FFA_MEM_LEND_32, writer->id, (uint64_t)pages[0], 2, &error);
	check(!error, "the primary lends two pages");
	check(primary_faults(op_read, (uint64_t)pages[0]) &&
		      primary_faults(op_write, (uint64_t)pages[1]),
	      "and reaches them no more");
	pages[2][0] = 1;
	check(pages[2][0] == 1, "what lies behind them it does");
	check_is((uint64_t)(int64_t)retrieve(runner, guest.id, handle),
		 (uint64_t)FFA_INVALID_PARAMETERS, "nobody else retrieves them");
	remote = remote_call(writer, request_serve, guest.id | FFA_MEM_READ_WRITE << 16, handle,
			     FFA_MEM_ZERO_AFTER, 0);
	check(!remote_error(&remote) && remote.out[4] == (uint64_t)pages[0], "the borrower does");
	check(peer_adds(writer, (uint64_t)&pages[0][1], 77, 1), "and finds what was there");
	check_is((uint64_t)(int64_t)retrieve(writer, guest.id, handle), (uint64_t)FFA_DENIED,
		 "once");
	check_is((uint64_t)(int64_t)simple(writer, relinquish_serve, handle), 0, "it lets go");
	check_is((uint64_t)(int64_t)simple(writer, relinquish_serve, handle), (uint64_t)FFA_DENIED,
		 "once");
	check_is((uint64_t)(int64_t)simple(NULL, reclaim_serve, handle), 0,
		 "the primary takes them back");
	check(pages[0][1] == 0 && pages[1][511] == 0, "zeroed, as the borrower asked for");

	pages[3][0] = 5;
	remote = remote_call(reader, offer_serve,
			     FFA_MEM_LEND_32 | (uint64_t)guest.id << 32 | UINT64_C(1) << 48,
			     ALIGN_UP(reader->spare.start, PAGE_SIZE), 1, 0);
	handle = remote.out[2] | remote.out[3] << 32;
	check(!remote_error(&remote), "a secondary lends the primary a page, to read");
	check_is((uint64_t)(int64_t)retrieve(NULL, reader->id, handle), 0, "which it retrieves");
	check(primary_faults(op_write, ALIGN_UP(reader->spare.start, PAGE_SIZE)) &&
		      !primary_faults(op_read, ALIGN_UP(reader->spare.start, PAGE_SIZE)),
	      "reads and cannot write");
	call(BH_VM_STOP, reader->id);
	check(!primary_faults(op_read, ALIGN_UP(reader->spare.start, PAGE_SIZE)),
	      "even when the owner has ended");
	check_is((uint64_t)(int64_t)simple(NULL, relinquish_serve, handle), 0, "then lets go");
	check(primary_faults(op_read, ALIGN_UP(reader->spare.start, PAGE_SIZE)), "for ever");

	pages[0][0] = UINT64_C(0xD65F03C0D2800540); /* mov x0, #42; ret */
	handle = offer(NULL, FFA_MEM_LEND_32, runner->id, (uint64_t)pages[0], 1, &error);
	remote = remote_call(runner, request_serve,
			     guest.id | (FFA_MEM_READ_WRITE | FFA_MEM_EXECUTE) << 16, handle, 0, 0);
	check(!error && !remote_error(&remote), "a borrower asks for a page to execute");
	remote = remote_call(runner, execute_serve, (uint64_t)pages[0], 0, 0, 0);
	check(remote.end == REMOTE_DONE && remote.out[0] == 42, "and does");
	call(BH_VM_STOP, runner->id);
	check_is((uint64_t)(int64_t)simple(NULL, reclaim_serve, handle), 0,
		 "its end gives the page back");
	pages[0][0] = UINT64_C(0xD65F03C0D2800540);
	handle = offer(NULL, FFA_MEM_SHARE_32, writer->id, (uint64_t)pages[0], 1, &error);
	retrieve(writer, guest.id, handle);
	remote = remote_call(writer, execute_serve, (uint64_t)pages[0], 0, 0, 0);
	check(!error && remote.end == REMOTE_ABORTED && remote.value == BH_FAULT_MEMORY_EXEC,
	      "what is shared is not executed");
}

/* The primary's memory has 2 MiB to spare; the image lies at its start. */
GUEST_TEST(mem_donate)
{
	struct peer *peer = peer_take();
	uint64_t unit = ALIGN_DOWN(guest.memory.start + guest.memory.size - 1, SIZE_2M), handle;
	struct remote remote;
	int32_t error;

	peer_mailbox(peer);
	offer(NULL, FFA_MEM_DONATE_32, peer->id, (uint64_t)pages[0], 1, &error);
	check_is((uint64_t)(int64_t)error, (uint64_t)FFA_DENIED, "single pages are not donated");
	offer(NULL, FFA_MEM_DONATE_32, peer->id, ALIGN_DOWN((uint64_t)mailbox_rx, SIZE_2M), 512,
	      &error);
	check_is((uint64_t)(int64_t)error, (uint64_t)FFA_DENIED,
		 "nor a unit with the mailbox in it");
	*(volatile uint64_t *)unit = 9;
	handle = offer(NULL, FFA_MEM_DONATE_32, peer->id, unit, 512, &error);
	check(!error && primary_faults(op_read, unit), "a unit is, and out of reach");
	check_is((uint64_t)(int64_t)simple(NULL, reclaim_serve, handle), 0,
		 "until it is taken back");
	check(*(volatile uint64_t *)unit == 9, "as it was");
	handle = offer(NULL, FFA_MEM_DONATE_32, peer->id, unit, 512, &error);
	remote = remote_call(peer, request_serve,
			     guest.id | (FFA_MEM_READ_WRITE | FFA_MEM_EXECUTE) << 16, handle, 0, 0);
	check(!error && !remote_error(&remote), "the receiver retrieves it");
	check_is((uint64_t)(int64_t)simple(NULL, reclaim_serve, handle),
		 (uint64_t)FFA_INVALID_PARAMETERS, "then it is not the primary's any more");
	check(peer_adds(peer, unit, 9, 1) && primary_faults(op_write, unit), "but the receiver's");
	remote = remote_call(peer, offer_serve, FFA_MEM_DONATE_32 | (uint64_t)guest.id << 32, unit,
			     512, 0);
	handle = remote.out[2] | remote.out[3] << 32;
	check(!remote_error(&remote), "who donates it back");
	check_is((uint64_t)(int64_t)retrieve(NULL, peer->id, handle), 0, "to the primary");
	check(*(volatile uint64_t *)unit == 10, "as it was");
	check(!peer_adds(peer, unit, 10, 1) && peer->dead, "and reaches it no more");
}

static void bad(const char *what, int32_t wanted, const struct transaction *t)
{
	struct regs r = transaction_call(t);

	check_is((uint64_t)(int64_t)error_of(&r), (uint64_t)(int64_t)wanted, "%s", what);
}

/* What the model does not play with */
GUEST_TEST(mem_refusals)
{
	struct peer *peer = peer_take(), *other = peer_take();
	struct transaction good = transaction_of(FFA_MEM_SHARE_32, peer->id, (uint64_t)pages[0], 1),
			   t;
	uint64_t handle;
	struct regs r;

	r = call(FFA_MEM_SHARE_32, 112, 96);
	check_is((uint64_t)error_of(&r), (uint64_t)FFA_INVALID_PARAMETERS, "two fragments");
	r = call(FFA_MEM_SHARE_64, 112, 112, (uint64_t)pages[1], 1);
	check_is((uint64_t)error_of(&r), (uint64_t)FFA_INVALID_PARAMETERS,
		 "another buffer than TX");
	r = call(FFA_MEM_SHARE_32, 4112, 4112);
	check_is((uint64_t)error_of(&r), (uint64_t)FFA_INVALID_PARAMETERS, "longer than TX");
	r = call(FFA_MEM_SHARE_32, 4096, 4096);
	check_is((uint64_t)error_of(&r), (uint64_t)FFA_NO_MEMORY,
		 "longer than any that is accepted");
	t = good;
	t.ranges[0].address = guest_argument("hv", 0);
	bad("the hypervisor's memory", FFA_DENIED, &t);
	t.ranges[0].address = peer->spare.start & ~UINT64_C(0xFFF);
	bad("another VM's memory", FFA_DENIED, &t);
	t.ranges[0].address = (uint64_t)mailbox_tx;
	bad("the mailbox", FFA_DENIED, &t);
	t.ranges[0].address = guest.streams[0].at.start;
	bad("what the manifest shares", FFA_DENIED, &t);
	t.ranges[0].address = 0x9000000;
	bad("a device", FFA_DENIED, &t);
	t.ranges[0].address = UINT64_C(0xFFFFFFFFFFFFF000);
	bad("the last page there can be", FFA_INVALID_PARAMETERS, &t);
	t = good;
	t.composite.page_count = t.ranges[0].page_count = 513;
	bad("more pages than a transaction may have", FFA_NO_MEMORY, &t);
	t = good;
	t.header.access_offset = 0xFFFFFFF0;
	bad("access descriptors nowhere", FFA_INVALID_PARAMETERS, &t);
	t = good;
	t.access[0].composite_offset = 0xFFFFFFF8;
	bad("ranges nowhere", FFA_INVALID_PARAMETERS, &t);
	t = good;
	t.header.attributes = 0x13; /* device nGnRnE */
	bad("as device memory", FFA_INVALID_PARAMETERS, &t);
	t = good;
	t.access[0].receiver = other->id;
	call(BH_VM_STOP, other->id);
	bad("a VM that has ended", FFA_ABORTED, &t);
	r = transaction_call(&good);
	handle = handle_of(&r);
	check(handle, "and what is right is accepted");
	bad("again", FFA_DENIED, &good);
	r = mem_reclaim(handle ^ UINT64_C(1) << 40, 0);
	check_is((uint64_t)error_of(&r), (uint64_t)FFA_INVALID_PARAMETERS,
		 "a handle that there is not");
	r = mem_reclaim(handle, 4);
	check_is((uint64_t)error_of(&r), (uint64_t)FFA_INVALID_PARAMETERS,
		 "flags that there are not");
	check_is((uint64_t)(int64_t)retrieve(peer, guest.id, handle),
		 (uint64_t)FFA_INVALID_PARAMETERS, "a borrower without a mailbox");
	call(FFA_RXTX_UNMAP);
	r = mem_relinquish(handle, 0);
	check_is((uint64_t)error_of(&r), (uint64_t)FFA_INVALID_PARAMETERS,
		 "RELINQUISH without a mailbox");
	r = mem_reclaim(handle, 0);
	check_is(r.x[0], FFA_SUCCESS_32, "RECLAIM needs none");
	check_is(call(FFA_RXTX_MAP_64, (uint64_t)pages[0], (uint64_t)pages[1], 1).x[0],
		 FFA_SUCCESS_32, "the page can be a mailbox then");
}

/* --- a table that changes under vCPUs that run --- */

#define ROUNDS 400u

static uint32_t racing; /* atomic */
static uint64_t laps[CORES_MAX];

/* Touches a page of the same 2 MiB as those that are lent, and runs code there. */
static void neighbour(uint64_t core)
{
	volatile uint64_t *word = &pages[1][core];

	while (__atomic_load_n(&racing, __ATOMIC_ACQUIRE)) {
		*word = *word + 1;
		laps[core]++;
	}
}

GUEST_TEST(mem_races)
{
	struct verdict v = {0};
	struct peer *peer = peer_take();

	peer_mailbox(peer);
	workers_start(guest.vcpus);
	__atomic_store_n(&racing, 1, __ATOMIC_RELEASE);
	for (uint32_t i = 1; i < guest.vcpus; i++)
		worker_do(i, neighbour, i);
	for (unsigned i = 0; i < ROUNDS && !v.failed; i++) {
		int32_t error;
		uint64_t handle = offer(NULL, FFA_MEM_LEND_32, peer->id, (uint64_t)pages[2], 2,
					&error);

		VERIFY(&v, !error, "round %u: the offer: %d", i, error);
		if (i % 8 == 0) {
			VERIFY(&v, !retrieve(peer, guest.id, handle), "round %u: the request", i);
			VERIFY(&v, peer_adds(peer, (uint64_t)pages[2], i / 8, 1),
			       "round %u: the borrower", i);
			VERIFY(&v, !simple(peer, relinquish_serve, handle), "round %u: letting go",
			       i);
		}
		VERIFY(&v, !simple(NULL, reclaim_serve, handle), "round %u: the way back", i);
	}
	__atomic_store_n(&racing, 0, __ATOMIC_RELEASE);
	for (uint32_t i = 1; i < guest.vcpus; i++) {
		worker_wait(i);
		VERIFY(&v, pages[1][i] == laps[i] && laps[i] > ROUNDS, "core %u: %llu of %llu", i,
		       (unsigned long long)pages[1][i], (unsigned long long)laps[i]);
	}
	conclude(&v, "%u times pages are lent, while other cores use their neighbours", ROUNDS);
}
