/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What one VM writes into a register, no other VM reads on the same core, and it finds it again:
 * for every register that a VM may write and that is not put to the test by each switch anyway.
 */
#include <tests/guest/registers.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

/* where VMs might meet: a system register, or a register of the CPU interface of GICv2 (GICV) */
struct place {
	const char *name;
	struct sysreg reg;
	uint64_t mmio; /* 0: the system register */
	unsigned flags;
};

/* GICV, IHI 0048 5.5: control, priority mask, binary points, active priorities */
static const struct {
	const char *name;
	uint64_t offset;
} gicv_registers[] = {{"GICV_CTLR", 0x0},
		      {"GICV_PMR", 0x4},
		      {"GICV_BPR", 0x8},
		      {"GICV_ABPR", 0x1C},
		      {"GICV_APR0", 0xD0}};

static bool is_done(const struct attempt *a)
{
	return a->remote.end == REMOTE_DONE && !a->trap.taken;
}

static bool peer_read(struct peer *peer, const struct place *place, uint64_t *value)
{
	struct attempt a;

	if (!place->mmio && !peer_op_make(peer, encode_read(place->reg)))
		return false;
	a = attempt_by(peer, place->mmio ? op_read32 : op_generated, place->mmio, 0);
	*value = a.value;
	return is_done(&a);
}

/* Writes and returns what the register made of it */
static bool peer_write(struct peer *peer, const struct place *place, uint64_t value, uint64_t *kept)
{
	struct attempt a;

	if (!place->mmio && !peer_op_make(peer, encode_write(place->reg)))
		return false;
	a = attempt_by(peer, place->mmio ? op_write32 : op_generated, place->mmio, value);
	return is_done(&a) && peer_read(peer, place, kept);
}

static bool own_read(const struct place *place, uint64_t *value)
{
	op_t op = place->mmio ? op_read32 : op_make(encode_read(place->reg));
	struct trap trap;

	*value = guarded_call(op, place->mmio, 0, &trap);
	return !trap.taken;
}

static void leak_try(const struct place *place, struct peer *a, struct peer *b, uint64_t pattern)
{
	uint64_t own, a_first, a_kept = 0, a_last = 0, b_first = 0, b_seen = 0, b_kept,
			       own_seen = 0;
	struct verdict v = {0};

	if (!own_read(place, &own))
		return; /* this core has no such thing */
	VERIFY(&v, peer_read(a, place, &a_first) && peer_read(b, place, &b_first),
	       "a secondary cannot read it");
	VERIFY(&v, peer_write(a, place, pattern, &a_kept), "a secondary cannot write it");
	VERIFY(&v, peer_read(b, place, &b_seen) && b_seen == b_first,
	       "another secondary reads %llx, was %llx", (unsigned long long)b_seen,
	       (unsigned long long)b_first);
	VERIFY(&v, own_read(place, &own_seen) && own_seen == own,
	       "the primary reads %llx, was %llx", (unsigned long long)own_seen,
	       (unsigned long long)own);
	VERIFY(&v, peer_write(b, place, ~pattern, &b_kept), "a secondary cannot write it");
	VERIFY(&v,
	       peer_read(a, place, &a_last) &&
		       (a_last == a_kept || (place->flags & REG_LOST && a_last == a_first)),
	       "the writer reads %llx, not %llx", (unsigned long long)a_last,
	       (unsigned long long)a_kept);
	peer_write(a, place, a_first, &a_kept);
	peer_write(b, place, b_first, &b_kept);
	victim_verify(&v);
	conclude(&v, "%s is each VM's own", place->name);
}

GUEST_TEST(wall_leak)
{
	uint64_t seed = 1;
	struct peer *a, *b;

	victim_start();
	a = peer_take();
	b = peer_take();
	for (size_t i = 0; i < allowed_count; i++) {
		const struct allowed *r = &allowed_registers[i];
		struct place place = {.name = r->name, .reg = r->reg, .flags = r->flags};

		if (r->flags & REG_PLAIN)
			leak_try(&place, a, b, random_next(&seed));
	}
	for (size_t i = 0; i < ARRAY_SIZE(gicv_registers) && guest.gic_version == 2; i++) {
		struct place place = {.name = gicv_registers[i].name,
				      .mmio = guest.gicv + gicv_registers[i].offset};

		leak_try(&place, a, b, random_next(&seed));
	}
}
