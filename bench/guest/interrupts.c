/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the expiry of a timer to the instruction that it leads to. The counter's ticks are 16
 * instructions long and timers expire at a tick, so one reading tells the distance L only as
 * floor(L / 16). Delaying the reading by k = 0 to 15 instructions and adding up gives L itself:
 * the sum of floor((L + k) / 16) over k is L (Hermite's identity).
 */
#include <bench/guest/bench.h>
#include <bulkhead/ffa.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>

#define SETTLE_TICKS \
	1000 /* from arming a timer to its expiry: more than it takes to get to the loop that waits */

/* out[0] = instructions from expiry to the end of the reading, without the delay */
static void timer_measure(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	gic_start();
	gic_enable(INTID_VTIMER, true);
	out[0] = 0;
	for (uint64_t delay = 0; delay < TICK_INSTRUCTIONS; delay++) {
		uint64_t deadline = now() + SETTLE_TICKS;

		out[0] += timer_once(deadline, delay) - deadline;
		gic_end(gic_acknowledge());
	}
}

static uint64_t preempt_measure(const struct peer *peer)
{
	uint64_t sum = 0;

	for (uint64_t delay = 0; delay < TICK_INSTRUCTIONS; delay++) {
		uint64_t deadline = now() + SETTLE_TICKS;

		sum += preempt_once(FFA_VM_VCPU(peer->id, 0), deadline, delay) - deadline;
		gic_end(gic_acknowledge());
	}
	return sum;
}

static void timer_print(void)
{
	struct peer *peer = peer_take();
	struct bh_counters before = counters_of(peer), after;
	struct remote r = remote_call(peer, timer_measure, 0, 0, 0, 0);

	if (r.end != REMOTE_DONE)
		guest_fail("the timer's VM: %s", remote_text(&r));
	after = counters_of(peer);
	say("vernier timer %llu", (unsigned long long)r.out[0]);
	exits_print("timer", &before, &after);
}

static void preempt_print(void)
{
	struct peer *peer = peer_serving(serve_spin);
	struct bh_counters before = counters_of(peer), after;
	uint64_t sum = preempt_measure(peer);

	after = counters_of(peer);
	say("vernier preempt %llu", (unsigned long long)sum);
	exits_print("preempt", &before, &after);
}

GUEST_TEST(bench_interrupts)
{
	images_print();
	timer_print();
	preempt_print();
}
