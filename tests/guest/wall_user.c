/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attempts from EL0, as a job makes them when its kernel lets it: through a window of a gigabyte
 * that EL0 may read, write and execute.
 */
#include <bulkhead/smccc.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/generated.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/space.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

#define ENTRY_BLOCK_USER(pa) \
	(ALIGN_DOWN(pa, SIZE_1G) | 0x741u) /* EL0 and EL1, all rights but for EL1 execution */
#define CNTKCTL_EL0PCTEN 1u
#define PSTATE_EL0T      0u
#define PATTERN_X30      pattern_of(30)

/* the window's address of something in this guest's image */
static uint64_t in_window(uint64_t window, uint64_t pa)
{
	return window + pa % SIZE_1G;
}

/*
 * in[0]: op, offset in the image; in[1]: physical address that it is given through the window,
 * in[2]: or as it is
 */
static void user_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	uint64_t op = (uint64_t)_image_start + in[0];
	uint64_t window = space_window(ENTRY_BLOCK_USER(op));
	uint64_t address = in[2] ? in[1] : in_window(window, in[1]);
	struct trap trap;

	sysreg_write(cntkctl_el1, CNTKCTL_EL0PCTEN);
	isb();
	guarded_call_user(in_window(window, op), address, 1, &trap);
	space_window(0);
	out[0] = 0;
	out[1] = trap.taken;
	out[2] = trap.esr;
	out[3] = trap.elr;
	out[4] = trap.far;
}

struct user_attack {
	const char *what;
	op_t op;
	unsigned cause;
	unsigned ec; /* of the exception in the primary */
};

static void user_record_verify(struct verdict *v, const struct peer *peer,
			       const struct user_attack *a)
{
	struct bh_fault fault = {0};
	int32_t code;

	if (!VERIFY(v, fault_get(peer->id, &fault, &code), "no fault record: %d", code))
		return;
	VERIFY(v, a->cause >> fault.cause & 1, "cause %u", fault.cause);
	VERIFY(v, (fault.pstate & 0x1F) == PSTATE_EL0T, "pstate is %llx",
	       (unsigned long long)fault.pstate);
	VERIFY(v, fault.x[29] == pattern_of(29) && fault.x[30] == PATTERN_X30,
	       "x29 and x30 are %llx %llx", (unsigned long long)fault.x[29],
	       (unsigned long long)fault.x[30]);
	VERIFY(v, fault.cause == BH_FAULT_SYSREG || fault.ipa == victim_address(), "ipa is %llx",
	       (unsigned long long)fault.ipa);
}

static void user_try(const struct user_attack *a)
{
	uint64_t in[4] = {(uint64_t)a->op - (uint64_t)_image_start, victim_address()};
	uint64_t out[REMOTE_WORDS] = {0};
	struct verdict v = {0}, w = {0};
	struct peer *peer = peer_take();
	struct remote r = remote_call(peer, user_serve, in[0], in[1], 0, 0);

	if (VERIFY(&v, r.end == REMOTE_ABORTED, "%s (esr %llx)", remote_text(&r),
		   (unsigned long long)r.out[2]))
		user_record_verify(&v, peer, a);
	victim_verify(&v);
	conclude(&v, "EL0 of a secondary: %s", a->what);
	if (!a->ec)
		return;
	user_serve(in, out);
	VERIFY(&w, out[1] && out[2] >> 26 == a->ec && (out[2] & 0x3F) == FSC_EXTERNAL, "esr %llx",
	       (unsigned long long)out[2]);
	VERIFY(&w, out[4] % SIZE_1G == victim_address() % SIZE_1G, "far %llx",
	       (unsigned long long)out[4]);
	victim_verify(&w);
	conclude(&w, "EL0 of the primary: %s", a->what);
}

/*
 * What EL0 may not do at all is undefined there: its own EL1 hears of it, and the hypervisor does
 * not.
 */
static void undefined_try(const char *what, uint32_t instruction, struct peer *peer)
{
	uint64_t offset = (uint64_t)op_generated - (uint64_t)_image_start;
	struct verdict v = {0};
	struct remote r;

	if (VERIFY(&v, peer_op_make(peer, instruction), "the peer does not answer")) {
		r = remote_call(peer, user_serve, offset, PSCI_SYSTEM_OFF, 1, 0);
		VERIFY(&v, r.end == REMOTE_DONE, "%s", remote_text(&r));
		VERIFY(&v, r.out[1] && r.out[2] >> 26 == EC_UNKNOWN && r.out[3] % 4096 == 0,
		       "esr %llx elr %llx", (unsigned long long)r.out[2],
		       (unsigned long long)r.out[3]);
	}
	victim_verify(&v);
	conclude(&v, "EL0 of a secondary: %s is undefined", what);
}

GUEST_TEST(wall_user)
{
	static const struct user_attack attacks[] = {
		{"reads the victim's memory", op_read, CAUSE(MEMORY_READ), EC_DABT_LOWER},
		{"writes the victim's memory", op_write, CAUSE(MEMORY_WRITE), EC_DABT_LOWER},
		{"writes a pair to the victim's memory", op_write_pair, CAUSE(MEMORY_WRITE),
		 EC_DABT_LOWER},
		{"executes the victim's memory", op_execute, CAUSE(MEMORY_EXEC), EC_IABT_LOWER},
		{"reads CNTPCT_EL0, as its EL1 allows", op_counter, CAUSE(SYSREG), 0},
	};
	struct peer *peer;

	victim_start();
	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++)
		user_try(&attacks[i]);
	peer = peer_take();
	undefined_try("HVC", 0xD4000002, peer);
	undefined_try("HVC with an immediate", 0xD4000022, peer);
	undefined_try("SMC", 0xD4000003, peer);
	undefined_try("TLBI VMALLE1", 0xD508871F, peer);
	undefined_try("DC CISW", 0xD5087E40, peer);
}
