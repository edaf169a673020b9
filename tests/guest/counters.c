/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters are exact: every exit once under its reason, and denials, injections, runs beside it.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

static const char *const names[] = {
#define X(id, name) name,
	BH_EXIT_REASONS(X)
#undef X
};

/*
 * What a scenario does to the counters of the vCPU that executes it, beside the message that starts
 * and ends it
 */
struct scenario {
	const char *what;
	void (*act)(void);
	uint64_t exits[BH_EXIT_REASON_COUNT];
	uint64_t denied, injected;
	uint64_t runs; /* of a secondary */
};

static void act_nothing(void)
{
}

static void act_ffa(void)
{
	for (int i = 0; i < 7; i++)
		call(FFA_ID_GET);
	call(FFA_FEATURES, FFA_RUN);
}

static void act_denied(void)
{
	for (int i = 0; i < 3; i++)
		call(FFA_FEATURES, 0x84000099);
	call(BH_INTR_ENABLE, 2000, 1);
	call(FFA_RX_RELEASE);
}

static void act_psci(void)
{
	for (int i = 0; i < 5; i++)
		psci(PSCI_VERSION, 0, 0, 0);
	psci(SMCCC_VERSION, 0, 0, 0);
}

static void act_unknown(void)
{
	for (int i = 0; i < 4; i++)
		call(0x82000000);
	call(0x84000018);
}

static void act_vendor(void)
{
	for (int i = 0; i < 6; i++)
		call(BH_INTR_GET, 1);
}

static void act_sysreg(void)
{
	for (int i = 0; i < 9; i++)
		sysreg_read(id_aa64pfr0_el1);
}

static void act_inject(void)
{
	call(BH_INTR_INJECT, FFA_VM_VCPU(guest.id, 0), 1);
	call(BH_INTR_INJECT, FFA_VM_VCPU(guest.id, 0), 2);
}

static void act_yield(void)
{
	for (int i = 0; i < 3; i++)
		call(FFA_YIELD);
}

static void act_wfi(void)
{
	/* nothing wakes it but the primary, which runs it again */
	for (int i = 0; i < 2; i++)
		wfi();
}

static const struct scenario scenarios[] = {
	{"nothing", act_nothing, {0}, 0, 0, 1},
	{"8 FF-A calls", act_ffa, {[BH_EXIT_FFA] = 8}, 0, 0, 1},
	{"5 refused calls", act_denied, {[BH_EXIT_FFA] = 4, [BH_EXIT_VENDOR] = 1}, 5, 0, 1},
	{"6 PSCI and SMCCC calls", act_psci, {[BH_EXIT_PSCI] = 6}, 0, 0, 1},
	{"5 unknown calls", act_unknown, {[BH_EXIT_CALL_UNKNOWN] = 5}, 5, 0, 1},
	{"6 vendor calls", act_vendor, {[BH_EXIT_VENDOR] = 6}, 0, 0, 1},
	{"9 ID registers", act_sysreg, {[BH_EXIT_SYSREG] = 9}, 0, 0, 1},
	{"2 injections", act_inject, {[BH_EXIT_VENDOR] = 2}, 0, 2, 1},
	{"3 FFA_YIELD", act_yield, {[BH_EXIT_FFA] = 3}, 0, 0, 4},
	{"2 WFI", act_wfi, {[BH_EXIT_WFI] = 2}, 0, 0, 3},
};

static void act_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	scenarios[in[0]].act();
	out[0] = 1;
}

static void scenario_try(struct peer *peer, size_t number)
{
	const struct scenario *s = &scenarios[number];
	struct bh_counters before = {0}, after = {0};
	struct verdict v = {0};
	uint64_t begin = now(), end;
	struct remote r;

	counters_get(peer->id, 0, &before);
	r = remote_call(peer, act_serve, number, 0, 0, 0);
	end = now();
	counters_get(peer->id, 0, &after);
	VERIFY(&v, r.end == REMOTE_DONE, "%s", remote_text(&r));
	VERIFY(&v,
	       after.vm == peer->id && after.vcpu == 0 && after.version == BH_COUNTERS_VERSION &&
		       after.size == sizeof(after),
	       "of VM %u, vCPU %u", after.vm, after.vcpu);
	for (unsigned i = 0; i < BH_EXIT_REASON_COUNT; i++) {
		/* the answer is a call as well */
		uint64_t wanted = s->exits[i] + (i == BH_EXIT_FFA);

		VERIFY(&v, after.exits[i] - before.exits[i] == wanted,
		       "%llu exits for %s, not %llu",
		       (unsigned long long)(after.exits[i] - before.exits[i]), names[i],
		       (unsigned long long)wanted);
	}
	VERIFY(&v, after.denied - before.denied == s->denied, "%llu denied",
	       (unsigned long long)(after.denied - before.denied));
	VERIFY(&v, after.injected - before.injected == s->injected, "%llu injected",
	       (unsigned long long)(after.injected - before.injected));
	VERIFY(&v, after.runs - before.runs == s->runs, "%llu runs",
	       (unsigned long long)(after.runs - before.runs));
	VERIFY(&v,
	       after.run_ticks > before.run_ticks &&
		       after.run_ticks - before.run_ticks < end - begin,
	       "%llu ticks of %llu", (unsigned long long)(after.run_ticks - before.run_ticks),
	       (unsigned long long)(end - begin));
	conclude(&v, "counters of a secondary: %s", s->what);
}

static void own_try(const struct scenario *s)
{
	struct bh_counters before = {0}, after = {0};
	struct verdict v = {0};

	counters_get(guest.id, 0, &before);
	s->act();
	counters_get(guest.id, 0, &after);
	for (unsigned i = 0; i < BH_EXIT_REASON_COUNT; i++) {
		/* reading them takes a vendor call and a release */
		uint64_t wanted = s->exits[i] + (i == BH_EXIT_FFA) + (i == BH_EXIT_VENDOR);

		VERIFY(&v, after.exits[i] - before.exits[i] == wanted,
		       "%llu exits for %s, not %llu",
		       (unsigned long long)(after.exits[i] - before.exits[i]), names[i],
		       (unsigned long long)wanted);
	}
	VERIFY(&v,
	       after.denied - before.denied == s->denied &&
		       after.injected - before.injected == s->injected,
	       "%llu denied, %llu injected", (unsigned long long)(after.denied - before.denied),
	       (unsigned long long)(after.injected - before.injected));
	conclude(&v, "counters of the primary: %s", s->what);
}

GUEST_TEST(counters)
{
	struct peer *peer = peer_take(), *idle = peer_take();
	struct bh_counters before = {0}, after = {0};
	struct regs r;

	counters_get(idle->id, 0, &before);
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		scenario_try(peer, i);
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		if (scenarios[i].runs == 1)
			own_try(&scenarios[i]);
	counters_get(idle->id, 0, &after);
	check(before.exits[BH_EXIT_FFA] == after.exits[BH_EXIT_FFA] && before.runs == after.runs,
	      "another VM's counters stand still");
	remote_call(peer, act_serve, 0, 0, 0, 0);
	r = call(BH_VM_STOP, peer->id);
	check(r.x[0] == FFA_SUCCESS_32 && counters_get(peer->id, 0, &after) && after.runs > 0,
	      "they outlive their VM");
}
