/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hypercalls and world switches on one core: each is done in a loop of assembly, whose ticks
 * are printed.
 */
#include <bench/guest/bench.h>
#include <bulkhead/ffa.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/test.h>

static void loop_print(const char *name, loop_fn loop, uint64_t w1)
{
	uint64_t rounds = bench_rounds(), ticks;

	loop(2, w1, 0); /* the first round may find another vCPU's TLB entries to drop */
	ticks = loop(rounds, w1, 0);
	say("loop %s %llu %llu", name, (unsigned long long)rounds, (unsigned long long)ticks);
}

static void peer_loop_print(const char *name, loop_fn loop, const struct peer *peer, uint64_t w1)
{
	struct bh_counters before = counters_of(peer), after;

	loop_print(name, loop, w1);
	after = counters_of(peer);
	exits_print(name, &before, &after);
}

static void run_loop_print(const char *name, loop_fn loop, remote_fn serve)
{
	const struct peer *peer = peer_serving(serve);

	peer_loop_print(name, loop, peer, FFA_VM_VCPU(peer->id, 0));
}

static void direct_loop_print(void)
{
	const struct peer *peer = peer_serving(serve_echo);

	peer_loop_print("direct", loop_direct, peer, FFA_VM_VCPU(guest.id, peer->id));
}

static void serve_wakes(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)out;
	gic_start();
	gic_enable(BENCH_SGI, true);
	serve_wfi(in, guest.gic_version == 3 ? sgi_vectors_v3 : sgi_vectors_v2, guest.gicv);
}

static void calls_print(void)
{
	loop_print("empty", loop_empty, 0);
	loop_print("id_get", loop_id_get, 0);
	loop_print("psci_version", loop_psci_version, 0);
	run_loop_print("run", loop_run, serve_wait);
	direct_loop_print();
}

/* what the regression test looks at */
GUEST_TEST(bench_calls)
{
	calls_print();
}

GUEST_TEST(bench_switches)
{
	images_print();
	calls_print();
	run_loop_print("yield", loop_yield, serve_yield);
	run_loop_print("fp_own", loop_fp_own, serve_fp);
	run_loop_print("fp_shared", loop_fp_shared, serve_fp);
	run_loop_print("wake", loop_wake, serve_wakes);
}
