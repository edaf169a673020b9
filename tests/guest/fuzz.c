/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hypercall fuzzer: all cores of the primary and all secondaries call at random. Boot
 * arguments: seed=, calls= (of all, together). Along the way and at the end: every answer is one
 * that the call may give, a victim's memory and our own are as they were, the primary's timer still
 * pre-empts, and a VM that kept out of it works.
 *
 * A secondary counts in its stream region, which stays when it ends.
 */
#include <tests/guest/fuzz.h>

#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <lib/fmt.h>
#include <lib/string.h>
#include <tests/guest/runtime/check.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>

#define QUANTUM      300u /* microseconds that a secondary runs at most */
#define MAGIC        UINT64_C(0x7e57ab1e)
#define VICTIM_SEED  UINT64_C(0x5eed)
#define VICTIM_WORDS 512u
#define OWN_WORDS    4096u
#define ROUND        1000u /* calls between two looks at the victim and at the end */
#define SUCCESS_MIN  30u   /* percent */

static __attribute__((aligned(16384))) uint8_t pages[4][4096];
static __attribute__((aligned(4096))) uint8_t offered[FUZZ_OFFERED][4096];
static __attribute__((aligned(16))) uint8_t fuzz_stacks[2][4096];
struct core fuzz_cores[2];
static uint64_t own_pattern[OWN_WORDS];
static struct fuzz_vms vms;
static struct fuzz_table own_table;
static struct peer *fuzz_victim;
static uint64_t seed, foreign[6];
static uint32_t stop;   /* atomic */
static uint32_t damage; /* atomic: of the victim or of own memory */

/* --- secondaries --- */

static struct fuzz_table *table_in_stream(uint64_t stream)
{
	return (struct fuzz_table *)stream;
}

/* of a secondary, as the primary sees it; NULL: it has none */
static struct fuzz_table *table_of_vm(uint16_t vm)
{
	for (unsigned i = 0; i < peer_count; i++)
		if (peers[i].id == vm && peers[i].stream.size)
			return table_in_stream(peers[i].stream.start);
	return NULL;
}

static uint64_t handle_load(const uint64_t *at)
{
	return __atomic_load_n(at, __ATOMIC_RELAXED);
}

uint64_t fuzz_handle(struct fuzz *f, bool for_me)
{
	const struct fuzz_table *table = f->table;
	uint64_t handle = handle_load(for_me ? &table->to : &table->from);

	/* what any secondary offers is for the primary */
	if (f->primary && for_me && vms.count) {
		table = table_of_vm(vms.id[random_below(&f->random, vms.count)]);
		handle = table ? handle_load(&table->from) : 0;
	}
	return random_below(&f->random, 8)
		       ? handle
		       : (handle & ~UINT64_C(0xFFFF)) | random_below(&f->random, 600);
}

void fuzz_offered(struct fuzz *f, uint16_t receiver, uint64_t handle)
{
	struct fuzz_table *other = f->primary ? table_of_vm(receiver) : NULL;

	__atomic_store_n(&f->table->from, handle, __ATOMIC_RELAXED);
	if (other)
		__atomic_store_n(&other->to, handle, __ATOMIC_RELAXED);
}

static void guest_timer_play(struct fuzz *f)
{
	uint64_t r = random_next(&f->random);

	if (r % 16 == 0)
		vtimer_start(now() + (r >> 8) % ticks_of_us(500));
	if (r % 64 == 1)
		wfi();
	if (r % 16 == 2)
		interrupts_take();
}

/* A vCPU that calls at random for ever; it never comes back, and says so to nobody. */
static _Noreturn void fuzz_guest(struct core *core, uint64_t guest_seed)
{
	struct fuzz f = {
		.random = guest_seed + core->index,
		.table = table_in_stream(guest.streams[0].at.start),
		.vms = &vms,
		.core = core->index,
		.pages = (uint64_t)pages,
		.offered = (uint64_t)offered,
	};

	memcpy(f.foreign, foreign, sizeof(foreign));
	for (;;) {
		fuzz_one(&f);
		guest_timer_play(&f);
		/* most of what runs vCPUs is a request that waits for its answer */
		if (random_below(&f.random, 8) == 0)
			call(FFA_MSG_SEND_DIRECT_RESP_64, FFA_VM_VCPU(guest.id, FFA_PRIMARY_ID), 0,
			     f.random);
		if (random_below(&f.random, 20000) == 0)
			psci(random_below(&f.random, 2) ? PSCI_SYSTEM_OFF : PSCI_SYSTEM_RESET, 0, 0,
			     0);
	}
}

static void fuzz_vcpu(struct core *core)
{
	fuzz_guest(core, core->argument);
}

/* in[0] = seed, in[1] = another VM's id, in[2] = its memory, in[3] = the hypervisor's image */
static void fuzz_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	(void)out;
	vms.id[0] = (uint16_t)in[1];
	vms.count = 1;
	foreign[0] = in[2];
	foreign[1] = in[3];
	foreign[2] = guest.streams[0].at.start;
	foreign[3] = (uint64_t)pages + 8;
	foreign[4] = guest.memory.start + guest.memory.size;
	foreign[5] = 0x09000000;
	gic_start();
	for (uint32_t i = 0; i < 2; i++)
		fuzz_cores[i] = (struct core){.stack_top = fuzz_stacks[i] + sizeof(fuzz_stacks[i]),
					      .main = fuzz_vcpu,
					      .index = i,
					      .argument = in[0] + 1000};
	fuzz_guest(core_this(), in[0]);
}

/* The victim: looks at its memory for MAGIC, echoes all else. */
static void victim_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	uint64_t *memory = (uint64_t *)in[0];
	struct regs r;

	(void)out;
	pattern_fill(memory, VICTIM_WORDS, VICTIM_SEED);
	r = call(FFA_MSG_SEND_DIRECT_RESP_64, FFA_VM_VCPU(guest.id, FFA_PRIMARY_ID), 0, MAGIC);
	for (;;) {
		bool asked = r.x[0] == FFA_MSG_SEND_DIRECT_REQ_64;

		if (asked && r.x[3] == MAGIC)
			r = call(FFA_MSG_SEND_DIRECT_RESP_64, FFA_VM_VCPU(guest.id, FFA_PRIMARY_ID),
				 0, ~MAGIC, pattern_damage(memory, VICTIM_WORDS, VICTIM_SEED));
		else if (asked || r.x[0] == FFA_MSG_SEND_DIRECT_REQ_32)
			r = call(FFA_MSG_SEND_DIRECT_RESP_64, FFA_VM_VCPU(guest.id, FFA_PRIMARY_ID),
				 0, r.x[3]);
		else
			r = call(FFA_MSG_WAIT);
	}
}

/* --- the primary --- */

static void quantum_start(void)
{
	ptimer_start(now() + ticks_of_us(QUANTUM));
}

/* Asks the victim, which others may be running meanwhile; true when its memory is as it was. */
static bool victim_is_well(void)
{
	for (unsigned i = 0; i < 1000000; i++) {
		struct regs r;

		quantum_start();
		r = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, fuzz_victim->id), 0,
			 MAGIC);
		while (r.x[0] == FFA_INTERRUPT) {
			interrupts_take();
			quantum_start();
			r = call(FFA_RUN, FFA_VM_VCPU(fuzz_victim->id, 0));
		}
		if (r.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && r.x[3] == ~MAGIC)
			return r.x[4] == 0;
		/* pre-empted while it served somebody else: it has to be run to its answer */
		if (error_of(&r) == FFA_BUSY) {
			quantum_start();
			call(FFA_RUN, FFA_VM_VCPU(fuzz_victim->id, 0));
			interrupts_take();
		}
	}
	return false;
}

static void fuzz_round(struct fuzz *f)
{
	for (unsigned i = 0; i < ROUND; i++) {
		quantum_start();
		fuzz_one(f);
		interrupts_take();
	}
	if (!victim_is_well() || pattern_damage(own_pattern, OWN_WORDS, VICTIM_SEED))
		__atomic_fetch_add(&damage, 1, __ATOMIC_RELAXED);
}

static uint64_t table_sum(const struct fuzz_table *table, enum fuzz_result from,
			  enum fuzz_result to)
{
	uint64_t sum = 0;

	for (size_t row = 0; row < fuzz_call_count(); row++)
		for (unsigned i = from; i <= to; i++)
			sum += table->count[row][i];
	return sum;
}

static uint64_t calls_of_all(void)
{
	uint64_t sum = table_sum(&own_table, 0, FUZZ_BAD);

	for (unsigned i = 0; i < vms.count; i++)
		if (peers[i].stream.size)
			sum += table_sum(table_in_stream(peers[i].stream.start), 0, FUZZ_BAD);
	return sum;
}

static struct fuzz fuzz_of_core(uint32_t index)
{
	struct fuzz f = {
		.random = seed * 1000 + index,
		.table = &own_table,
		.vms = &vms,
		.primary = true,
		.pages = (uint64_t)pages,
		.offered = (uint64_t)offered,
	};

	memcpy(f.foreign, foreign, sizeof(foreign));
	return f;
}

static void fuzz_core(struct core *core)
{
	struct fuzz f = fuzz_of_core(core->index);

	gic_enable(INTID_PTIMER, true);
	do
		fuzz_round(&f);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED));
	ptimer_stop();
	interrupts_take();
}

/* Gets every secondary to fuzz; the victim and one that keeps out of it are the first two. */
static void fuzz_prepare(void)
{
	struct remote r;

	fuzz_victim = peer_take();
	peer_take();
	vms.spared = fuzz_victim->id;
	foreign[0] = fuzz_victim->spare.start;
	foreign[1] = guest_argument("hv", 0);
	foreign[2] = guest.log.start;
	foreign[3] = (uint64_t)pages + 8;
	foreign[4] = guest.streams[0].at.start;
	foreign[5] = guest_argument("ram_end", 0);
	pattern_fill(own_pattern, OWN_WORDS, VICTIM_SEED);
	r = remote_call(fuzz_victim, victim_serve, fuzz_victim->spare.start, 0, 0, 0);
	if (r.end != REMOTE_DONE || r.out[0] != MAGIC)
		guest_fail("the victim does not start");
	for (unsigned i = 2; i < peer_count; i++) {
		struct fuzz_table *table = table_in_stream(peers[i].stream.start);

		memset(table, 0, sizeof(*table));
		quantum_start();
		call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, peers[i].id), 0,
		     (uint64_t)fuzz_serve - (uint64_t)_image_start, seed * 77 + i, fuzz_victim->id,
		     fuzz_victim->spare.start, guest_argument("hv", 0));
		interrupts_take();
	}
	for (unsigned i = 0; i < peer_count; i++)
		if (i != 1)
			vms.id[vms.count++] = peers[i].id;
	call(FFA_RXTX_UNMAP);
}

/* --- the report --- */

static struct fuzz_table secondaries;

static void tables_add(void)
{
	for (unsigned i = 2; i < peer_count; i++) {
		const struct fuzz_table *t = table_in_stream(peers[i].stream.start);

		for (size_t row = 0; row < fuzz_call_count(); row++)
			for (unsigned result = 0; result < FUZZ_RESULTS; result++)
				secondaries.count[row][result] += t->count[row][result];
		if (t->bad_set && !secondaries.bad_set) {
			secondaries.bad_set = 1;
			memcpy(secondaries.bad_call, t->bad_call, sizeof(t->bad_call));
			memcpy(secondaries.bad_answer, t->bad_answer, sizeof(t->bad_answer));
		}
	}
}

static void table_print(const char *who, const struct fuzz_table *table)
{
	for (size_t row = 0; row < fuzz_call_count(); row++) {
		char line[240];
		size_t used = 0;

		for (unsigned i = 0; i < FUZZ_RESULTS; i++)
			if (table->count[row][i])
				used += fmt_print(line + used, sizeof(line) - used, " %s:%u",
						  fuzz_result_names[i], table->count[row][i]);
		line[used < sizeof(line) ? used : sizeof(line) - 1] = '\0';
		say("# %-9s %-28s%s", who, fuzz_call_name(row), line);
	}
}

static void bad_print(const char *who, const struct fuzz_table *table)
{
	for (int i = 0; i < 8 && table->bad_set; i++)
		say("# %s: x%d %llx gave %llx", who, i, (unsigned long long)table->bad_call[i],
		    (unsigned long long)table->bad_answer[i]);
}

static void answers_check(const char *who, const struct fuzz_table *table)
{
	bool primary = table == &own_table;
	uint64_t all = table_sum(table, 0, FUZZ_BAD),
		 errors = table_sum(table, FUZZ_ERROR_FIRST, FUZZ_INTERRUPT - 1);

	table_print(who, table);
	bad_print(who, table);
	check_is(table_sum(table, FUZZ_BAD, FUZZ_BAD), 0,
		 "%s: every answer is one that the call may give", who);
	check((all - errors) * 100 >= all * SUCCESS_MIN, "%s: %llu calls, %llu%% succeed", who,
	      (unsigned long long)all, (unsigned long long)(all ? (all - errors) * 100 / all : 0));
	for (size_t row = 0; row < fuzz_call_count(); row++) {
		uint64_t made = 0;

		for (unsigned i = 0; i < FUZZ_RESULTS; i++)
			made += table->count[row][i];
		if (fuzz_call_of(row, primary) && !made)
			check(false, "%s: reached %s", who, fuzz_call_name(row));
	}
}

static void aftermath_check(void)
{
	struct remote r;
	uint32_t before = cores[0].taken[INTID_PTIMER];
	unsigned ended = 0;

	check_is(damage, 0, "the victim's memory and the primary's are as they were, every time");
	check(victim_is_well(), "the victim goes on running");
	call(FFA_RXTX_UNMAP);
	check_is(call(FFA_RXTX_MAP_64, (uint64_t)mailbox_tx, (uint64_t)mailbox_rx, 1).x[0],
		 FFA_SUCCESS_32, "the mailbox can be mapped");
	r = remote_call(&peers[1], agent_hello, 0, 0, 0, 0);
	check(r.end == REMOTE_DONE && r.out[0] == peers[1].image,
	      "a VM that kept out of it answers");
	ptimer_start(now());
	interrupts_on();
	check(wait_until(cores[0].taken[INTID_PTIMER] != before, 5000000),
	      "the primary's timer works");
	interrupts_off();
	for (unsigned i = 2; i < peer_count; i++) {
		struct bh_fault fault;
		int32_t code;

		ended += fault_get(peers[i].id, &fault, &code);
	}
	say("# %u of %u secondaries have ended", ended, peer_count - 2);
}

GUEST_TEST(fuzz)
{
	uint64_t wanted = guest_argument("calls", 20000);
	struct fuzz f;

	seed = guest_argument("seed", 1);
	say("# seed=%llu calls=%llu", (unsigned long long)seed, (unsigned long long)wanted);
	fuzz_prepare();
	f = fuzz_of_core(0);
	for (uint32_t i = 1; i < guest.vcpus; i++)
		core_turn_on(i, fuzz_core, 0);
	while (calls_of_all() < wanted)
		fuzz_round(&f);
	__atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
	for (uint32_t i = 1; i < guest.vcpus; i++)
		if (!wait_until(psci(PSCI_AFFINITY_INFO_64, guest.mpidr[i], 0, 0) ==
					PSCI_AFFINITY_OFF,
				60000000))
			guest_fail("core %u does not come to an end", i);
	ptimer_stop();
	interrupts_take();
	tables_add();
	answers_check("primary", &own_table);
	answers_check("secondary", &secondaries);
	aftermath_check();
}
