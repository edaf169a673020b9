/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Direct messages, and the calls by which a secondary gives the core back.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <lib/string.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>
#include <tests/guest/runtime/wall.h>

#define HIGH UINT64_C(0xfeed000000000000)
#define LONG 5000000u /* microseconds */

static struct regs request(const struct peer *peer, remote_fn function, uint64_t a, uint64_t b)
{
	return call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, peer->id), 0,
		    (uint64_t)function - (uint64_t)_image_start, a, b);
}

/* Answers by the 32-bit call, and reports what the next request looked like */
static void narrow_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct regs r = call(FFA_MSG_SEND_DIRECT_RESP_32, FFA_VM_VCPU(guest.id, 1), 0, HIGH | 3,
			     HIGH | 4, HIGH | 5, HIGH | 6, HIGH | 7);

	(void)in;
	out[0] = r.x[0];
	out[1] = r.x[1];
	out[2] = r.x[2];
	out[3] = r.x[3];
	out[4] = r.x[7];
}

GUEST_TEST(message_width)
{
	struct peer *peer = peer_take();
	uint64_t ids = FFA_VM_VCPU(guest.id, peer->id);
	struct regs r = request(peer, narrow_serve, 0, 0);

	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_32 && r.x[1] == FFA_VM_VCPU(peer->id, guest.id) &&
		      r.x[2] == 0,
	      "an answer names who sent it");
	check(r.x[3] == 3 && r.x[4] == 4 && r.x[5] == 5 && r.x[6] == 6 && r.x[7] == 7,
	      "a 32-bit answer carries 32 bits");
	r = call(FFA_MSG_SEND_DIRECT_REQ_32, HIGH | ids, HIGH, HIGH | 3, HIGH | 4, HIGH | 5,
		 HIGH | 6, HIGH | 7);
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == FFA_MSG_SEND_DIRECT_REQ_32 &&
		      r.x[4] == ids && r.x[5] == 0,
	      "a 32-bit request with high bits set arrives without them");
	check(r.x[6] == 3 && r.x[7] == 7, "and so does its message");
}

static void echo_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	memcpy(out, in, 4 * sizeof(*in));
	out[4] = ~in[0];
}

GUEST_TEST(message_echo)
{
	struct peer *a = peer_take(), *b = peer_take();
	struct verdict v = {0};
	uint64_t seed = 3;

	for (unsigned i = 0; i < 1000; i++) {
		uint64_t m[4] = {random_next(&seed), random_next(&seed), random_next(&seed),
				 random_next(&seed)};
		struct remote r = remote_call(i % 2 ? a : b, echo_serve, m[0], m[1], m[2], m[3]);

		VERIFY(&v,
		       r.end == REMOTE_DONE && memcmp(r.out, m, sizeof(m)) == 0 &&
			       r.out[4] == ~m[0],
		       "message %u: %s", i, remote_text(&r));
	}
	conclude(&v, "1000 messages of 64-bit words come back as they were");
}

static void yield_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	for (uint64_t i = 0; i < in[0]; i++) {
		struct regs r = call(FFA_YIELD);

		out[1] += r.x[0] != FFA_SUCCESS_32 || (r.x[1] | r.x[2] | r.x[3] | r.x[7]) != 0;
	}
	out[0] = in[0];
}

static void off_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in, (void)out;
	psci(PSCI_CPU_OFF, 0, 0, 0);
}

/* A request takes its time: the receiver yields, is pre-empted, turns itself off. */
GUEST_TEST(message_long)
{
	struct peer *peer = peer_take();
	struct regs r = request(peer, yield_serve, 3, 0);

	check(r.x[0] == FFA_YIELD && r.x[1] == FFA_VM_VCPU(peer->id, 0) &&
		      (r.x[2] | r.x[3] | r.x[7]) == 0,
	      "the receiver may yield before it answers");
	r = request(peer, yield_serve, 3, 0);
	check_is((uint64_t)error_of(&r), (uint64_t)FFA_BUSY, "a second request meanwhile");
	for (unsigned i = 0; i < 3; i++)
		r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 3 && r.x[4] == 0,
	      "FFA_RUN returns the answer; FFA_YIELD succeeded each time");
	r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));
	check(r.x[0] == FFA_MSG_WAIT && r.x[2] == 0, "FFA_RUN without a request: it waits again");
	r = request(peer, off_serve, 0, 0);
	check(r.x[0] == BH_RUN_VCPU_OFF && r.x[1] == FFA_VM_VCPU(peer->id, 0),
	      "the receiver may turn itself off");
	r = request(peer, yield_serve, 0, 0);
	check_is((uint64_t)error_of(&r), (uint64_t)FFA_BUSY, "then nobody takes a request");
	r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));
	check_is((uint64_t)error_of(&r), (uint64_t)FFA_DENIED, "nor can it be run");
	peer->dead = true;
}

static void agent_body(struct core *core)
{
	agent_main(core);
}

static void who_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	out[0] = core_this()->index;
}

/* Several vCPUs wait: the first takes the request. */
GUEST_TEST(message_vcpus)
{
	struct peer *peer = peer_take();
	struct regs r;

	check_is((uint64_t)remote_turn_on(peer, 1, agent_body, 0), 0, "vCPU 1 is turned on");
	r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 1));
	check(r.x[0] == FFA_MSG_WAIT && r.x[1] == FFA_VM_VCPU(peer->id, 1),
	      "it waits for messages, too");
	r = request(peer, who_serve, 0, 0);
	check_is(r.x[3], 0, "the first vCPU that waits takes a request");
	r = request(peer, yield_serve, 1, 0);
	check_is(r.x[1], FFA_VM_VCPU(peer->id, 0), "while it is at work");
	r = request(peer, who_serve, 0, 0);
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 1, "the second takes the next");
	r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 1, "the first answers its own");
}

static int32_t answered;

static void answer_body(struct core *core)
{
	struct regs r = call(FFA_MSG_SEND_DIRECT_RESP_64, FFA_VM_VCPU(guest.id, FFA_PRIMARY_ID));

	(void)core;
	answered = error_of(&r);
}

static void answered_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	out[0] = (uint64_t)answered;
}

/* A vCPU that was run, and asked nothing, has nothing to answer. */
GUEST_TEST(message_unasked)
{
	struct peer *peer = peer_take();
	struct regs r;

	check_is((uint64_t)remote_turn_on(peer, 1, answer_body, 0), 0, "vCPU 1 is turned on");
	r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 1));
	check_is(r.x[0], BH_RUN_VCPU_OFF, "its answer to nothing does not reach the primary");
	check_is(remote_call(peer, answered_serve, 0, 0, 0, 0).out[0], (uint64_t)FFA_DENIED,
		 "it was refused");
}

static void count_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	volatile uint64_t *turns = (uint64_t *)guest.streams[0].at.start;

	while (*turns < in[0])
		++*turns;
	out[0] = *turns;
}

/* Pre-empted again and again, a request goes on where it was. */
GUEST_TEST(message_preempted)
{
	struct peer *peer = peer_take();
	unsigned preempted = 0;
	struct regs r;

	ptimer_start(now() + ticks_of_us(200));
	r = request(peer, count_serve, 20000000, 0);
	while (r.x[0] == FFA_INTERRUPT && r.x[1] == FFA_VM_VCPU(peer->id, 0) &&
	       preempted < 100000) {
		preempted++;
		interrupts_take();
		ptimer_start(now() + ticks_of_us(200));
		r = call(FFA_RUN, r.x[1]);
	}
	ptimer_stop();
	interrupts_take();
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 20000000,
	      "pre-empted %u times, it answers", preempted);
	check(preempted > 3, "it was pre-empted");
}
