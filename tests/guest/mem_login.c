/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * FF-A memory calls by the login VM for what is not its own: transactions of others, memory of others, its devices. A secondary tries the
 * same towards the login VM.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <tests/guest/runtime/check.h>
#include <tests/guest/runtime/exception.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/transaction.h>
#include <tests/guest/runtime/wall.h>

static __attribute__((aligned(4096))) uint64_t page[512];

/* As offer_serve or request_serve, in another's name. in: function, 0 for a request; owner | receiver << 16; handle or address */
static void lie_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	uint16_t owner = (uint16_t)in[1], receiver = (uint16_t)(in[1] >> 16);
	struct transaction t = in[0] ? transaction_of(in[0], receiver, in[2], 1)
				     : transaction_request(owner, in[2]);
	struct regs r;

	t.header.sender = owner;
	t.access[0].receiver = receiver;
	r = transaction_call(&t);
	for (unsigned i = 0; i < 4; i++)
		out[i] = r.x[i];
}

static void refused(struct peer *peer, remote_fn serve, uint64_t a, uint64_t b, uint64_t c,
		    int32_t error, const char *what)
{
	struct remote r = remote_call(peer, serve, a, b, c, 0);

	check_is((uint64_t)(int64_t)remote_error(&r), (uint64_t)(int64_t)error, "%s: %s",
		 peer == login() ? "the login VM" : "a secondary", what);
}

static void offer_refused(struct peer *peer, uint16_t receiver, uint64_t address, int32_t error,
			  const char *what)
{
	refused(peer, offer_serve, FFA_MEM_SHARE_64 | (uint64_t)receiver << 32, address, 1, error,
		what);
}

static void transactions_of_others(struct peer *third)
{
	struct transaction t = transaction_of(FFA_MEM_SHARE_64, third->id, (uint64_t)page, 1);
	struct regs r = transaction_call(&t);
	uint64_t handle = handle_of(&r), names = guest.id | (uint64_t)third->id << 16;
	struct attack attack = attack_memory("reads", op_read, "a page that others share",
					     (uint64_t)page, (uint64_t)page, CAUSE(MEMORY_READ));
	struct remote remote;

	check(handle, "the primary shares a page with a secondary");
	refused(login(), request_serve, guest.id, handle, 0, FFA_INVALID_PARAMETERS,
		"RETRIEVE_REQ of what others were offered");
	refused(login(), lie_serve, 0, names, handle, FFA_INVALID_PARAMETERS,
		"RETRIEVE_REQ in the name of another borrower");
	refused(login(), request_serve, third->id, handle, 0, FFA_INVALID_PARAMETERS,
		"RETRIEVE_REQ with another owner");
	refused(login(), relinquish_serve, handle, 0, 0, FFA_INVALID_PARAMETERS,
		"RELINQUISH of it");
	refused(login(), reclaim_serve, handle, 0, 0, FFA_INVALID_PARAMETERS, "RECLAIM of it");
	remote = remote_call(third, request_serve, guest.id, handle, 0, 0);
	check_is((uint64_t)(int64_t)remote_error(&remote), 0, "the secondary retrieves it");
	refused(login(), request_serve, guest.id, handle, 0, FFA_INVALID_PARAMETERS,
		"RETRIEVE_REQ of what others have retrieved");
	refused(login(), relinquish_serve, handle, 0, 0, FFA_INVALID_PARAMETERS,
		"RELINQUISH of what others have retrieved");
	attack_by_login(&attack);
	for (uint64_t slot = 0; slot < 100; slot += 33)
		refused(login(), request_serve, guest.id, UINT64_C(1) << 63 | slot, 0,
			FFA_INVALID_PARAMETERS, "RETRIEVE_REQ of a guessed handle");
}

static void memory_of_others(struct peer *third)
{
	uint64_t theirs = ALIGN_DOWN(third->spare.start, PAGE_SIZE);
	uint64_t own = ALIGN_UP(login()->spare.start, PAGE_SIZE);
	uint64_t names = third->id | (uint64_t)guest.id << 16;

	offer_refused(login(), guest.id, theirs, FFA_DENIED, "offers a secondary's memory");
	offer_refused(login(), guest.id, (uint64_t)page, FFA_DENIED, "offers the primary's memory");
	offer_refused(login(), guest.id, guest_argument("hv", 0), FFA_DENIED,
		      "offers the hypervisor's memory");
	offer_refused(login(), guest.id, login()->stream.start, FFA_DENIED, "offers its channel");
	offer_refused(login(), guest.id, 0x08000000, FFA_DENIED, "offers its distributor");
	offer_refused(login(), guest.id, 0x10000000, FFA_DENIED, "offers its window of PCI");
	offer_refused(login(), guest.id, UINT64_C(0x4010008000), FFA_DENIED,
		      "offers its function's registers");
	offer_refused(login(), third->id, own, FFA_DENIED, "offers a secondary memory of its own");
	offer_refused(third, login()->id, theirs, FFA_DENIED, "offers the login VM memory");
	refused(login(), lie_serve, FFA_MEM_SHARE_64, names, theirs, FFA_INVALID_PARAMETERS,
		"offers in another owner's name");
	refused(third, lie_serve, FFA_MEM_SHARE_64, login()->id | (uint64_t)guest.id << 16, own,
		FFA_INVALID_PARAMETERS, "offers in the login VM's name");
}

static void mailbox_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct regs r = call(FFA_RXTX_MAP_64, in[0], in[1], 1);

	for (unsigned i = 0; i < 4; i++)
		out[i] = r.x[i];
}

GUEST_TEST(mem_login)
{
	struct peer *third;
	uint64_t own;

	login_start();
	victim_start();
	third = peer_take();
	own = ALIGN_UP(login()->spare.start, PAGE_SIZE);
	refused(login(), mailbox_serve, own, victim_address(), 0, FFA_INVALID_PARAMETERS,
		"a secondary's page as mailbox");
	refused(login(), mailbox_serve, own, UINT64_C(0x10000000), 0, FFA_INVALID_PARAMETERS,
		"a device as mailbox");
	check(peer_mailbox(login()) && peer_mailbox(third), "both have mailboxes");
	transactions_of_others(third);
	memory_of_others(third);
}
