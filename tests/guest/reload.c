/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The login VM that is loaded again after its end: who may do that and when, and what is left of it and of what it shared.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <lib/string.h>
#include <tests/guest/runtime/check.h>
#include <tests/guest/runtime/exception.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/transaction.h>

#define STEPS_MAX 100000u
#define WORDS     (4096 / sizeof(uint64_t))
#define POISON    UINT64_C(0x4711471147114711)
#define BELL      1u

static __attribute__((aligned(4096))) uint64_t page[WORDS];

/* in: an address. out: words at a page there that are not zero, before they are poisoned; errors of BIND; whether the rest failed */
static void poison_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	volatile uint64_t *words = (volatile uint64_t *)in[0];
	struct regs bind = call(FFA_NOTIFICATION_BIND,
				FFA_NOTIFICATION_IDS(FFA_PRIMARY_ID, guest.id), 0, BELL);

	out[0] = 0;
	for (unsigned i = 0; i < WORDS; i++) {
		out[0] += words[i] != 0;
		words[i] = POISON;
	}
	out[1] = (uint64_t)(int64_t)error_of(&bind);
}

static void read_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct trap trap = {0};

	out[0] = guarded_call(op_read, in[0], 0, &trap);
	out[1] = trap.taken;
}

/* out: the beginning of its seed; 0: it has none */
static void seed_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	out[0] = 0;
	if (guest.seed)
		memcpy(out, guest.seed, sizeof(out[0]));
}

static uint64_t seed_of(struct peer *peer)
{
	struct remote r = remote_call(peer, seed_serve, 0, 0, 0, 0);

	return r.end == REMOTE_DONE ? r.out[0] : 0;
}

static int32_t reload_by(struct peer *peer, uint64_t id)
{
	struct remote remote;
	struct regs r;

	if (!peer) {
		r = call(BH_VM_RELOAD, id);
		return error_of(&r);
	}
	remote = remote_hvc(peer, BH_VM_RELOAD, id, 0, 0);
	return remote.end == REMOTE_DONE && remote.out[0] == FFA_ERROR ? (int32_t)remote.out[2] : 0;
}

/* Its last answer's error, or 0 */
static int32_t reload_all(const struct peer *login)
{
	for (unsigned step = 0; step < STEPS_MAX; step++) {
		struct regs r = call(BH_VM_RELOAD, login->id);

		if (r.x[0] != FFA_SUCCESS_32 || !r.x[2])
			return error_of(&r);
	}
	return FFA_RETRY;
}

static void is_refused(struct peer *peer, uint64_t id, int32_t error, const char *what)
{
	check_is((uint64_t)(int64_t)reload_by(peer, id), (uint64_t)(int64_t)error, "%s", what);
}

/* not the page that it shares, which is zeroed for that */
static uint64_t poisoned(const struct peer *login)
{
	return login->spare.start + sizeof(page);
}

static void is_poisoned(struct peer *login, const char *what)
{
	struct remote r = remote_call(login, poison_serve, poisoned(login), 0, 0, 0);

	check(r.end == REMOTE_DONE && r.out[0] == 0, "%s: its memory is zero", what);
	check(r.end == REMOTE_DONE && r.out[1] == 0, "%s: it binds a notification", what);
	check(peer_mailbox(login), "%s: it maps its mailbox", what);
}

/* One page of each, retrieved by the other; the handles */
static void pages_share(struct peer *login, uint64_t *ours, uint64_t *its)
{
	struct transaction t = transaction_of(FFA_MEM_SHARE_64, login->id, (uint64_t)page, 1);
	struct regs r = transaction_call(&t);
	struct remote remote;

	*ours = handle_of(&r);
	remote = remote_call(login, request_serve, guest.id, *ours, 0, 0);
	check_is((uint64_t)(int64_t)remote_error(&remote), 0, "it retrieves a page of the primary");
	remote = remote_call(login, offer_serve, FFA_MEM_SHARE_64 | (uint64_t)guest.id << 32,
			     login->spare.start, 1, 0);
	*its = remote.out[2] | remote.out[3] << 32;
	t = transaction_request(login->id, *its);
	r = transaction_call(&t);
	check_is(r.x[0], FFA_MEM_RETRIEVE_RESP, "the primary retrieves a page of it");
	call(FFA_RX_RELEASE);
}

GUEST_TEST(reload)
{
	struct peer *login = peer_take(), *other = peer_take();
	uint64_t ours, its, seed = seed_of(login);
	struct remote r;
	struct regs back;

	check(seed && seed_of(other) && seed != seed_of(other), "each VM has a seed of its own");
	is_refused(login, login->id, FFA_DENIED, "the login VM does not load itself");
	is_refused(other, login->id, FFA_DENIED, "nor does a secondary");
	is_refused(NULL, login->id, FFA_DENIED, "nor the primary while it lives");
	is_refused(NULL, guest.id, FFA_INVALID_PARAMETERS, "not the primary");
	is_refused(NULL, other->id, FFA_INVALID_PARAMETERS, "not a secondary");
	is_refused(NULL, 0, FFA_INVALID_PARAMETERS, "not VM 0");
	is_refused(NULL, 0xFFFFFFFF, FFA_INVALID_PARAMETERS, "not VM ~0");
	is_poisoned(login, "first");
	page[0] = POISON;
	pages_share(login, &ours, &its);
	r = remote_call(login, read_serve, (uint64_t)page, 0, 0, 0);
	check(r.out[0] == POISON && !r.out[1], "it reads the primary's page");
	*(volatile uint64_t *)login->spare.start = POISON;
	call(BH_VM_STOP, login->id);
	check_is((uint64_t)(int64_t)reload_all(login), (uint64_t)FFA_DENIED,
		 "not while the primary holds a page of it");
	check_is(*(volatile uint64_t *)login->spare.start, POISON, "which is as it was");
	check(peer_run(login, 0, 1000).x[0] == BH_RUN_ABORTED, "it does not run meanwhile");
	back = mem_relinquish(its, 0);
	check_is((uint64_t)(int64_t)error_of(&back), 0, "the primary lets go of it");
	check_is((uint64_t)(int64_t)reload_all(login), 0, "then it is loaded");
	is_refused(NULL, login->id, FFA_DENIED, "once");
	peer_start(login);
	check(seed_of(login) && seed_of(login) != seed, "its seed is another one");
	is_poisoned(login, "again");
	r = remote_call(login, read_serve, (uint64_t)page, 0, 0, 0);
	check(r.out[1] == 1, "it does not reach the primary's page any more");
	back = mem_reclaim(ours, 0);
	check_is((uint64_t)(int64_t)error_of(&back), 0, "which the primary takes back");
}
