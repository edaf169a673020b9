/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every encoding of a system register and of a system instruction, from the primary, which survives
 * its attempts: what is not in the list of registers.c is an undefined instruction, and nothing
 * happens.
 */
#include <lib/string.h>
#include <tests/guest/registers.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

static __attribute__((aligned(4096))) uint8_t scratch[4096];

static void undefined_verify(struct verdict *v, const struct trap *trap, struct sysreg r)
{
	/* FEAT_IDST reports what is missing among the ID registers by a class of its own */
	bool id_space = r.op0 == 3 && r.crn == 0;

	VERIFY(v,
	       trap->taken && trap->elr == (uint64_t)op_generated &&
		       (TRAP_EC(trap) == EC_UNKNOWN || (id_space && TRAP_EC(trap) == EC_SYSREG)),
	       "S%u_%u_C%u_C%u_%u: %s, esr %llx elr %llx", r.op0, r.op1, r.crn, r.crm, r.op2,
	       trap->taken ? "exception" : "no exception", (unsigned long long)trap->esr,
	       (unsigned long long)trap->elr);
}

/* calls fn for every encoding of one op0 and op1 */
static void each_encoding(uint8_t op0, uint8_t op1, void (*fn)(struct verdict *, struct sysreg),
			  struct verdict *v)
{
	for (unsigned i = 0; i < 16 * 16 * 8; i++)
		fn(v, (struct sysreg){op0, op1, (uint8_t)(i >> 7), (uint8_t)(i >> 3 & 15),
				      (uint8_t)(i & 7)});
}

/*
 * Implementation-defined registers: HCR_EL2.TIDCP traps them, which the emulator does not model
 * before its version 8. What it lets through then has to be a constant.
 */
static bool is_constant(struct sysreg r)
{
	struct trap before, after, write;
	uint64_t old = guarded_call(op_make(encode_read(r)), 0, 0, &before), new;

	if (r.op0 != 3 || (r.crn != 11 && r.crn != 15))
		return false;
	guarded_call(op_make(encode_write(r)), 0, ~old, &write);
	new = guarded_call(op_make(encode_read(r)), 0, 0, &after);
	return before.taken == after.taken && old == new;
}

static void read_try(struct verdict *v, struct sysreg r)
{
	struct trap trap;

	if (register_allowed(r))
		return;
	guarded_call(op_make(encode_read(r)), 0, 0, &trap);
	if (trap.taken || !is_constant(r))
		undefined_verify(v, &trap, r);
}

static void write_try(struct verdict *v, struct sysreg r)
{
	struct trap trap;

	if (register_allowed(r))
		return;
	guarded_call(op_make(encode_write(r)), 0, ~UINT64_C(0), &trap);
	if (trap.taken || !is_constant(r))
		undefined_verify(v, &trap, r);
}

/* Instructions by address, TLBI and AT at EL1; never set/way, EL2 or EL3 (Arm ARM C5.1.2) */
static bool instruction_allowed(struct sysreg r)
{
	bool by_address = r.crn == 7 && !((r.crm == 6 || r.crm == 10 || r.crm == 14) && r.op2 == 2);

	if (r.op1 == 0)
		return by_address || r.crn == 8 || r.crn == 9;
	return r.op1 == 3 && r.crn == 7;
}

static void instruction_try(struct verdict *v, struct sysreg r)
{
	struct trap trap;

	guarded_call(op_make(encode_system(r)), 0, (uint64_t)scratch, &trap);
	if (trap.taken || !instruction_allowed(r))
		undefined_verify(v, &trap, r);
}

GUEST_TEST(wall_sweep)
{
	victim_start();
	for (uint8_t op0 = 2; op0 <= 3; op0++) {
		for (uint8_t op1 = 0; op1 < 8; op1++) {
			struct verdict reads = {0}, writes = {0};

			each_encoding(op0, op1, read_try, &reads);
			victim_verify(&reads);
			conclude(&reads, "the primary reads no forbidden register S%u_%u_*", op0,
				 op1);
			each_encoding(op0, op1, write_try, &writes);
			victim_verify(&writes);
			conclude(&writes, "the primary writes no forbidden register S%u_%u_*", op0,
				 op1);
		}
	}
	for (uint8_t op1 = 0; op1 < 8; op1++) {
		struct verdict v = {0};

		each_encoding(1, op1, instruction_try, &v);
		victim_verify(&v);
		conclude(&v, "the primary executes no forbidden system instruction S1_%u_*", op1);
	}
}
