/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An interrupt for a vCPU that runs on another core: core 0 injects it, core 1 runs the vCPU.
 * The emulator executes one core at a time, so the counter says nothing here; the host counts
 * each core's instructions in a trace.
 */
#include <bench/guest/bench.h>
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/test.h>

#define KICKS 6

static const struct peer *kicked;

static void serve_kicks(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)out;
	gic_start();
	gic_enable(BENCH_SGI, true);
	serve_kicked(in, guest.gic_version == 3 ? sgi_vectors_v3 : sgi_vectors_v2, guest.gicv);
}

/* core 1: lends itself to the peer for good */
static void peer_drive(struct core *core)
{
	(void)core;
	for (;;)
		call(FFA_RUN, FFA_VM_VCPU(kicked->id, 0));
}

static uint64_t kicks_taken(void)
{
	return counters_of(kicked).exits[BH_EXIT_KICK];
}

GUEST_TEST(bench_kick)
{
	uint64_t runs;

	kicked = peer_serving(serve_kicks);
	images_print();
	runs = counters_of(kicked).runs;
	if (core_turn_on(1, peer_drive, 0) != 0)
		guest_fail("core 1 does not start");
	if (!wait_until(counters_of(kicked).runs > runs, 1000000))
		guest_fail("core 1 does not run the vCPU");
	for (uint64_t i = 0; i < KICKS; i++) {
		loop_inject(1, FFA_VM_VCPU(kicked->id, 0), 0);
		if (!wait_until(kicks_taken() > i, 1000000))
			guest_fail("the vCPU was not kicked");
	}
	say("kicks %u", KICKS);
}
