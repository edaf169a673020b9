/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * FF-A memory transactions: descriptors in the TX buffer of this guest, in either version's layout, and the calls with them. A secondary
 * does for the primary what remote_call asks of these.
 */
#ifndef TESTS_GUEST_TRANSACTION_H
#define TESTS_GUEST_TRANSACTION_H

#include <bulkhead/ffa.h>
#include <tests/guest/runtime/remote.h>

#define TRANSACTION_RANGES   20
#define TRANSACTION_ACCESSES 6

/* A descriptor's fields; what is zero here is zero in it, but for what an owner must fill in (transaction_of) */
struct transaction {
	uint64_t function;
	struct ffa_mem_header header;
	struct ffa_mem_access access[TRANSACTION_ACCESSES];
	struct ffa_mem_composite composite;
	struct ffa_mem_range ranges[TRANSACTION_RANGES];
	bool v1_0;
	uint32_t length; /* of the whole; 0: what it is */
};

/* `function` of `pages` pages at `address`, from this guest to `receiver`: valid in every field */
struct transaction transaction_of(uint64_t function, uint16_t receiver, uint64_t address,
				  uint32_t pages);
/* A request for it by this guest */
struct transaction transaction_request(uint16_t owner, uint64_t handle);
/* Writes the descriptor into TX and calls. */
struct regs transaction_call(const struct transaction *t);
struct regs mem_relinquish(uint64_t handle, uint32_t flags);
struct regs mem_reclaim(uint64_t handle, uint32_t flags);
/* The handle in the answer to an owner's call */
uint64_t handle_of(const struct regs *r);

/*
 * For remote_call, after peer_mailbox; the answer's x0 to x3 in out[0] to out[3].
 * offer_serve: in = function | receiver << 32 | permissions << 48, address, pages | flags << 32, tag.
 * request_serve: in = owner | permissions << 16, handle, flags, tag; the response in RX is checked, out[4] = its first address, or
 *   0 when it is not well-formed. RX is released.
 * relinquish_serve, reclaim_serve: in = handle, flags.
 */
void offer_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS]);
void request_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS]);
void relinquish_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS]);
void reclaim_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS]);
/* Its mailbox is mapped from now on; false when that failed. */
bool peer_mailbox(struct peer *peer);
/* The first error code, or 0, in what a peer answered to one of the above; 100 when it did not answer. */
int32_t remote_error(const struct remote *remote);

#endif
