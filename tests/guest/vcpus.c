/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Secondaries of several vCPUs: turned on and off, in the state that PSCI promises; waking each
 * other on one core and on several, while they move between cores.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <lib/string.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/schedule.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>
#include <tests/guest/runtime/wall.h>
#include <tests/guest/runtime/workers.h>

#define PING 1u

/* --- state at the entry --- */

struct entry_state {
	uint64_t x[31];
	uint64_t el, daif, sctlr, spsel, mpidr;
};
extern char
	entry_probe[]; /* probe.S: writes what it finds to its context id, then turns itself off */

static struct entry_state entry_state;

static void entry_verify(struct verdict *v, const struct entry_state *s, uint64_t mpidr)
{
	for (unsigned i = 1; i < 31; i++)
		VERIFY(v, s->x[i] == 0, "x%u is %llx", i, (unsigned long long)s->x[i]);
	VERIFY(v, s->el == 1 << 2, "CurrentEL is %llx", (unsigned long long)s->el);
	VERIFY(v, s->daif == 0x3C0, "DAIF is %llx", (unsigned long long)s->daif);
	VERIFY(v, (s->sctlr & 0x1005) == 0, "SCTLR_EL1 is %llx", (unsigned long long)s->sctlr);
	VERIFY(v, s->spsel == 1, "SPSel is %llx", (unsigned long long)s->spsel);
	VERIFY(v, (s->mpidr & UINT64_C(0xFF00FFFFFF)) == mpidr && s->mpidr >> 31 & 1,
	       "MPIDR_EL1 is %llx", (unsigned long long)s->mpidr);
}

static void visit(struct core *core);

/* The vCPU has been on before: nothing of that may be left. */
static void entry_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct verdict v = {0};

	core_turn_on((uint32_t)in[0], visit, 0);
	while (psci(PSCI_AFFINITY_INFO_64, guest.mpidr[in[0]], 0, 0) == PSCI_AFFINITY_ON)
		call(FFA_YIELD);

	memset(&entry_state, 0xEE, sizeof(entry_state));
	out[1] = (uint64_t)psci(PSCI_CPU_ON_64, guest.mpidr[in[0]], (uint64_t)entry_probe,
				(uint64_t)&entry_state);
	while (psci(PSCI_AFFINITY_INFO_64, guest.mpidr[in[0]], 0, 0) == PSCI_AFFINITY_ON)
		call(FFA_YIELD);
	entry_verify(&v, &entry_state, guest.mpidr[in[0]]);
	if (v.failed)
		say("%s", v.why);
	out[0] = v.failed;
}

static const struct schedule on_one = {1, 1000, false, 20000000};

GUEST_TEST(vcpu_entry)
{
	struct peer *peer = peer_take();

	for (uint32_t i = 1; i < peer->vcpus; i++) {
		struct remote r = remote_schedule(peer, entry_serve, i, 0, &on_one);

		check(r.end == REMOTE_DONE && r.out[0] == 0 && r.out[1] == 0,
		      "vCPU %u starts in the state that PSCI promises (its log says more)", i);
	}
	for (uint32_t i = 1; i < guest.vcpus; i++) {
		struct verdict v = {0};

		core_turn_on(i, visit, 0);
		wait_until(psci(PSCI_AFFINITY_INFO_64, guest.mpidr[i], 0, 0) == PSCI_AFFINITY_OFF,
			   5000000);
		memset(&entry_state, 0xEE, sizeof(entry_state));
		check_is((uint64_t)psci(PSCI_CPU_ON_64, guest.mpidr[i], (uint64_t)entry_probe,
					(uint64_t)&entry_state),
			 0, "core %u of the primary is turned on", i);
		VERIFY(&v,
		       wait_until(psci(PSCI_AFFINITY_INFO_64, guest.mpidr[i], 0, 0) ==
					  PSCI_AFFINITY_OFF,
				  5000000),
		       "it does not turn off");
		entry_verify(&v, &entry_state, guest.mpidr[i]);
		conclude(&v, "core %u starts in the state that PSCI promises", i);
	}
}

/* --- on and off --- */

static uint32_t visits; /* atomic */

static void visit(struct core *core)
{
	(void)core;
	__atomic_fetch_add(&visits, 1, __ATOMIC_SEQ_CST);
}

/* in[0]: how often; out: failures of CPU_ON, visits, wrong errors */
static void on_off_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	visits = 0;
	for (uint64_t i = 0; i < in[0]; i++) {
		out[0] += core_turn_on(1, visit, 0) != PSCI_SUCCESS;
		out[2] += core_turn_on(0, visit, 0) != PSCI_ALREADY_ON;
		while (psci(PSCI_AFFINITY_INFO_64, guest.mpidr[1], 0, 0) == PSCI_AFFINITY_ON)
			call(FFA_YIELD);
	}
	out[1] = visits;
}

GUEST_TEST(vcpu_on_off)
{
	struct peer *peer = peer_take();
	struct remote r;
	struct regs run = call(FFA_RUN, FFA_VM_VCPU(peer->id, 1));

	check_is((uint64_t)error_of(&run), (uint64_t)FFA_DENIED, "FFA_RUN of a vCPU that is off");
	r = remote_schedule(peer, on_off_serve, 100, 0, &on_one);
	check(r.end == REMOTE_DONE && r.out[0] == 0, "100 times on: %s", remote_text(&r));
	check_is(r.out[1], 100, "and off again");
	check_is(r.out[2], 0, "CPU_ON of what is on: ALREADY_ON");
}

/* twice ON without the first being run in between */
static void on_twice_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)in;
	out[0] = (uint64_t)core_turn_on(1, visit, 0);
	out[1] = (uint64_t)core_turn_on(1, visit, 0);
	out[2] = (uint64_t)psci(PSCI_AFFINITY_INFO_64, guest.mpidr[1], 0, 0);
}

GUEST_TEST(vcpu_on_twice)
{
	struct peer *peer = peer_take();
	struct remote r = remote_call(peer, on_twice_serve, 0, 0, 0, 0);
	struct regs run;

	check(r.end == REMOTE_DONE && r.out[0] == PSCI_SUCCESS &&
		      (int64_t)r.out[1] == PSCI_ALREADY_ON,
	      "CPU_ON a second time, before it ran: ALREADY_ON");
	check_is(r.out[2], PSCI_AFFINITY_ON, "AFFINITY_INFO of it");
	run = call(FFA_RUN, FFA_VM_VCPU(peer->id, 1));
	check(run.x[0] == BH_RUN_VCPU_OFF && run.x[1] == FFA_VM_VCPU(peer->id, 1),
	      "it runs and turns off");
	run = call(FFA_RUN, FFA_VM_VCPU(peer->id, 1));
	check_is((uint64_t)error_of(&run), (uint64_t)FFA_DENIED, "FFA_RUN of it then");
}

/* --- waking each other --- */

static volatile uint64_t hops, hops_wanted;

static void next_wake(const struct core *core)
{
	gic_inject(guest.id, (core->index + 1) % guest.vcpus, PING);
}

/* Waits for the token, counts it and passes it on; at the end the token goes round once more. */
static void token_pass(struct core *core)
{
	uint32_t seen = 0;
	bool last = false;

	gic_enable(PING, true);
	if (core->index == 0)
		seen = core->taken[PING];
	while (!last) {
		while (core->taken[PING] == seen) {
			wfi();
			interrupts_take();
		}
		seen++;
		last = hops >= hops_wanted;
		hops++;
		next_wake(core);
	}
}

/* in[0]: hops; out[0]: hops made, out[1]: failures */
static void token_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	hops = 0;
	hops_wanted = in[0];
	gic_start();
	for (uint32_t i = 1; i < guest.vcpus; i++)
		out[1] += core_turn_on(i, token_pass, 0) != PSCI_SUCCESS;
	/*
	 * its own token: it gets to vCPU 1 when that is there to take it, for pending interrupts
	 * wait
	 */
	gic_enable(PING, true);
	gic_inject(guest.id, 0, PING);
	token_pass(core_this());
	out[0] = hops;
}

static void token_check(struct peer *peer, const char *name, const struct schedule *how,
			uint64_t wanted)
{
	struct remote r = remote_schedule(peer, token_serve, wanted, 0, how);
	struct verdict v = {0};

	VERIFY(&v, r.end == REMOTE_DONE, "%s (%llx)", remote_text(&r), (unsigned long long)r.value);
	VERIFY(&v, r.out[1] == 0, "%llu vCPUs did not start", (unsigned long long)r.out[1]);
	VERIFY(&v, r.out[0] >= wanted && r.out[0] <= wanted + peer->vcpus, "%llu hops",
	       (unsigned long long)r.out[0]);
	conclude(&v, "%u vCPUs wake each other %llu times %s", peer->vcpus,
		 (unsigned long long)wanted, name);
}

GUEST_TEST(vcpu_token)
{
	const struct schedule some = {guest.vcpus, 5000, false, 30000000};
	const struct schedule moving = {guest.vcpus, 300, true, 30000000};

	workers_start(guest.vcpus);
	token_check(peer_take(), "on one core", &on_one, 1000);
	if (guest.vcpus == 1)
		return;
	token_check(peer_take(), "on a core each", &some, 300);
	token_check(peer_take(), "while they move between cores", &moving, 300);
}
