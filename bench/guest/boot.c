/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * When the first instructions were executed, of the primary and of its secondary: counter ticks
 * since the machine was reset.
 */
#include <bench/guest/bench.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/test.h>

static void first_tell(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	out[0] = first_count;
}

GUEST_TEST(bench_boot)
{
	struct peer *peer = peer_take();
	struct remote r = remote_call(peer, first_tell, 0, 0, 0, 0);

	say("first primary %llu", (unsigned long long)first_count);
	say("first secondary %llu %llu", (unsigned long long)r.out[0],
	    (unsigned long long)peer->memory.size);
	log_print(); /* how it is mapped */
}
