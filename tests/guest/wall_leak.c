/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one VM writes into a register, no other VM reads on the same core, and it finds it again: for every register that a VM
 * may write and that is not put to the test by each switch anyway.
 */
#include <tests/guest/registers.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

static bool peer_read(struct peer *peer, struct sysreg r, uint64_t *value)
{
	struct attempt a;

	if (!peer_op_make(peer, encode_read(r)))
		return false;
	a = attempt_by(peer, op_generated, 0, 0);
	*value = a.value;
	return a.remote.end == REMOTE_DONE && !a.trap.taken;
}

/* Writes and returns what the register made of it */
static bool peer_write(struct peer *peer, struct sysreg r, uint64_t value, uint64_t *kept)
{
	struct attempt a;

	if (!peer_op_make(peer, encode_write(r)))
		return false;
	a = attempt_by(peer, op_generated, 0, value);
	return a.remote.end == REMOTE_DONE && !a.trap.taken && peer_read(peer, r, kept);
}

static bool own_read(struct sysreg r, uint64_t *value)
{
	struct trap trap;

	*value = guarded_call(op_make(encode_read(r)), 0, 0, &trap);
	return !trap.taken;
}

static void leak_try(const struct allowed *reg, struct peer *a, struct peer *b, uint64_t pattern)
{
	uint64_t own, a_first, a_kept = 0, a_last = 0, b_first = 0, b_seen = 0, b_kept,
			       own_seen = 0;
	struct verdict v = {0};
	bool exists = own_read(reg->reg, &own);

	if (!exists)
		return;
	VERIFY(&v, peer_read(a, reg->reg, &a_first) && peer_read(b, reg->reg, &b_first),
	       "a secondary cannot read it");
	VERIFY(&v, peer_write(a, reg->reg, pattern, &a_kept), "a secondary cannot write it");
	VERIFY(&v, peer_read(b, reg->reg, &b_seen) && b_seen == b_first,
	       "another secondary reads %llx, was %llx", (unsigned long long)b_seen,
	       (unsigned long long)b_first);
	VERIFY(&v, own_read(reg->reg, &own_seen) && own_seen == own,
	       "the primary reads %llx, was %llx", (unsigned long long)own_seen,
	       (unsigned long long)own);
	VERIFY(&v, peer_write(b, reg->reg, ~pattern, &b_kept), "a secondary cannot write it");
	VERIFY(&v,
	       peer_read(a, reg->reg, &a_last) &&
		       (a_last == a_kept || (reg->flags & REG_LOST && a_last == a_first)),
	       "the writer reads %llx, not %llx", (unsigned long long)a_last,
	       (unsigned long long)a_kept);
	peer_write(a, reg->reg, a_first, &a_kept);
	peer_write(b, reg->reg, b_first, &b_kept);
	victim_verify(&v);
	conclude(&v, "%s is each VM's own", reg->name);
}

GUEST_TEST(wall_leak)
{
	uint64_t seed = 1;
	struct peer *a, *b;

	victim_start();
	a = peer_take();
	b = peer_take();
	for (size_t i = 0; i < allowed_count; i++)
		if (allowed_registers[i].flags & REG_PLAIN)
			leak_try(&allowed_registers[i], a, b, random_next(&seed));
}
