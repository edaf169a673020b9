/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A flood of injections from one vCPU into a sibling that runs on another core: the sibling's core
 * is not held by the hypervisor, the primary gets it back at each quantum, and there are no more
 * kicks than interrupts that became pending. Needs 4 cores.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>
#include <tests/guest/runtime/wall.h>
#include <tests/guest/runtime/workers.h>

#define SGIS    16u
#define ROUNDS  20u
#define QUANTUM 1000u     /* microseconds, of the primary on the sibling's core */
#define LONG    20000000u /* nothing takes so long */
#define TARGET  1u        /* the sibling's vCPU and its core */
#define SECOND  2u        /* another vCPU that injects, and its core */

enum { DISABLED, MASKED, TAKEN }; /* what the sibling does with its interrupts */

/* at the start of the stream region, written by the peer but for stop */
struct flood {
	uint64_t stop;
	uint64_t turns;             /* of the sibling's loop */
	uint64_t rounds[CORES_MAX]; /* by vCPU: all interrupts injected once */
};

static volatile struct flood *flood_own(void)
{
	return (volatile struct flood *)guest.streams[0].at.start;
}

static void target_body(struct core *core)
{
	volatile struct flood *f = flood_own();

	gic_start();
	for (uint32_t id = 0; id < SGIS && core->argument != DISABLED; id++)
		gic_enable(id, true);
	if (core->argument == TAKEN)
		interrupts_on();
	while (!f->stop)
		f->turns++;
	interrupts_off();
}

/* `paced`: the sibling has executed something after each injection, so that no kick hides another */
static void flood_run(const struct core *core, bool paced)
{
	volatile struct flood *f = flood_own();

	while (!f->stop) {
		for (uint32_t id = 0; id < SGIS; id++) {
			uint64_t turns = f->turns;

			gic_inject(guest.id, TARGET, id);
			while (paced && !f->stop && f->turns - turns < 2)
				cpu_relax();
		}
		f->rounds[core->index]++;
	}
}

static void flood_body(struct core *core)
{
	flood_run(core, core->argument == DISABLED);
}

static void flood_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	flood_run(core_this(), in[0] == DISABLED);
	out[0] = 1;
}

static struct peer *flooded;
static struct remote flood_end;
static uint32_t quanta; /* atomic: times that the primary got the sibling's core back */

static void flood_job(uint64_t mode)
{
	flood_end = remote_call(flooded, flood_serve, mode, 0, 0, 0);
}

static void second_job(uint64_t unused)
{
	(void)unused;
	peer_run(flooded, SECOND, LONG);
}

static void target_job(uint64_t result)
{
	struct regs r = {.x = {FFA_INTERRUPT}};

	while (r.x[0] == FFA_INTERRUPT) {
		ptimer_start(now() + ticks_of_us(QUANTUM));
		r = call(FFA_RUN, FFA_VM_VCPU(flooded->id, TARGET));
		ptimer_stop();
		interrupts_take();
		__atomic_fetch_add(&quanta, 1, __ATOMIC_RELAXED);
	}
	*(uint64_t *)result = r.x[0];
}

/* `turns` of the sibling, and ROUNDS of each injector, and ten quanta; false: it takes too long */
static bool flood_goes_on(volatile struct flood *f, uint64_t turns)
{
	return wait_until(f->turns >= turns, LONG) && wait_until(f->rounds[0] >= ROUNDS, LONG) &&
	       wait_until(f->rounds[SECOND] >= ROUNDS, LONG) &&
	       wait_until(__atomic_load_n(&quanta, __ATOMIC_RELAXED) >= 10, LONG);
}

static void flood_check(uint64_t mode, const char *name)
{
	struct bh_counters c = {0};
	volatile struct flood *f;
	struct verdict v = {0};
	uint64_t result = 0, kicks;

	flooded = peer_take();
	f = (volatile struct flood *)flooded->stream.start;
	quanta = 0;
	check(remote_turn_on(flooded, TARGET, target_body, mode) == 0 &&
		      remote_turn_on(flooded, SECOND, flood_body, mode) == 0,
	      "two siblings are turned on");
	worker_do(TARGET, target_job, (uint64_t)&result);
	VERIFY(&v, wait_until(f->turns, LONG), "the sibling does not start");
	worker_do(SECOND, second_job, 0);
	worker_do(3, flood_job, mode);
	VERIFY(&v, flood_goes_on(f, f->turns + 100), "%llu turns, %llu and %llu rounds, %u quanta",
	       (unsigned long long)f->turns, (unsigned long long)f->rounds[0],
	       (unsigned long long)f->rounds[SECOND], quanta);
	f->stop = 1;
	for (unsigned i = 1; i < 4; i++)
		worker_wait(i);
	VERIFY(&v, flood_end.end == REMOTE_DONE && result == BH_RUN_VCPU_OFF,
	       "%s; the sibling came back with %llx", remote_text(&flood_end),
	       (unsigned long long)result);
	VERIFY(&v, counters_get(flooded->id, TARGET, &c), "no counters");
	kicks = c.exits[BH_EXIT_KICK];
	VERIFY(&v,
	       c.injected >= 2 * ROUNDS * SGIS && kicks <= (mode == DISABLED ? SGIS : c.injected),
	       "%llu kicks for %llu injections", (unsigned long long)kicks,
	       (unsigned long long)c.injected);
	conclude(&v, "injections from two cores into one that %s: %llu, and %llu kicks", name,
		 (unsigned long long)c.injected, (unsigned long long)kicks);
}

GUEST_TEST(kick_flood)
{
	workers_start(4);
	flood_check(DISABLED, "has them disabled");
	flood_check(MASKED, "masks them");
	flood_check(TAKEN, "takes them");
}
