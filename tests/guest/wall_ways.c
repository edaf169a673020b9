/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every way in which an instruction reaches memory, tried on the victim's; and walks of the
 * attacker's own stage 1 through foreign memory.
 */
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/space.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

#define ISAR0_ATOMIC(value) ((value) >> 20 & 0xF)
/* a block for EL0 and EL1, which LDTR and STTR need */
#define ENTRY_BLOCK_USER(pa) (ALIGN_DOWN(pa, SIZE_1G) | 0x741u)

struct way {
	const char *what;
	op_t op;
	unsigned causes;
};

static void ways_try(const struct way *ways, size_t count, void (*by)(const struct attack *))
{
	for (size_t i = 0; i < count; i++) {
		struct attack attack = attack_memory(ways[i].what, ways[i].op,
						     "the victim's memory", victim_address(),
						     victim_address(), ways[i].causes);

		by(&attack);
	}
}

/* LDTR and STTR want a mapping that EL0 may use: through the window */
static void user_ways_try(void)
{
	static const struct way ways[] = {
		{"reads as EL0 would (LDTR)", op_read_user, CAUSE(MEMORY_READ)},
		{"writes as EL0 would (STTR)", op_write_user, CAUSE(MEMORY_WRITE)},
	};
	uint64_t entry = ENTRY_BLOCK_USER(victim_address());

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct peer *peer = peer_take();
		uint64_t va = space_window(entry) + victim_address() % SIZE_1G;
		struct attack attack = attack_memory(ways[i].what, ways[i].op,
						     "the victim's memory", va, victim_address(),
						     ways[i].causes);

		if (check(peer_window(peer, entry), "VM %u maps the victim for EL0", peer->id))
			attack_by(peer, &attack);
		attack_by_primary(&attack);
	}
	space_window(0);
}

GUEST_TEST(wall_ways)
{
	static const struct way plain[] = {
		{"reads a byte of", op_read8, CAUSE(MEMORY_READ)},
		{"reads a pair of", op_read_pair, CAUSE(MEMORY_READ)},
		{"reads with acquire", op_read_acquire, CAUSE(MEMORY_READ)},
		{"reads exclusively", op_read_exclusive, CAUSE(MEMORY_READ)},
		{"reads into a vector", op_read_simd, CAUSE(MEMORY_READ)},
		{"writes a byte of", op_write8, CAUSE(MEMORY_WRITE)},
		{"writes a pair of", op_write_pair, CAUSE(MEMORY_WRITE)},
		{"writes with release", op_write_release, CAUSE(MEMORY_WRITE)},
		{"writes a vector to", op_write_simd, CAUSE(MEMORY_WRITE)},
		{"zeroes (DC ZVA)", op_zero, CAUSE(MEMORY_WRITE)},
	};
	static const struct way atomic[] = {
		{"adds atomically to", op_atomic_add, ANY_ACCESS},
		{"swaps atomically with", op_atomic_swap, ANY_ACCESS},
		{"compares and swaps with", op_atomic_compare, ANY_ACCESS},
	};
	static const struct way harmless[] = {
		{"cleans (DC CVAC)", op_clean, ANY_ACCESS},
		{"cleans and invalidates (DC CIVAC)", op_clean_invalidate, ANY_ACCESS},
		{"invalidates (DC IVAC)", op_invalidate, ANY_ACCESS},
		{"invalidates instructions (IC IVAU) of", op_invalidate_code, ANY_ACCESS},
		{"prefetches", op_prefetch, ANY_ACCESS},
		{"translates the address (AT S1E1R) of", op_translate, ANY_ACCESS},
		{"translates the address (AT S1E1W) of", op_translate_write, ANY_ACCESS},
	};

	victim_start();
	ways_try(plain, ARRAY_SIZE(plain), attack_by_both);
	if (ISAR0_ATOMIC(sysreg_read(id_aa64isar0_el1)))
		ways_try(atomic, ARRAY_SIZE(atomic), attack_by_both);
	user_ways_try();
	ways_try(harmless, ARRAY_SIZE(harmless), attack_harmless);
}

/* A level-1 entry of the attacker's that names foreign memory as its level-2 table */
static void walk_try(const char *what, op_t op, const char *target, uint64_t table, unsigned causes)
{
	struct peer *peer = peer_take();
	uint64_t va = space_window(ENTRY_TABLE(table));
	struct attack attack = attack_memory(what, op, target, va, table, causes);

	if (check(peer_window(peer, ENTRY_TABLE(table)), "VM %u makes %s a table", peer->id,
		  target))
		attack_by(peer, &attack);
	attack_by_primary(&attack);
	space_window(0);
}

static void root_try(const char *target, uint64_t table)
{
	struct attack attack = attack_memory("roots its tables (TTBR0_EL1) in", op_root, target,
					     table, table, CAUSE(MEMORY_EXEC));
	struct verdict v = {0};
	struct peer *peer = peer_take();
	struct attempt attempt = attempt_by(peer, op_root, table, attack.value);
	struct bh_fault fault = {0};
	int32_t code;

	VERIFY(&v, attempt.remote.end == REMOTE_ABORTED, "%s", remote_text(&attempt.remote));
	VERIFY(&v, fault_get(peer->id, &fault, &code), "no record: %d", code);
	VERIFY(&v, fault.cause == BH_FAULT_MEMORY_EXEC, "cause %u", fault.cause);
	VERIFY(&v, fault.ttbr0 == table, "ttbr0 %llx", (unsigned long long)fault.ttbr0);
	VERIFY(&v, fault.ipa == table, "ipa %llx", (unsigned long long)fault.ipa);
	VERIFY(&v,
	       fault.pc >= peer_address(peer, op_root) &&
		       fault.pc < peer_address(peer, op_root_end),
	       "pc %llx", (unsigned long long)fault.pc);
	victim_verify(&v);
	conclude(&v, "a secondary: %s %s", attack.what, target);
}

GUEST_TEST(wall_walks)
{
	uint64_t hv = guest_argument("hv", 0);
	struct {
		const char *name;
		uint64_t table;
	} targets[3];

	victim_start();
	targets[0].name = "the victim's memory";
	targets[0].table = victim_address();
	targets[1].name = "the hypervisor's image";
	targets[1].table = hv;
	targets[2].name = "a device (the GIC's distributor)";
	targets[2].table = guest_argument("gicd", 0x08000000);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		walk_try("reads by a table in", op_read, targets[i].name, targets[i].table,
			 CAUSE(MEMORY_READ));
		walk_try("writes by a table in", op_write, targets[i].name, targets[i].table,
			 ANY_ACCESS);
		walk_try("executes by a table in", op_execute, targets[i].name, targets[i].table,
			 CAUSE(MEMORY_EXEC));
		walk_try("translates (AT S1E1R) by a table in", op_translate, targets[i].name,
			 targets[i].table, ANY_ACCESS);
		root_try(targets[i].name, targets[i].table);
	}
}
