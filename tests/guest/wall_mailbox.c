/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * RX and TX buffers: where they may not lie, who owns them when, and that the hypervisor writes
 * into RX and nowhere else.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <lib/fmt.h>
#include <lib/string.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

#define SEED  UINT64_C(77)
#define WORDS (PAGE_SIZE / 8)

/*
 * three pages in each guest: TX, RX and what lies behind; and the answer to any call of the caller
 */
static __attribute__((aligned(4096))) uint64_t pages[3][WORDS];

/* A call by the peer, or by the primary itself for NULL; x0 to x4 in x[] */
static bool call_by(struct peer *peer, uint64_t *x, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct regs own;
	struct remote r;

	if (!peer) {
		own = call(x[0], x1, x2, x3);
		memcpy(x, own.x, REMOTE_WORDS * sizeof(*x));
		return true;
	}
	r = remote_hvc(peer, x[0], x1, x2, x3);
	memcpy(x, r.out, sizeof(r.out));
	return r.end == REMOTE_DONE;
}

static const char *name_of(const struct peer *peer)
{
	return peer ? "a secondary" : "the primary";
}

static void refused(struct peer *peer, const char *what, uint64_t function, uint64_t x1,
		    uint64_t x2, uint64_t x3, int32_t code)
{
	uint64_t x[REMOTE_WORDS] = {function};
	struct verdict v = {0};

	VERIFY(&v, call_by(peer, x, x1, x2, x3), "it does not answer");
	VERIFY(&v, x[0] == FFA_ERROR && (int32_t)x[2] == code, "x0 %llx x2 %d",
	       (unsigned long long)x[0], (int32_t)x[2]);
	victim_verify(&v);
	conclude(&v, "%s: %s: error %d", name_of(peer), what, code);
}

static bool done(struct peer *peer, const char *what, uint64_t function, uint64_t x1, uint64_t x2,
		 uint64_t x3)
{
	uint64_t x[REMOTE_WORDS] = {function};
	bool answered = call_by(peer, x, x1, x2, x3);

	return check(answered && x[0] == FFA_SUCCESS_32, "%s: %s", name_of(peer), what);
}

static void places_refused(struct peer *peer, uint64_t good)
{
	const struct {
		const char *what;
		uint64_t at;
	} places[] = {
		{"unaligned", good + 8},
		{"at 0", 0},
		{"in the victim's memory", victim_address()},
		{"in the other role's memory",
		 peer ? (uint64_t)_image_start : peers[0].memory.start},
		{"in the victim's stream region", victim()->stream.start},
		{"in the caller's own stream region",
		 peer ? peer->stream.start : guest.streams[0].at.start},
		{"in the hypervisor's image", guest_argument("hv", 0)},
		{"in the hypervisor's log", guest.log.start},
		{"in the boot bundle", guest_argument("bundle", 0)},
		{"in memory of nobody", guest_argument("ram_end", 0) - PAGE_SIZE},
		{"behind all memory", guest_argument("ram_end", 0)},
		{"on the console", 0x09000000},
		{"at the end of all addresses", ~(PAGE_SIZE - 1)},
	};
	char what[60];

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		fmt_print(what, sizeof(what), "TX %s", places[i].what);
		refused(peer, what, FFA_RXTX_MAP_64, places[i].at, good, 1, FFA_INVALID_PARAMETERS);
		fmt_print(what, sizeof(what), "RX %s", places[i].what);
		refused(peer, what, FFA_RXTX_MAP_64, good, places[i].at, 1, FFA_INVALID_PARAMETERS);
	}
	refused(peer, "TX and RX in one page", FFA_RXTX_MAP_64, good, good, 1,
		FFA_INVALID_PARAMETERS);
	refused(peer, "no pages", FFA_RXTX_MAP_64, good, good + PAGE_SIZE, 0,
		FFA_INVALID_PARAMETERS);
	refused(peer, "two pages", FFA_RXTX_MAP_64, good, good + 2 * PAGE_SIZE, 2,
		FFA_INVALID_PARAMETERS);
	refused(peer, "2^32 + 1 pages, which are one", FFA_RXTX_MAP_64, good, good,
		UINT64_C(0x100000001), FFA_INVALID_PARAMETERS);
}

static void pages_fill(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	pattern_fill(pages[0], 3 * WORDS, SEED);
	out[0] = (uint64_t)pages;
}

/* out[0]: damaged words outside of RX; out[1]: damaged words in RX; out[2]: the first word of RX */
static void pages_damage(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	uint64_t seed = SEED;
	const uint64_t *word = pages[0];

	(void)in;
	for (size_t i = 0; i < 3 * WORDS; i++) {
		bool damaged = word[i] != random_next(&seed);

		out[i / WORDS == 1] += damaged;
	}
	out[2] = pages[1][0];
}

/* The life of a mailbox, from the map to the unmap */
static void mailbox_live(struct peer *peer)
{
	uint64_t in[4] = {0}, out[REMOTE_WORDS] = {0};
	uint64_t tx = peer ? peer_address(peer, pages) : (uint64_t)pages, rx = tx + PAGE_SIZE;
	struct verdict v = {0};

	refused(peer, "a list of partitions without RX", FFA_PARTITION_INFO_GET, 0, 0, 0,
		FFA_DENIED);
	refused(peer, "FFA_RX_RELEASE without RX", FFA_RX_RELEASE, 0, 0, 0, FFA_DENIED);
	places_refused(peer, tx);
	if (peer)
		remote_call(peer, pages_fill, 0, 0, 0, 0);
	else
		pages_fill(in, out);
	done(peer, "buffers in its own memory", FFA_RXTX_MAP_64, tx, rx, 1);
	refused(peer, "other buffers while these are mapped", FFA_RXTX_MAP_64, rx, tx, 1,
		FFA_DENIED);
	done(peer, "a list of partitions", FFA_PARTITION_INFO_GET, 0, 0, 0);
	refused(peer, "a second list before the release", FFA_PARTITION_INFO_GET, 0, 0, 0,
		FFA_BUSY);
	memset(out, 0, sizeof(out));
	if (peer)
		memcpy(out, remote_call(peer, pages_damage, 0, 0, 0, 0).out, sizeof(out));
	else
		pages_damage(in, out);
	VERIFY(&v, out[0] == 0, "%llu words beside RX changed", (unsigned long long)out[0]);
	VERIFY(&v, out[1] == 3 * (peer_count + 1), "%llu words of RX changed",
	       (unsigned long long)out[1]);
	VERIFY(&v, (uint16_t)out[2] == 1, "the first partition is %u", (uint16_t)out[2]);
	conclude(&v, "%s: the list is in RX and nowhere else", name_of(peer));
	done(peer, "release", FFA_RX_RELEASE, 0, 0, 0);
	refused(peer, "a second release", FFA_RX_RELEASE, 0, 0, 0, FFA_DENIED);
	done(peer, "a list after the release", FFA_PARTITION_INFO_GET, 0, 0, 0);
	done(peer, "unmap", FFA_RXTX_UNMAP,
	     peer ? (uint64_t)peer->id << 16 : (uint64_t)guest.id << 16, 0, 0);
	refused(peer, "a second unmap", FFA_RXTX_UNMAP, 0, 0, 0, FFA_INVALID_PARAMETERS);
	refused(peer, "release after the unmap", FFA_RX_RELEASE, 0, 0, 0, FFA_DENIED);
	done(peer, "map again, by the 32-bit call", FFA_RXTX_MAP_32, UINT64_C(1) << 32 | tx, rx, 1);
	done(peer, "unmap again", FFA_RXTX_UNMAP, 0, 0, 0);
}

GUEST_TEST(wall_mailbox)
{
	struct peer *peer;

	victim_start();
	peer = peer_take();
	mailbox_live(peer);
	done(NULL, "unmap of the test's own", FFA_RXTX_UNMAP, 0, 0, 0);
	refused(NULL, "a fault record without RX", BH_VM_FAULT, victim()->id, 0, 0, FFA_DENIED);
	refused(NULL, "counters without RX", BH_VM_COUNTERS, victim()->id << 16, 0, 0, FFA_DENIED);
	mailbox_live(NULL);
	done(NULL, "map of the test's own", FFA_RXTX_MAP_64, (uint64_t)mailbox_tx,
	     (uint64_t)mailbox_rx, 1);
}

static void info_print(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	memcpy(out, pages[1], REMOTE_WORDS * sizeof(*out));
}

/* out = x0, x2, x3 of the answer: PARTITION_INFO_GET takes more arguments than remote_hvc has */
static void info_get_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct regs r = call(FFA_PARTITION_INFO_GET, in[0], in[1], in[2], in[3] & 0xFFFFFFFF,
			     in[3] >> 32);

	out[0] = r.x[0];
	out[1] = r.x[2];
	out[2] = r.x[3];
}

static struct remote info_get(struct peer *peer, const uint32_t *uuid, uint64_t flags)
{
	return remote_call(peer, info_get_serve, uuid[0], uuid[1], uuid[2], uuid[3] | flags << 32);
}

GUEST_TEST(partition_info)
{
	struct peer *peer = peer_take();
	uint64_t tx = peer_address(peer, pages);
	uint32_t all[4] = {0}, one[4] = {0xb0140ead, 0, 0, peer->id};
	uint32_t word[2 * REMOTE_WORDS];
	struct remote r;

	remote_hvc(peer, FFA_RXTX_MAP_64, tx, tx + PAGE_SIZE, 1);
	r = info_get(peer, all, FFA_PARTITION_COUNT_ONLY);
	check(r.out[0] == FFA_SUCCESS_32 && r.out[1] == peer_count + 1 && r.out[2] == 0,
	      "1.1: the count alone");
	r = info_get(peer, all, 2);
	check(r.out[0] == FFA_ERROR && (int32_t)r.out[1] == FFA_INVALID_PARAMETERS,
	      "1.1: another flag is refused");
	r = info_get(peer, one, 0);
	check(r.out[0] == FFA_SUCCESS_32 && r.out[1] == 1 && r.out[2] == 24,
	      "1.1: one by its UUID");
	memcpy(word, remote_call(peer, info_print, 0, 0, 0, 0).out, sizeof(word));
	check(word[0] == (1u << 16 | peer->id) &&
		      word[1] == (FFA_PARTITION_AARCH64 | FFA_PARTITION_NOTIFIED |
				  FFA_PARTITION_DIRECT_RECV),
	      "1.1: its id, vCPUs and properties");
	remote_hvc(peer, FFA_RX_RELEASE, 0, 0, 0);
	r = info_get(peer, all, 0);
	memcpy(word, remote_call(peer, info_print, 0, 0, 0, 0).out, sizeof(word));
	check(r.out[2] == 24 && (uint16_t)word[0] == 1 &&
		      word[1] == (FFA_PARTITION_AARCH64 | FFA_PARTITION_NOTIFIED |
				  FFA_PARTITION_DIRECT_SEND) &&
		      word[2] == one[0] && word[5] == 1 && (uint16_t)word[6] == 2,
	      "1.1: descriptors of 24 bytes with UUIDs");
	remote_hvc(peer, FFA_RX_RELEASE, 0, 0, 0);

	r = remote_hvc(peer, FFA_VERSION, FFA_VERSION_1_0, 0, 0);
	check_is(r.out[0], FFA_VERSION_1_1, "FFA_VERSION answers 1.1 to 1.0");
	r = info_get(peer, all, FFA_PARTITION_COUNT_ONLY);
	check(r.out[0] == FFA_ERROR && (int32_t)r.out[1] == FFA_INVALID_PARAMETERS,
	      "1.0: the count flag is refused");
	r = info_get(peer, all, 0);
	memcpy(word, remote_call(peer, info_print, 0, 0, 0, 0).out, sizeof(word));
	check(r.out[0] == FFA_SUCCESS_32 && r.out[1] == peer_count + 1 && r.out[2] == 0 &&
		      (uint16_t)word[0] == 1 && (uint16_t)word[2] == 2 && (uint16_t)word[4] == 3 &&
		      word[1] == (FFA_PARTITION_AARCH64 | FFA_PARTITION_DIRECT_SEND),
	      "1.0: descriptors of 8 bytes");
	remote_hvc(peer, FFA_RX_RELEASE, 0, 0, 0);
	remote_hvc(peer, FFA_VERSION, 0x1ffff, 0, 0);
	r = info_get(peer, all, FFA_PARTITION_COUNT_ONLY);
	check_is(r.out[0], FFA_SUCCESS_32, "FFA_VERSION 1.65535 is served as 1.1");
}
