/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that is shared, lent and donated at run time: who reaches it when, and what is left of it.
 */
#include <bulkhead/ffa.h>
#include <lib/string.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/transaction.h>
#include <tests/guest/runtime/wall.h>

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
