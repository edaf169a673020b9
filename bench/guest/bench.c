/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See bench.h.
 */
#include <bench/guest/bench.h>

#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <lib/fmt.h>
#include <tests/guest/runtime/console.h>

#define ROUNDS_DEFAULT 10000

static_assert(CALL_PSCI_VERSION == PSCI_VERSION, "loops.S");
static_assert(CALL_ID_GET == FFA_ID_GET && CALL_MSG_WAIT == FFA_MSG_WAIT, "loops.S");
static_assert(CALL_YIELD == FFA_YIELD && CALL_RUN == FFA_RUN, "loops.S");
static_assert(CALL_DIRECT_REQ == FFA_MSG_SEND_DIRECT_REQ_64, "loops.S");
static_assert(CALL_DIRECT_RESP == FFA_MSG_SEND_DIRECT_RESP_64, "loops.S");
static_assert(CALL_INJECT == BH_INTR_INJECT, "loops.S");

static const char *const exit_names[] = {
#define X(id, name) [id] = (name),
	BH_EXIT_REASONS(X)
#undef X
};

uint64_t bench_rounds(void)
{
	return guest_argument("rounds", ROUNDS_DEFAULT);
}

struct peer *peer_serving(remote_fn serve)
{
	struct peer *peer = peer_take();
	struct remote r = remote_call(peer, serve, FFA_VM_VCPU(peer->id, guest.id), 0, 0, 0);

	if (r.end != REMOTE_DONE)
		guest_fail("VM %u does not serve: %s", peer->id, remote_text(&r));
	return peer;
}

struct bh_counters counters_of(const struct peer *peer)
{
	struct bh_counters counters;

	if (!counters_get(peer->id, 0, &counters))
		guest_fail("VM %u has no counters", peer->id);
	return counters;
}

void exits_print(const char *name, const struct bh_counters *before,
		 const struct bh_counters *after)
{
	char text[300];
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < BH_EXIT_REASON_COUNT; i++)
		if (after->exits[i] != before->exits[i])
			used += fmt_print(text + used, sizeof(text) - used, " %s=%llu",
					  exit_names[i],
					  (unsigned long long)(after->exits[i] - before->exits[i]));
	say("exits %s%s", name, text);
}

void images_print(void)
{
	say("image %u %llx", guest.id, (unsigned long long)_image_start);
	for (unsigned i = 0; i < peer_count; i++)
		say("image %u %llx", peers[i].id, (unsigned long long)peers[i].image);
}
