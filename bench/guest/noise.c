/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the hypervisor takes from VMs that compute: nothing while one has its core alone, one
 * exit a quantum when two share it. the second quantum is twice the first. compute=
 * instructions, quantum= microseconds and quanta= of each VM come as boot arguments.
 */
#include <bench/guest/bench.h>
#include <bulkhead/ffa.h>
#include <tests/guest/runtime/check.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>

#define COMPUTE_DEFAULT UINT64_C(1000000000)
#define QUANTUM_DEFAULT 1000
#define QUANTA_DEFAULT  20

static void compute_measure(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	uint64_t begin = now();

	compute(in[0]);
	out[0] = now() - begin;
}

/* no timer of the primary is armed, unlike by remote_call: it has nothing else to run */
static void alone_print(struct peer *peer)
{
	uint64_t instructions = guest_argument("compute", COMPUTE_DEFAULT);
	uint64_t offset = (uint64_t)compute_measure - (uint64_t)_image_start;
	struct bh_counters before = counters_of(peer), after;
	struct regs r = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, peer->id), 0, offset,
			     instructions / COMPUTE_ROUND, 0, 0, 0);

	after = counters_of(peer);
	if (r.x[0] != FFA_MSG_SEND_DIRECT_RESP_64)
		guest_fail("the VM that computes came back with %llx", (unsigned long long)r.x[0]);
	say("alone %llu %llu", (unsigned long long)instructions, (unsigned long long)r.x[3]);
	exits_print("alone", &before, &after);
}

static void shared_print(struct peer *const pair[2], uint64_t quantum, uint64_t quanta)
{
	struct bh_counters before[2] = {counters_of(pair[0]), counters_of(pair[1])}, after[2];

	for (uint64_t i = 0; i < 2 * quanta; i++)
		peer_run(pair[i % 2], 0, quantum);
	after[0] = counters_of(pair[0]);
	after[1] = counters_of(pair[1]);
	say("shared %llu %llu", (unsigned long long)quantum, (unsigned long long)quanta);
	exits_print("shared_a", &before[0], &after[0]);
	exits_print("shared_b", &before[1], &after[1]);
}

GUEST_TEST(bench_noise)
{
	uint64_t quantum = guest_argument("quantum", QUANTUM_DEFAULT);
	uint64_t quanta = guest_argument("quanta", QUANTA_DEFAULT);
	struct peer *pair[2];

	alone_print(peer_take());
	pair[0] = peer_serving(serve_spin);
	pair[1] = peer_serving(serve_spin);
	shared_print(pair, quantum, quanta);
	shared_print(pair, 2 * quantum, quanta / 2);
}
