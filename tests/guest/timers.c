/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The virtual timer of secondaries: while they run, wait, or are out; of several that share a core.
 * And the primary's physical timer, which pre-empts them.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>
#include <tests/guest/runtime/wall.h>

#define LONG 10000000u /* microseconds: nothing takes so long */
/*
 * an emulated core may be stopped for long by the machine that emulates it; early is what never may
 * be
 */
#define LATE 2000000u

static struct regs request(const struct peer *peer, remote_fn function, uint64_t a, uint64_t b)
{
	return call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, peer->id), 0,
		    (uint64_t)function - (uint64_t)_image_start, a, b);
}

static bool is_between(uint64_t value, uint64_t first, uint64_t last)
{
	return value >= first && value <= last;
}

static void prepare_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	vtimer_stop();
	gic_start();
	out[0] = gic_enable(INTID_VTIMER, in[0]);
}

/*
 * in[0]: deadline. Busy until it has been taken; out: interrupts taken, when, the counter at the
 * end
 */
static void spin_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();
	uint32_t before = core->taken[INTID_VTIMER];

	vtimer_start(in[0]);
	interrupts_on();
	wait_until(core->taken[INTID_VTIMER] != before, LONG);
	interrupts_off();
	out[0] = core->taken[INTID_VTIMER] - before;
	out[1] = core->taken_at[INTID_VTIMER];
	out[2] = now();
}

/* the same, in WFI; out[3]: how often it woke up */
static void wait_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();
	uint32_t before = core->taken[INTID_VTIMER];

	vtimer_start(in[0]);
	while (core->taken[INTID_VTIMER] == before) {
		wfi();
		out[3]++;
		interrupts_take();
	}
	out[0] = core->taken[INTID_VTIMER] - before;
	out[1] = core->taken_at[INTID_VTIMER];
	out[2] = now();
}

/* The timer fires in a vCPU that runs, and the primary is not involved. */
GUEST_TEST(timer_running)
{
	struct peer *peer = peer_take();
	struct bh_counters before, after;

	remote_call(peer, prepare_serve, 1, 0, 0, 0);
	for (unsigned i = 0; i < 10; i++) {
		uint64_t deadline = now() + ticks_of_us(3000);
		struct verdict v = {0};
		struct regs r;

		counters_get(peer->id, 0, &before);
		r = request(peer, spin_serve, deadline, 0);
		counters_get(peer->id, 0, &after);
		VERIFY(&v, r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 1,
		       "it returned %llx, with %llu interrupts", (unsigned long long)r.x[0],
		       (unsigned long long)r.x[3]);
		VERIFY(&v, is_between(r.x[4], deadline, deadline + ticks_of_us(LATE)),
		       "it came %lld ticks after its deadline", (long long)(r.x[4] - deadline));
		VERIFY(&v,
		       after.exits[BH_EXIT_TIMER] - before.exits[BH_EXIT_TIMER] == 1 &&
			       after.exits[BH_EXIT_PREEMPT] == before.exits[BH_EXIT_PREEMPT] &&
			       after.runs - before.runs == 1,
		       "%llu timer exits, %llu pre-emptions",
		       (unsigned long long)(after.exits[BH_EXIT_TIMER] -
					    before.exits[BH_EXIT_TIMER]),
		       (unsigned long long)(after.exits[BH_EXIT_PREEMPT] -
					    before.exits[BH_EXIT_PREEMPT]));
		conclude(&v, "timer %u fires in the vCPU that runs, by one exit", i);
	}
}

/* WFI tells the primary when to run the vCPU again. */
GUEST_TEST(timer_waiting)
{
	struct peer *peer = peer_take();
	uint64_t deadline;
	struct regs r;

	remote_call(peer, prepare_serve, 1, 0, 0, 0);
	for (unsigned i = 0; i < 10; i++) {
		struct verdict v = {0};
		uint64_t us = 3000;

		/* on a machine that is too slow for it, the deadline passes before WFI */
		do {
			us *= 2;
			deadline = now() + ticks_of_us(us);
			r = request(peer, wait_serve, deadline, 0);
		} while (r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[4] >= deadline && us < LATE);
		VERIFY(&v, r.x[0] == BH_RUN_WAIT_FOR_INTERRUPT && r.x[2] == deadline, "%llx, %llx",
		       (unsigned long long)r.x[0], (unsigned long long)r.x[2]);
		while (now() < deadline)
			cpu_relax();
		r = call(FFA_RUN, r.x[1]);
		VERIFY(&v, r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 1 && r.x[6] == 1,
		       "run at its deadline it returns %llx, after %llu interrupts",
		       (unsigned long long)r.x[0], (unsigned long long)r.x[3]);
		VERIFY(&v, is_between(r.x[4], deadline, deadline + ticks_of_us(LATE)), "at %llx",
		       (unsigned long long)r.x[4]);
		conclude(&v, "deadline %u of WFI is the timer's", i);
	}
	deadline = now() + ticks_of_us(300000);
	r = request(peer, wait_serve, deadline, 0);
	r = call(FFA_RUN, r.x[1]);
	check(r.x[0] == BH_RUN_WAIT_FOR_INTERRUPT && r.x[2] == deadline,
	      "run too early it waits again, for the same deadline");
	while (now() < deadline)
		cpu_relax();
	r = call(FFA_RUN, r.x[1]);
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 1 && r.x[6] == 2,
	      "then it is taken");
	r = request(peer, wait_serve, now(), 0);
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 1,
	      "WFI after the deadline does not leave");
}

/* arms the timer and gives way */
static void yield_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();
	uint32_t before = core->taken[INTID_VTIMER];

	vtimer_start(in[0]);
	call(FFA_YIELD);
	interrupts_take();
	out[0] = core->taken[INTID_VTIMER] - before;
	out[1] = core->taken_at[INTID_VTIMER];
}

static void off_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();
	uint32_t before = core->taken[INTID_VTIMER];

	interrupts_on();
	wait_until(false, in[0]);
	interrupts_off();
	out[0] = core->taken[INTID_VTIMER] - before;
	out[1] = sysreg_read(cntv_ctl_el0);
}

/* Deadlines that pass while the vCPU is out, and that nobody else notices */
GUEST_TEST(timer_out)
{
	struct peer *a = peer_take(), *b = peer_take();
	uint64_t deadline;
	struct regs r;
	struct remote other;

	remote_call(a, prepare_serve, 1, 0, 0, 0);
	remote_call(b, prepare_serve, 1, 0, 0, 0);
	deadline = now() + ticks_of_us(2000);
	r = request(a, yield_serve, deadline, 0);
	check_is(r.x[0], FFA_YIELD, "a secondary arms its timer and gives way");
	other = remote_call(b, off_serve, 6000, 0, 0, 0);
	check(other.end == REMOTE_DONE && other.out[0] == 0 && other.out[1] == 0,
	      "another, on the same core, sees nothing of it");
	check(now() > deadline && cores[0].taken[INTID_VTIMER] == 0, "nor does the primary");
	r = call(FFA_RUN, r.x[1]);
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 1 && r.x[4] >= deadline,
	      "back, it takes the interrupt");
}

/* an interrupt that the VM has not enabled */
GUEST_TEST(timer_disabled)
{
	struct peer *peer = peer_take(), *b = peer_take();
	struct remote r;

	remote_call(peer, prepare_serve, 0, 0, 0, 0);
	remote_call(b, prepare_serve, 1, 0, 0, 0);
	request(peer, yield_serve, now(), 0);
	r = remote_call(b, spin_serve, now() + ticks_of_us(1000), 0, 0, 0);
	check(r.end == REMOTE_DONE && r.out[0] == 1, "another VM's timer works meanwhile");
	check_is(peer_run(peer, 0, LONG).x[3], 0, "a timer that is not enabled is not taken");
	r = remote_call(peer, off_serve, 2000, 0, 0, 0);
	check(r.end == REMOTE_DONE && r.out[0] == 0, "nor while the VM runs on");
	check(r.out[1] & TIMER_ISTATUS, "though its condition is met");
	/* prepare_serve disarms, so this one fires anew */
	remote_call(peer, prepare_serve, 1, 0, 0, 0);
	r = remote_call(peer, spin_serve, now(), 0, 0, 0);
	check(r.end == REMOTE_DONE && r.out[0] == 1, "enabled, it is");
}

/* a hook that gives way inside the handler, before the end of the interrupt */
static void yield_hook(struct core *core, uint32_t id)
{
	(void)core, (void)id;
	call(FFA_YIELD);
}

static void handler_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	core_this()->on_interrupt = yield_hook;
	spin_serve(in, out);
	core_this()->on_interrupt = NULL;
}

/* The interrupt stays active while its VM is out; those of others come all the same. */
GUEST_TEST(timer_active_out)
{
	struct peer *a = peer_take(), *b = peer_take();
	struct remote other;
	struct regs r;

	remote_call(a, prepare_serve, 1, 0, 0, 0);
	remote_call(b, prepare_serve, 1, 0, 0, 0);
	for (unsigned i = 0; i < 5; i++) {
		r = request(a, handler_serve, now() + ticks_of_us(500), 0);
		check_is(r.x[0], FFA_YIELD, "a secondary gives way in its handler");
		other = remote_call(b, spin_serve, now() + ticks_of_us(500), 0, 0, 0);
		check(other.end == REMOTE_DONE && other.out[0] == 1,
		      "another takes its own timer on the same core");
		r = call(FFA_RUN, r.x[1]);
		check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 1,
		      "the first ends its handler and goes on (%llu)", (unsigned long long)r.x[3]);
	}
	other = remote_call(a, spin_serve, now() + ticks_of_us(500), 0, 0, 0);
	check(other.end == REMOTE_DONE && other.out[0] == 1, "and takes the next");
}

/* gives way while the timer still holds its line */
static void held_hook(struct core *core, uint32_t id)
{
	(void)core, (void)id;
	vtimer_start(now());
	call(FFA_YIELD);
	vtimer_stop();
}

static void held_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	uint64_t later[REMOTE_WORDS] = {0}, wait[4] = {1000};

	core_this()->on_interrupt = held_hook;
	spin_serve(in, out);
	core_this()->on_interrupt = NULL;
	off_serve(wait, later);
	out[1] = later[0];
}

/* What is active when its VM comes back is not raised a second time. */
GUEST_TEST(timer_held)
{
	struct peer *a = peer_take(), *b = peer_take();
	struct remote other;
	struct regs r;

	remote_call(a, prepare_serve, 1, 0, 0, 0);
	remote_call(b, prepare_serve, 1, 0, 0, 0);
	r = request(a, held_serve, now() + ticks_of_us(500), 0);
	check_is(r.x[0], FFA_YIELD, "a secondary gives way in its handler, its timer still raised");
	other = remote_call(b, spin_serve, now() + ticks_of_us(500), 0, 0, 0);
	check(other.end == REMOTE_DONE && other.out[0] == 1, "another takes its own timer");
	r = call(FFA_RUN, r.x[1]);
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == 1 && r.x[4] == 0,
	      "the first has had one interrupt, and gets no other (%llu, %llu)",
	      (unsigned long long)r.x[3], (unsigned long long)r.x[4]);
}

static void level_hook(struct core *core, uint32_t id)
{
	/*
	 * interrupt_handle has stopped the timer: start it again, in the past, until it was enough
	 */
	if (id == INTID_VTIMER && core->taken[id] % 10)
		vtimer_start(now());
}

static void level_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();

	(void)in;
	core->on_interrupt = level_hook;
	core->taken[INTID_VTIMER] = 0;
	vtimer_start(now());
	interrupts_on();
	while (core->taken[INTID_VTIMER] < 10 && out[1] < 20) {
		uint32_t before = core->taken[INTID_VTIMER];

		if (!wait_until(core->taken[INTID_VTIMER] != before, LONG / 1000)) {
			call(FFA_YIELD);
			out[1]++;
		}
	}
	interrupts_off();
	core->on_interrupt = NULL;
	out[0] = core->taken[INTID_VTIMER];
}

GUEST_TEST(timer_level)
{
	struct peer *peer = peer_take();
	struct remote r;

	remote_call(peer, prepare_serve, 1, 0, 0, 0);
	r = remote_call(peer, level_serve, 0, 0, 0, 0);
	check_is(r.out[0], 10,
		 "a condition that still holds at the end of the interrupt raises it again");
	/*
	 * the emulator's GICv2 forgets the level when a guest ends the interrupt, until the line
	 * changes
	 */
	check(r.out[1] == 0 || guest.gic_version == 2, "and at once");
}

/* dies while its timer interrupt is active */
static void die_hook(struct core *core, uint32_t id)
{
	(void)core, (void)id;
	*(volatile uint64_t *)UINT64_C(0x0) = 1;
}

static void die_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	core_this()->on_interrupt = die_hook;
	spin_serve(in, out);
}

GUEST_TEST(timer_death)
{
	struct peer *b = peer_take();

	remote_call(b, prepare_serve, 1, 0, 0, 0);
	for (unsigned i = 0; i < 3; i++) {
		struct peer *a = peer_take();
		struct remote r;

		remote_call(a, prepare_serve, 1, 0, 0, 0);
		r = remote_call(a, die_serve, now() + ticks_of_us(500), 0, 0, 0);
		check(r.end == REMOTE_ABORTED && r.value == BH_FAULT_MEMORY_WRITE,
		      "a secondary dies in its timer handler");
		r = remote_call(b, spin_serve, now() + ticks_of_us(500), 0, 0, 0);
		check(r.end == REMOTE_DONE && r.out[0] == 1,
		      "another VM's timer works on that core");
	}
}

/* --- the primary's --- */

static void endless_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	for (;;)
		out[0]++;
}

GUEST_TEST(timer_preempts)
{
	struct peer *peer = peer_take();
	struct regs r;

	request(peer, yield_serve, UINT64_MAX, 0);
	peer_run(peer, 0, LONG);
	ptimer_start(now() + ticks_of_us(2000));
	r = request(peer, endless_serve, 0, 0);
	for (unsigned i = 0; i < 20; i++) {
		uint32_t before = cores[0].taken[INTID_PTIMER];
		uint64_t deadline = now() + ticks_of_us(2000);
		struct verdict v = {0};

		interrupts_take();
		VERIFY(&v, r.x[0] == FFA_INTERRUPT && r.x[1] == FFA_VM_VCPU(peer->id, 0), "%llx",
		       (unsigned long long)r.x[0]);
		VERIFY(&v, cores[0].taken[INTID_PTIMER] == before + 1, "%u timer interrupts",
		       cores[0].taken[INTID_PTIMER] - before);
		ptimer_start(deadline);
		r = call(FFA_RUN, r.x[1]);
		VERIFY(&v, is_between(now(), deadline, deadline + ticks_of_us(LATE)),
		       "%lld ticks after the deadline", (long long)(now() - deadline));
		conclude(&v, "quantum %u ends an endless loop", i);
	}
	interrupts_take();
	call(BH_VM_STOP, peer->id);
}

/*
 * arms the timer `in[1]` times, `in[0]` ticks apart, in WFI or not (in[2]); out: taken, how late
 * the worst was, early ones
 */
static void periodic_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();
	uint64_t deadline = now() + in[0];

	for (uint64_t i = 0; i < in[1]; i++, deadline += in[0]) {
		uint32_t before = core->taken[INTID_VTIMER];

		vtimer_start(deadline);
		while (core->taken[INTID_VTIMER] == before) {
			if (in[2])
				wfi();
			interrupts_take();
		}
		out[0]++;
		out[1] += core->taken[INTID_VTIMER] - before;
		if (core->taken_at[INTID_VTIMER] < deadline)
			out[2]++;
	}
}

#define SHARING 3u
#define PERIODS 30u

/*
 * Several VMs with timers share the core: the primary runs each when it is due, or for a quantum.
 */
GUEST_TEST(timer_sharing)
{
	struct peer *peer[SHARING];
	uint64_t due[SHARING];
	struct regs r[SHARING];
	unsigned left = SHARING;

	for (unsigned i = 0; i < SHARING; i++) {
		peer[i] = peer_take();
		remote_call(peer[i], prepare_serve, 1, 0, 0, 0);
		ptimer_start(now() + ticks_of_us(500));
		r[i] = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, peer[i]->id), 0,
			    (uint64_t)periodic_serve - (uint64_t)_image_start,
			    ticks_of_us(1000 + 300 * i), PERIODS, i % 2);
		due[i] = r[i].x[0] == BH_RUN_WAIT_FOR_INTERRUPT ? r[i].x[2] : 0;
		interrupts_take();
	}
	for (unsigned turn = 0; left && turn < 100000; turn++) {
		unsigned i = turn % SHARING;

		if (r[i].x[0] == FFA_MSG_SEND_DIRECT_RESP_64 || r[i].x[0] == BH_RUN_ABORTED ||
		    due[i] > now())
			continue;
		ptimer_start(now() + ticks_of_us(500));
		r[i] = call(FFA_RUN, FFA_VM_VCPU(peer[i]->id, 0));
		interrupts_take();
		due[i] = r[i].x[0] == BH_RUN_WAIT_FOR_INTERRUPT ? r[i].x[2] : 0;
		left -= r[i].x[0] == FFA_MSG_SEND_DIRECT_RESP_64;
	}
	ptimer_stop();
	interrupts_take();
	for (unsigned i = 0; i < SHARING; i++) {
		struct verdict v = {0};

		VERIFY(&v, r[i].x[0] == FFA_MSG_SEND_DIRECT_RESP_64, "it returned %llx",
		       (unsigned long long)r[i].x[0]);
		VERIFY(&v, r[i].x[3] == PERIODS && r[i].x[4] == PERIODS && r[i].x[5] == 0,
		       "%llu periods, %llu interrupts, %llu too early",
		       (unsigned long long)r[i].x[3], (unsigned long long)r[i].x[4],
		       (unsigned long long)r[i].x[5]);
		conclude(&v, "VM %u of %u on one core, %s, takes each of its timer interrupts once",
			 i + 1, SHARING, i % 2 ? "waiting" : "busy");
	}
}
