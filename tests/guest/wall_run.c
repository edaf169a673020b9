/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Several cores of the primary at one secondary: a vCPU runs on one core at a time, answers go to
 * who asked, and a VM that ends leaves every core. Needs 4 cores.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>
#include <tests/guest/runtime/workers.h>

#define CORES        4u
#define ROUNDS       400u
#define SPIN_TIMEOUT 5000000u /* microseconds */

/* at the start of a stream region: what a peer and the primary tell each other meanwhile */
struct shared {
	uint64_t stop;
	uint64_t alive[CORES_MAX]; /* by vCPU: turns of its loop */
};

static volatile struct shared *shared_of(const struct peer *peer)
{
	return (volatile struct shared *)peer->stream.start;
}

static volatile struct shared *shared_own(void)
{
	return (volatile struct shared *)guest.streams[0].at.start;
}

/* a peer's vCPU in its loop: never leaves by itself */
static void spin(struct core *core)
{
	volatile struct shared *s = shared_own();

	while (!s->stop) {
		s->alive[core->index]++;
		cpu_relax();
	}
}

static void spin_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	spin(core_this());
	out[0] = 1;
}

static struct remote spin_end; /* of the job below */

static void spin_job(uint64_t peer)
{
	spin_end = remote_call((struct peer *)peer, spin_serve, 0, 0, 0, 0);
}

static bool spin_start(struct peer *peer)
{
	volatile struct shared *s = shared_of(peer);

	s->stop = 0;
	s->alive[0] = 0;
	worker_do(1, spin_job, (uint64_t)peer);
	return wait_until(s->alive[0] > 0, SPIN_TIMEOUT);
}

GUEST_TEST(run_twice)
{
	struct peer *peer;
	struct verdict v = {0};
	struct regs r;

	victim_start();
	workers_start(CORES);
	peer = peer_take();
	check(spin_start(peer), "a secondary runs on core 1");
	for (unsigned i = 0; i < ROUNDS; i++) {
		r = call(FFA_RUN, FFA_VM_VCPU(peer->id, 0));
		VERIFY(&v, error_of(&r) == FFA_BUSY, "FFA_RUN gives %llx",
		       (unsigned long long)r.x[0]);
		r = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, peer->id));
		VERIFY(&v, error_of(&r) == FFA_BUSY, "a request gives %llx",
		       (unsigned long long)r.x[0]);
	}
	victim_verify(&v);
	conclude(&v, "a vCPU that runs on another core is busy");
	shared_of(peer)->stop = 1;
	worker_wait(1);
	check(spin_end.end == REMOTE_DONE && spin_end.out[0] == 1, "and has not noticed");
}

/* turns[0]: turns of the peer's loop, not atomic: two cores in it at once lose some. */
static volatile uint64_t turns;

static void yield_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	for (uint64_t i = 0; i < in[0]; i++) {
		uint64_t seen = turns;

		call(FFA_YIELD);
		turns = seen + 1;
	}
	out[0] = turns;
}

static struct {
	uint32_t yields, answers, busy, others; /* atomic */
	uint64_t turns;
	struct peer *peer;
} race;

static void race_count(const struct regs *r)
{
	if (r->x[0] == FFA_YIELD) {
		__atomic_fetch_add(&race.yields, 1, __ATOMIC_RELAXED);
	} else if (r->x[0] == FFA_MSG_SEND_DIRECT_RESP_64) {
		race.turns = r->x[3];
		__atomic_fetch_add(&race.answers, 1, __ATOMIC_SEQ_CST);
	} else if (error_of(r) == FFA_BUSY) {
		__atomic_fetch_add(&race.busy, 1, __ATOMIC_RELAXED);
	} else if (r->x[0] !=
		   FFA_MSG_WAIT) { /* of a core that runs it once more after its answer */
		__atomic_fetch_add(&race.others, 1, __ATOMIC_RELAXED);
	}
}

static void race_job(uint64_t unused)
{
	(void)unused;
	while (!__atomic_load_n(&race.answers, __ATOMIC_SEQ_CST) && race.others == 0) {
		struct regs r = call(FFA_RUN, FFA_VM_VCPU(race.peer->id, 0));

		race_count(&r);
		cpu_relax();
	}
}

GUEST_TEST(run_race)
{
	uint64_t offset = (uint64_t)yield_serve - (uint64_t)_image_start, rounds = 5000;
	struct verdict v = {0};
	struct regs r;

	victim_start();
	workers_start(CORES);
	race.peer = peer_take();
	r = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, race.peer->id), 0, offset,
		 rounds);
	race_count(&r);
	for (unsigned i = 1; i < CORES; i++)
		worker_do(i, race_job, 0);
	race_job(0);
	for (unsigned i = 1; i < CORES; i++)
		worker_wait(i);
	VERIFY(&v, race.others == 0 && race.answers == 1, "%u answers, %u other results",
	       race.answers, race.others);
	VERIFY(&v, race.yields == rounds, "%u yields, not %llu", race.yields,
	       (unsigned long long)rounds);
	VERIFY(&v, race.turns == rounds, "%llu turns, not %llu", (unsigned long long)race.turns,
	       (unsigned long long)rounds);
	victim_verify(&v);
	conclude(&v, "%u cores run one vCPU, never two at once (%u yields, %u busy)", CORES,
		 race.yields, race.busy);
}

static void echo_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	for (int i = 0; i < 4; i++)
		out[i] = ~in[i];
	out[4] = in[0] ^ in[3];
}

static struct {
	struct peer *peer;
	uint32_t answered, busy, wrong; /* atomic */
} echo;

static void echo_job(uint64_t core)
{
	uint64_t seed = core, offset = (uint64_t)echo_serve - (uint64_t)_image_start;

	for (unsigned i = 0; i < 10 * ROUNDS; i++) {
		uint64_t a = random_next(&seed), b = random_next(&seed), c = core, d = i;
		struct regs r = call(FFA_MSG_SEND_DIRECT_REQ_64,
				     FFA_VM_VCPU(guest.id, echo.peer->id), 0, offset, a, b, c, d);

		if (error_of(&r) == FFA_BUSY)
			__atomic_fetch_add(&echo.busy, 1, __ATOMIC_RELAXED);
		else if (r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == ~a && r.x[4] == ~b &&
			 r.x[5] == ~c && r.x[6] == ~d && r.x[7] == (a ^ d) &&
			 r.x[1] == FFA_VM_VCPU(echo.peer->id, guest.id) && r.x[2] == 0)
			__atomic_fetch_add(&echo.answered, 1, __ATOMIC_RELAXED);
		else
			__atomic_fetch_add(&echo.wrong, 1, __ATOMIC_RELAXED);
	}
}

GUEST_TEST(message_race)
{
	struct verdict v = {0};

	victim_start();
	workers_start(CORES);
	echo.peer = peer_take();
	for (unsigned i = 1; i < CORES; i++)
		worker_do(i, echo_job, i);
	echo_job(0);
	for (unsigned i = 1; i < CORES; i++)
		worker_wait(i);
	VERIFY(&v, echo.wrong == 0, "%u answers were not for who asked", echo.wrong);
	VERIFY(&v, echo.answered > ROUNDS, "%u answers", echo.answered);
	victim_verify(&v);
	conclude(&v, "%u cores ask one VM at once: each gets its own answer (%u answers, %u busy)",
		 CORES, echo.answered, echo.busy);
}

GUEST_TEST(stop_running)
{
	struct bh_fault fault = {0};
	struct peer *peer;
	uint64_t begin;
	int32_t code;
	struct regs r;

	victim_start();
	workers_start(CORES);
	peer = peer_take();
	check(spin_start(peer), "a secondary runs on core 1");
	r = call(BH_VM_STOP, peer->id);
	check_is(r.x[0], FFA_SUCCESS_32, "BH_VM_STOP of it from core 0");
	begin = now();
	worker_wait(1);
	check(now() - begin < ticks_of_us(SPIN_TIMEOUT), "core 1 is free soon");
	check(spin_end.end == REMOTE_ABORTED && spin_end.value == BH_FAULT_STOPPED,
	      "FFA_RUN on core 1 returns ABORTED, stopped");
	check(fault_get(peer->id, &fault, &code) && fault.cause == BH_FAULT_STOPPED &&
		      fault.vm == peer->id,
	      "its record says that the primary stopped it");
	r = call(BH_VM_STOP, peer->id);
	check_is(r.x[0], FFA_SUCCESS_32, "BH_VM_STOP once more");
	peer = peer_take();
	check_is(attempt_by(peer, op_write, victim_address(), 0).remote.end, REMOTE_ABORTED,
		 "another ends by its own fault");
	r = call(BH_VM_STOP, peer->id);
	check(r.x[0] == FFA_SUCCESS_32 && fault_get(peer->id, &fault, &code) &&
		      fault.cause == BH_FAULT_MEMORY_WRITE,
	      "BH_VM_STOP of it leaves the record as it is");
}

static struct regs vcpu_ends[CORES_MAX];

static void vcpu_job(uint64_t w1)
{
	const struct peer peer = {.id = FFA_VM_OF(w1)};

	vcpu_ends[FFA_VCPU_OF(w1)] = peer_run(&peer, FFA_VCPU_OF(w1), 10 * SPIN_TIMEOUT);
}

/* One vCPU hits a wall while the others run on other cores. */
GUEST_TEST(death_of_many)
{
	struct verdict v = {0};
	struct attack attack;
	struct peer *peer;
	uint64_t begin;

	victim_start();
	workers_start(CORES);
	peer = peer_take();
	shared_of(peer)->stop = 0;
	for (uint32_t i = 1; i < CORES; i++) {
		shared_of(peer)->alive[i] = 0;
		check_is((uint64_t)remote_turn_on(peer, i, spin, 0), 0, "vCPU %u is turned on", i);
		worker_do(i, vcpu_job, FFA_VM_VCPU(peer->id, i));
	}
	for (uint32_t i = 1; i < CORES; i++)
		check(wait_until(shared_of(peer)->alive[i] > 0, SPIN_TIMEOUT), "vCPU %u runs", i);
	attack = attack_memory("writes, with vCPUs on other cores,", op_write,
			       "the victim's memory", victim_address(), victim_address(),
			       CAUSE(MEMORY_WRITE));
	attack_by(peer, &attack);
	begin = now();
	for (uint32_t i = 1; i < CORES; i++) {
		uint64_t turns_then;

		worker_wait(i);
		VERIFY(&v, now() - begin < ticks_of_us(SPIN_TIMEOUT), "vCPU %u leaves late", i);
		VERIFY(&v,
		       vcpu_ends[i].x[0] == BH_RUN_ABORTED &&
			       vcpu_ends[i].x[2] == BH_FAULT_MEMORY_WRITE &&
			       vcpu_ends[i].x[1] == FFA_VM_VCPU(peer->id, i),
		       "vCPU %u returned %llx %llx", i, (unsigned long long)vcpu_ends[i].x[0],
		       (unsigned long long)vcpu_ends[i].x[2]);
		turns_then = shared_of(peer)->alive[i];
		wait_until(false, 1000);
		VERIFY(&v, shared_of(peer)->alive[i] == turns_then, "vCPU %u still runs", i);
	}
	victim_verify(&v);
	conclude(&v, "the other vCPUs leave their cores");
}
