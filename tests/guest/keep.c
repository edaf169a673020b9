/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Registers of all kinds through switches, and from core to core: each vCPU finds what it left,
 * whatever others do meanwhile. With SVE that is whole vectors, of a length that each vCPU chooses.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/smccc.h>
#include <lib/arch/arm64/vector.h>
#include <lib/string.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/schedule.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>
#include <tests/guest/runtime/workers.h>

#define PFR0_SVE(value) ((value) >> 32 & 0xF)
#define ZCR_LENGTHS     4u /* ZCR_EL1.LEN 0 to 3 are tried: 16 to 64 bytes */

struct vector_state {
	__attribute__((aligned(16))) uint8_t bytes[VECTOR_STATE_SIZE(VECTOR_LENGTH_MAX)];
};

/* by core: too large for its stack */
static struct vector_state wanted[CORES_MAX], found[CORES_MAX];

/* bytes of a vector register, as vector.h counts */
static unsigned length_now(void)
{
	return PFR0_SVE(sysreg_read(id_aa64pfr0_el1)) ? vector_length() : 0;
}

static void length_choose(unsigned number)
{
	if (PFR0_SVE(sysreg_read(id_aa64pfr0_el1)))
		sysreg_write(s3_0_c1_c2_0, number % ZCR_LENGTHS); /* ZCR_EL1 */
	isb();
}

/*
 * Any state but for fpsr and fpcr, of which few bits can be written, and FFR, which has to be
 * monotonic (Arm ARM B1.2.3)
 */
static void state_make(struct vector_state *state, unsigned length, uint64_t seed)
{
	size_t size = VECTOR_STATE_SIZE(length);
	uint64_t word[2] = {seed & 0x1F, (seed >> 5 & 3) << 22};

	memset(state, 0, sizeof(*state));
	for (size_t i = 16; i < size; i++)
		state->bytes[i] = (uint8_t)random_next(&seed);
	memcpy(state->bytes, word, sizeof(word));
	if (length)
		memset(state->bytes + size - length / 8, seed & 1 ? 0xFF : 0, length / 8);
}

static void state_put(uint64_t seed)
{
	struct vector_state *state = &wanted[core_this()->index];

	state_make(state, length_now(), seed);
	vector_load(state->bytes, length_now());
}

static bool state_is(uint64_t seed)
{
	unsigned core = core_this()->index, length = length_now();

	memset(&found[core], 0, sizeof(found[core]));
	vector_save(found[core].bytes, length);
	state_make(&wanted[core], length, seed);
	return memcmp(&wanted[core], &found[core], sizeof(found[core])) == 0;
}

/* Counts the rounds in which something was not what it had been. */
static void keep(uint64_t seed, uint64_t rounds, uint64_t *bad)
{
	unsigned length;

	length_choose(guest.id + core_this()->index);
	length = length_now();
	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t value = random_next(&seed);
		bool vectors = value % 4;

		if (vectors)
			state_put(value);
		sysreg_write(tpidr_el0, value);
		sysreg_write(ttbr1_el1, value & 0xFFFFFFFFF000);
		sysreg_write(sp_el0, value + 1);
		call(FFA_YIELD);
		*bad += (vectors && !state_is(value)) || length_now() != length ||
			sysreg_read(tpidr_el0) != value ||
			sysreg_read(ttbr1_el1) != (value & 0xFFFFFFFFF000) ||
			sysreg_read(sp_el0) != value + 1;
	}
}
static uint64_t keep_bad[CORES_MAX];

static void keep_body(struct core *core)
{
	keep(core->index + 100 * guest.id, core->argument, &keep_bad[core->index]);
}

static void keep_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	memset(keep_bad, 0, sizeof(keep_bad));
	for (uint32_t i = 1; i < guest.vcpus; i++)
		core_turn_on(i, keep_body, in[0]);
	keep(100 * guest.id, in[0], &keep_bad[0]);
	while (in[1]) {
		bool on = false;

		for (uint32_t i = 1; i < guest.vcpus; i++)
			on = on ||
			     psci(PSCI_AFFINITY_INFO_64, guest.mpidr[i], 0, 0) == PSCI_AFFINITY_ON;
		if (!on)
			break;
		call(FFA_YIELD);
	}
	for (uint32_t i = 0; i < guest.vcpus; i++)
		out[0] += keep_bad[i];
	out[1] = 1;
}

static const struct schedule on_one = {1, 1000, false, 60000000};

static void keep_check(const char *name, const struct schedule *how)
{
	struct remote r = remote_schedule(peer_take(), keep_serve, 500, 1, how);

	check(r.end == REMOTE_DONE && r.out[1] == 1 && r.out[0] == 0,
	      "%u vCPUs keep their registers, FP among them, %s: %s, %llu bad", peers[0].vcpus,
	      name, remote_text(&r), (unsigned long long)r.out[0]);
}

GUEST_TEST(vcpu_registers)
{
	const struct schedule some = {guest.vcpus, 5000, false, 30000000};
	const struct schedule moving = {guest.vcpus, 300, true, 30000000};

	workers_start(guest.vcpus);
	keep_check("on one core", &on_one);
	if (guest.vcpus == 1)
		return;
	keep_check("on a core each", &some);
	keep_check("while they move between cores", &moving);
}

/* The primary's vector registers, and those of two VMs that share its core */
GUEST_TEST(fp_sharing)
{
	struct peer *a = peer_take(), *b = peer_take();
	struct regs ra, rb;
	uint64_t bad = 0;

	ra = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, a->id), 0,
		  (uint64_t)keep_serve - (uint64_t)_image_start, 500, 0);
	rb = call(FFA_MSG_SEND_DIRECT_REQ_64, FFA_VM_VCPU(guest.id, b->id), 0,
		  (uint64_t)keep_serve - (uint64_t)_image_start, 500, 0);
	for (uint64_t i = 0; i < 5000; i++) {
		if (i % 3 == 0)
			state_put(i);
		if (ra.x[0] != FFA_MSG_SEND_DIRECT_RESP_64)
			ra = call(FFA_RUN, FFA_VM_VCPU(a->id, 0));
		if (rb.x[0] != FFA_MSG_SEND_DIRECT_RESP_64)
			rb = call(FFA_RUN, FFA_VM_VCPU(b->id, 0));
		bad += !state_is(i - i % 3);
	}
	check(ra.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && ra.x[3] == 0,
	      "one VM keeps its FP registers");
	check(rb.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 && rb.x[3] == 0, "another keeps its own");
	check_is(bad, 0, "the primary keeps its own");
}
