/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Notifications between the primary and a secondary, both ways: bound bits only, the interrupt, INFO_GET's lists, every refusal.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <tests/guest/runtime/check.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/remote.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>

#define BITS UINT64_C(0x8000000000000011)
#define LOW  (uint32_t) BITS
#define HIGH (BITS >> 32)

static void notify_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct regs r = call(in[0], (uint32_t)in[1], in[1] >> 32, (uint32_t)in[2], in[2] >> 32);

	out[0] = r.x[0];
	out[1] = r.x[2];
	out[2] = r.x[4];
	out[3] = r.x[5];
	out[4] = (uint64_t)(int64_t)error_of(&r);
}

/* A call by the primary (peer NULL) or by a peer */
static struct regs call_by(struct peer *peer, uint64_t function, uint64_t ids, uint64_t flags,
			   uint64_t bits)
{
	struct regs r = {0};
	struct remote remote;

	if (!peer)
		return call(function, ids, flags, (uint32_t)bits, bits >> 32);
	remote = remote_call(peer, notify_serve, function, ids | flags << 32, bits, 0);
	r.x[0] = remote.end == REMOTE_DONE ? remote.out[0] : 0;
	r.x[2] = remote.out[1];
	r.x[4] = remote.out[2];
	r.x[5] = remote.out[3];
	return r;
}

static void expect(struct peer *peer, int32_t error, const char *what, uint64_t function,
		   uint64_t ids, uint64_t flags, uint64_t bits)
{
	struct regs r = call_by(peer, function, ids, flags, bits);
	int64_t got = r.x[0] == FFA_ERROR ? (int32_t)r.x[2] : r.x[0] == FFA_SUCCESS_32 ? 0 : 1;

	check_is((uint64_t)got, (uint64_t)(int64_t)error, "%s: %s",
		 peer ? "a secondary" : "the primary", what);
}

static uint64_t get(struct peer *peer, uint16_t id)
{
	struct regs r = call_by(peer, FFA_NOTIFICATION_GET, FFA_NOTIFICATION_GET_IDS(0, id),
				FFA_NOTIFICATION_FROM_ALL, 0);

	return r.x[0] == FFA_SUCCESS_32 ? r.x[4] | r.x[5] << 32 : ~UINT64_C(0);
}

/* Each as receiver, the other as sender; `third` is a secondary that has to do with neither. */
static void refusals(struct peer *receiver, uint16_t self, struct peer *sender, uint16_t other,
		     uint16_t third)
{
	uint64_t ids = FFA_NOTIFICATION_IDS(other, self);

	expect(receiver, FFA_INVALID_PARAMETERS, "BIND of nothing", FFA_NOTIFICATION_BIND, ids, 0,
	       0);
	expect(receiver, FFA_INVALID_PARAMETERS, "BIND with flags", FFA_NOTIFICATION_BIND, ids, 2,
	       BITS);
	expect(receiver, FFA_INVALID_PARAMETERS, "BIND for another", FFA_NOTIFICATION_BIND,
	       FFA_NOTIFICATION_IDS(other, third), 0, BITS);
	expect(receiver, FFA_INVALID_PARAMETERS, "BIND to itself", FFA_NOTIFICATION_BIND,
	       FFA_NOTIFICATION_IDS(self, self), 0, BITS);
	expect(receiver, FFA_INVALID_PARAMETERS, "BIND to VM 0", FFA_NOTIFICATION_BIND,
	       FFA_NOTIFICATION_IDS(0, self), 0, BITS);
	expect(sender, FFA_DENIED, "SET of what is not bound", FFA_NOTIFICATION_SET, ids, 0, BITS);
	expect(receiver, FFA_DENIED, "UNBIND of what is not bound", FFA_NOTIFICATION_UNBIND, ids, 0,
	       BITS);
	expect(receiver, 0, "BIND", FFA_NOTIFICATION_BIND, ids, 0, BITS);
	expect(receiver, FFA_DENIED, "BIND again", FFA_NOTIFICATION_BIND, ids, 0, 1);
	expect(receiver, FFA_DENIED, "BIND again for a vCPU", FFA_NOTIFICATION_BIND, ids, 1, 1);
	expect(sender, FFA_DENIED, "SET of one bit too many", FFA_NOTIFICATION_SET, ids, 0,
	       BITS | 2);
	expect(sender, FFA_DENIED, "SET for a vCPU", FFA_NOTIFICATION_SET, ids, 1, BITS);
	expect(sender, FFA_INVALID_PARAMETERS, "SET of nothing", FFA_NOTIFICATION_SET, ids, 0, 0);
	expect(sender, FFA_INVALID_PARAMETERS, "SET with flags", FFA_NOTIFICATION_SET, ids, 4,
	       BITS);
	expect(sender, FFA_INVALID_PARAMETERS, "SET with a vCPU for all", FFA_NOTIFICATION_SET, ids,
	       0x10000, BITS);
	expect(sender, FFA_INVALID_PARAMETERS, "SET for vCPU 40", FFA_NOTIFICATION_SET, ids,
	       0x280001, BITS);
	expect(sender, FFA_INVALID_PARAMETERS, "SET in another's name", FFA_NOTIFICATION_SET,
	       FFA_NOTIFICATION_IDS(third, self), 0, BITS);
	expect(receiver, FFA_INVALID_PARAMETERS, "GET of nobody's", FFA_NOTIFICATION_GET, self, 0,
	       0);
	expect(receiver, FFA_INVALID_PARAMETERS, "GET with flags", FFA_NOTIFICATION_GET, self, 0x12,
	       0);
	expect(receiver, FFA_INVALID_PARAMETERS, "GET of another's", FFA_NOTIFICATION_GET, other, 2,
	       0);
	expect(receiver, FFA_INVALID_PARAMETERS, "GET of vCPU 40", FFA_NOTIFICATION_GET,
	       40 << 16 | self, 2, 0);
	check_is(get(receiver, self), 0, "nothing is pending so far");
	expect(sender, 0, "SET", FFA_NOTIFICATION_SET, ids, 0, BITS);
	expect(receiver, FFA_DENIED, "UNBIND of what is pending", FFA_NOTIFICATION_UNBIND, ids, 0,
	       BITS);
	check_is(get(receiver, self), BITS, "what was set is got");
	check_is(get(receiver, self), 0, "once");
	expect(receiver, FFA_INVALID_PARAMETERS, "UNBIND with flags", FFA_NOTIFICATION_UNBIND, ids,
	       1, BITS);
	expect(receiver, FFA_DENIED, "UNBIND of one bit too many", FFA_NOTIFICATION_UNBIND, ids, 0,
	       BITS | 2);
	expect(receiver, 0, "UNBIND", FFA_NOTIFICATION_UNBIND, ids, 0, BITS);
	expect(sender, FFA_DENIED, "SET after it", FFA_NOTIFICATION_SET, ids, 0, BITS);
	check_is(get(receiver, self), 0, "nothing came of it");
}

GUEST_TEST(notify_refusals)
{
	struct peer *peer = peer_take(), *third = peer_take();

	interrupts_take();
	refusals(peer, peer->id, NULL, guest.id, third->id);
	refusals(NULL, guest.id, peer, peer->id, third->id);
	/* secondaries have nothing to tell each other */
	expect(peer, FFA_DENIED, "BIND to a secondary", FFA_NOTIFICATION_BIND,
	       FFA_NOTIFICATION_IDS(third->id, peer->id), 0, BITS);
	expect(third, FFA_DENIED, "SET of a secondary's", FFA_NOTIFICATION_SET,
	       FFA_NOTIFICATION_IDS(third->id, peer->id), 0, BITS);
	/* what is bound to one is nobody else's to set */
	expect(NULL, 0, "BIND", FFA_NOTIFICATION_BIND, FFA_NOTIFICATION_IDS(peer->id, guest.id), 0,
	       BITS);
	expect(third, FFA_DENIED, "SET of what is bound to another", FFA_NOTIFICATION_SET,
	       FFA_NOTIFICATION_IDS(third->id, guest.id), 0, BITS);
	expect(third, FFA_INVALID_PARAMETERS, "SET in the other's name", FFA_NOTIFICATION_SET,
	       FFA_NOTIFICATION_IDS(peer->id, guest.id), 0, BITS);
	expect(peer, FFA_DENIED, "INFO_GET", FFA_NOTIFICATION_INFO_GET_64, 0, 0, 0);
	check_is(get(NULL, guest.id), 0, "nothing is pending");
}

/* Takes the interrupt once; out[0] = how often it has come, out[1] = what was pending */
static void taken_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct regs r;

	(void)in;
	gic_start();
	gic_enable(BH_INTID_NPI, true);
	interrupts_take();
	r = call(FFA_NOTIFICATION_GET, guest.id, FFA_NOTIFICATION_FROM_VMS);
	out[0] = core_this()->taken[BH_INTID_NPI];
	out[1] = r.x[4] | r.x[5] << 32;
}

static bool peer_took(struct peer *peer, uint64_t times, uint64_t bits)
{
	struct remote r = remote_call(peer, taken_serve, 0, 0, 0, 0);

	return r.end == REMOTE_DONE && r.out[0] == times && r.out[1] == bits;
}

static bool info_is(uint64_t function, uint64_t x2, uint64_t x3)
{
	struct regs r = call(function);

	return r.x[0] == (function & 0x40000000 ? FFA_SUCCESS_64 : FFA_SUCCESS_32) &&
	       r.x[2] == x2 && r.x[3] == x3;
}

GUEST_TEST(notify)
{
	struct peer *peer = peer_take();
	uint32_t taken = cores[0].taken[BH_INTID_NPI];
	uint64_t down = FFA_NOTIFICATION_IDS(guest.id, peer->id),
		 up = FFA_NOTIFICATION_IDS(peer->id, guest.id);
	struct regs r = call(FFA_FEATURES, FFA_FEATURE_NPI);

	check_is(r.x[2], BH_INTID_NPI, "FFA_FEATURES tells the interrupt");
	gic_enable(BH_INTID_NPI, true);
	check(peer_took(peer, 0, 0), "the peer has none at first");
	expect(peer, 0, "BIND", FFA_NOTIFICATION_BIND, down, 0, BITS);
	expect(NULL, 0, "SET", FFA_NOTIFICATION_SET, down, 0, 1);
	expect(NULL, 0, "SET of another bit", FFA_NOTIFICATION_SET, down, 0, 16);
	check(info_is(FFA_NOTIFICATION_INFO_GET_64, 1 << 7, peer->id), "INFO_GET names the peer");
	expect(NULL, FFA_NO_DATA, "INFO_GET again", FFA_NOTIFICATION_INFO_GET_64, 0, 0, 0);
	check(peer_took(peer, 1, 17), "the peer takes one interrupt and both bits");
	check(peer_took(peer, 1, 0), "and then no more");
	expect(NULL, 0, "BIND", FFA_NOTIFICATION_BIND, up, 0, BITS);
	expect(peer, 0, "SET", FFA_NOTIFICATION_SET, up, 0, BITS);
	interrupts_take();
	check_is(cores[0].taken[BH_INTID_NPI], taken + 1, "the primary takes an interrupt");
	expect(peer, 0, "SET of what is pending", FFA_NOTIFICATION_SET, up, 0, BITS);
	interrupts_take();
	check_is(cores[0].taken[BH_INTID_NPI], taken + 1, "but none for what is pending");
	check(info_is(FFA_NOTIFICATION_INFO_GET_32, 1 << 7, guest.id),
	      "INFO_GET names the primary");
	check_is(get(NULL, guest.id), BITS, "GET");
}

/* For each vCPU its own, and more than one answer's lists can hold */
GUEST_TEST(notify_vcpus)
{
	struct peer *all[12];
	unsigned lists = 0, vcpus = 0, answers = 0;
	struct regs r;

	for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
		uint64_t ids;

		all[i] = peer_take();
		ids = FFA_NOTIFICATION_IDS(guest.id, all[i]->id);
		r = call_by(all[i], FFA_NOTIFICATION_BIND, ids, FFA_NOTIFICATION_PER_VCPU, 6);
		for (uint32_t v = 0; v < all[i]->vcpus && r.x[0] == FFA_SUCCESS_32; v++)
			r = call(FFA_NOTIFICATION_SET, ids, v << 16 | 1, 2);
		if (r.x[0] != FFA_SUCCESS_32)
			check(false, "VM %u: notifications for its vCPUs", all[i]->id);
	}
	do {
		r = call(answers++ % 2 ? FFA_NOTIFICATION_INFO_GET_32
				       : FFA_NOTIFICATION_INFO_GET_64);
		for (unsigned i = 0; r.x[0] != FFA_ERROR && i < FFA_NOTIFICATION_INFO_LISTS(r.x[2]);
		     i++, lists++)
			vcpus += FFA_NOTIFICATION_INFO_VCPUS(r.x[2], i);
	} while (r.x[0] != FFA_ERROR && r.x[2] & FFA_NOTIFICATION_INFO_MORE);
	check_is(vcpus, ARRAY_SIZE(all) * all[0]->vcpus, "INFO_GET names each vCPU once");
	check(lists >= ARRAY_SIZE(all) && answers > 1, "in %u lists of %u answers", lists, answers);
	check_is(get(all[0], all[0]->id), 2, "a vCPU gets its own");
	check_is(get(all[0], all[0]->id), 0, "once");
}
