/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PSCI and SMCCC: discovery, the end of a VM on its own request, suspend, and the primary's cores
 * off and on.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>
#include <tests/guest/runtime/wall.h>

#define LONG 10000000u /* microseconds */

static const struct {
	const char *name;
	uint32_t id;
} implemented[] = {
	{"PSCI_VERSION", PSCI_VERSION},
	{"CPU_SUSPEND", PSCI_CPU_SUSPEND_64},
	{"CPU_SUSPEND of 32 bits", PSCI_CPU_SUSPEND_32},
	{"CPU_OFF", PSCI_CPU_OFF},
	{"CPU_ON", PSCI_CPU_ON_64},
	{"CPU_ON of 32 bits", PSCI_CPU_ON_32},
	{"AFFINITY_INFO", PSCI_AFFINITY_INFO_64},
	{"AFFINITY_INFO of 32 bits", PSCI_AFFINITY_INFO_32},
	{"MIGRATE_INFO_TYPE", PSCI_MIGRATE_INFO_TYPE},
	{"SYSTEM_OFF", PSCI_SYSTEM_OFF},
	{"SYSTEM_RESET", PSCI_SYSTEM_RESET},
	{"PSCI_FEATURES", PSCI_FEATURES},
	{"SMCCC_VERSION", SMCCC_VERSION},
};

GUEST_TEST(psci_discovery)
{
	struct peer *peer = peer_take();

	check_is((uint64_t)psci(PSCI_VERSION, 0, 0, 0), PSCI_VERSION_1_1, "PSCI_VERSION is 1.1");
	check_is((uint64_t)psci(SMCCC_VERSION, 0, 0, 0), SMCCC_VERSION_1_2, "SMCCC_VERSION is 1.2");
	check_is((uint64_t)psci(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), PSCI_MIGRATE_NOT_REQUIRED,
		 "there is no Trusted OS to migrate");
	check_is((uint64_t)psci(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0), 0,
		 "SMCCC_ARCH_FEATURES knows SMCCC_VERSION");
	for (size_t i = 0; i < ARRAY_SIZE(implemented); i++) {
		struct remote r = remote_hvc(peer, PSCI_FEATURES, implemented[i].id, 0, 0);

		check(psci(PSCI_FEATURES, implemented[i].id, 0, 0) == PSCI_SUCCESS &&
			      r.end == REMOTE_DONE && r.out[0] == PSCI_SUCCESS,
		      "PSCI_FEATURES knows %s", implemented[i].name);
	}
}

static void end_try(uint32_t function, const char *name)
{
	struct peer *peer = peer_take();
	struct remote r = remote_hvc(peer, function, 0, 0, 0);
	struct bh_fault fault = {0};
	struct verdict v = {0};
	int32_t code;

	VERIFY(&v, r.end == REMOTE_ABORTED && r.value == BH_FAULT_OFF, "%s, %lld", remote_text(&r),
	       (long long)r.value);
	VERIFY(&v,
	       fault_get(peer->id, &fault, &code) && fault.cause == BH_FAULT_OFF &&
		       fault.vm == peer->id && fault.x[0] == function,
	       "its record has cause %u", fault.cause);
	victim_verify(&v);
	conclude(&v, "%s ends the VM, and it alone", name);
}

static void suspend_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	gic_start();
	gic_enable(2, true);
	out[0] = (uint64_t)psci((uint32_t)in[0], 0, (uint64_t)core_entry, 0);
	interrupts_take();
	out[1] = core_this()->taken[2];
}

static void suspend_try(uint32_t function, const char *name)
{
	struct peer *peer = peer_take();
	uint64_t offset = (uint64_t)suspend_serve - (uint64_t)_image_start;
	struct regs r = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, peer->id), 0, offset,
			     function);

	check(r.x[0] == BH_RUN_WAIT_FOR_INTERRUPT && r.x[2] == BH_NO_DEADLINE,
	      "%s waits as WFI does", name);
	check_is((uint64_t)gic_inject(peer->id, 0, 2), 1, "an interrupt ends it");
	r = call(FFA_RUN, r.x[1]);
	check(r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == PSCI_SUCCESS && r.x[4] == 1,
	      "with SUCCESS, and the interrupt is taken");
}

static uint32_t came; /* atomic */

static void come(struct core *core)
{
	(void)core;
	__atomic_fetch_add(&came, 1, __ATOMIC_SEQ_CST);
}

static bool is_off(uint32_t index)
{
	return psci(PSCI_AFFINITY_INFO_64, guest.mpidr[index], 0, 0) == PSCI_AFFINITY_OFF;
}

/* Turns each other core of the primary on and off again, some times. */
static void cores_try(void)
{
	for (uint32_t i = 1; i < guest.vcpus; i++) {
		struct verdict v = {0};

		came = 0;
		for (uint32_t round = 1; round <= 30; round++) {
			int64_t status = core_turn_on(i, come, 0);

			VERIFY(&v, status == PSCI_SUCCESS, "CPU_ON %u answers %lld", round,
			       (long long)status);
			VERIFY(&v, wait_until(came == round && is_off(i), LONG), "it came %u times",
			       came);
		}
		conclude(&v, "core %u of the primary goes on and off 30 times", i);
	}
}

GUEST_TEST(psci_life)
{
	victim_start();
	end_try(PSCI_SYSTEM_OFF, "SYSTEM_OFF of a secondary");
	end_try(PSCI_SYSTEM_RESET, "SYSTEM_RESET of a secondary");
	suspend_try(PSCI_CPU_SUSPEND_64, "CPU_SUSPEND");
	suspend_try(PSCI_CPU_SUSPEND_32, "CPU_SUSPEND of 32 bits");
	check_is((uint64_t)psci(PSCI_CPU_SUSPEND_64, 0, 0, 0), PSCI_SUCCESS,
		 "CPU_SUSPEND of the primary returns");
	check_is((uint64_t)core_turn_on(0, come, 0), (uint64_t)PSCI_ALREADY_ON,
		 "CPU_ON of the caller itself");
	cores_try();
}

static void mark(struct core *core)
{
	(void)core;
	*(volatile uint64_t *)guest.streams[0].at.start = 1;
}

/* The login VM's cores are vCPUs, which the primary runs: it takes none of the machine's. Needs 2 cores. */
GUEST_TEST(login_cores)
{
	volatile uint64_t *marked;
	struct remote r;
	struct regs end;

	login_start();
	victim_start();
	marked = (volatile uint64_t *)login()->stream.start;
	*marked = 0;
	check_is((uint64_t)remote_turn_on(login(), 1, mark, 0), PSCI_SUCCESS,
		 "the login VM turns its second vCPU on");
	check_is((uint64_t)psci(PSCI_AFFINITY_INFO_64, guest.mpidr[1], 0, 0), PSCI_AFFINITY_OFF,
		 "the machine's second core stays off");
	check(!wait_until(*marked, 20000), "the vCPU does not run by itself");
	end = peer_run(login(), 1, LONG);
	check(end.x[0] == BH_RUN_VCPU_OFF && *marked, "it does when the primary runs it");
	r = remote_hvc(login(), PSCI_CPU_ON_64, guest.mpidr[1], victim_address(), 0);
	check_is(r.out[0], (uint64_t)PSCI_INVALID_ADDRESS, "but not in a secondary's memory");
	r = remote_hvc(login(), PSCI_SYSTEM_OFF, 0, 0, 0);
	check(r.end == REMOTE_ABORTED && r.value == BH_FAULT_OFF,
	      "the login VM turns off itself, not the machine");
	r = remote_call(victim(), agent_hello, 0, 0, 0, 0);
	check_is(r.end, REMOTE_DONE, "and no other VM");
}
