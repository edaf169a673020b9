/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that is not the attacker's: read, written and executed, in every way that an instruction
 * can reach memory. The host names the places that no guest knows in the boot arguments: hv= the
 * hypervisor's image, bundle= the boot bundle, ram_end= the end of memory.
 */
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/space.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

static void three_ways(const char *target, uint64_t pa, void (*by)(const struct attack *))
{
	struct attack read = attack_memory("reads", op_read, target, pa, pa, CAUSE(MEMORY_READ));
	struct attack write = attack_memory("writes", op_write, target, pa, pa,
					    CAUSE(MEMORY_WRITE));
	struct attack execute = attack_memory("executes", op_execute, target, pa, pa,
					      CAUSE(MEMORY_EXEC));

	by(&read);
	by(&write);
	by(&execute);
}

static void by_secondary(const struct attack *attack)
{
	attack_by_secondary(attack);
}

static void by_login(const struct attack *attack)
{
	attack_by_login(attack);
}

/* Memory next to the attacker's own, and its shared region, which is not for code */
static void edges_try(void)
{
	struct peer *below = peer_take(), *above = peer_take(), *shared = peer_take();
	uint64_t last = below->memory.start - 8, behind = above->memory.start + above->memory.size;
	struct attack attack = attack_memory("reads", op_read, "what lies before its memory", last,
					     last, CAUSE(MEMORY_READ));

	attack_by(below, &attack);
	attack = attack_memory("reads", op_read, "what lies behind its memory", behind, behind,
			       CAUSE(MEMORY_READ));
	attack_by(above, &attack);
	attack = attack_memory("executes", op_execute, "its own stream region",
			       shared->stream.start, shared->stream.start, CAUSE(MEMORY_EXEC));
	attack_by(shared, &attack);
}

/* Accesses that begin in the attacker's memory and end behind it */
static void across_try(const char *what, op_t op, unsigned cause)
{
	struct peer *peer = peer_take();
	uint64_t behind = peer->memory.start + peer->memory.size;
	struct attempt attempt = attempt_by(peer, op, behind - 4, 0);
	struct bh_fault fault = {0};
	struct verdict v = {0};
	int32_t code;

	VERIFY(&v, attempt.remote.end == REMOTE_ABORTED, "%s", remote_text(&attempt.remote));
	VERIFY(&v, fault_get(peer->id, &fault, &code), "no fault record: %d", code);
	VERIFY(&v, cause >> fault.cause & 1, "cause %u", fault.cause);
	VERIFY(&v, ALIGN_DOWN(fault.ipa, PAGE_SIZE) == behind, "ipa is %llx",
	       (unsigned long long)fault.ipa);
	victim_verify(&v);
	conclude(&v, "a secondary: %s across the end of its memory", what);
}

GUEST_TEST(wall_memory)
{
	uint64_t hv = guest_argument("hv", 0), bundle = guest_argument("bundle", 0);
	uint64_t ram_end = guest_argument("ram_end", 0);
	uint64_t stream;

	victim_start();
	stream = victim()->stream.start;
	three_ways("the victim's memory", victim_address(), attack_by_both);
	three_ways("the primary's memory", (uint64_t)_image_start, by_secondary);
	three_ways("the victim's stream region", stream, by_secondary);
	three_ways("the hypervisor's image", hv, attack_by_both);
	three_ways("the hypervisor's data", hv + 0x20000, attack_by_both);
	three_ways("the hypervisor's log", guest.log.start, by_secondary);
	three_ways("the boot bundle", bundle, attack_by_both);
	three_ways("memory of nobody", ram_end - 0x1000, attack_by_both);
	three_ways("what lies behind the memory", ram_end, attack_by_both);
	edges_try();
	across_try("reads", op_read, CAUSE(MEMORY_READ));
	across_try("writes", op_write, CAUSE(MEMORY_WRITE));
	across_try("writes a pair", op_write_pair, CAUSE(MEMORY_WRITE));
}

GUEST_TEST(wall_memory_login)
{
	uint64_t hv = guest_argument("hv", 0), bundle = guest_argument("bundle", 0);
	uint64_t ram_end = guest_argument("ram_end", 0);
	struct attack attack;

	login_start();
	victim_start();
	three_ways("a secondary's memory", victim_address(), by_login);
	three_ways("a secondary's stream region", victim()->stream.start, by_login);
	three_ways("the primary's memory", (uint64_t)_image_start, by_login);
	three_ways("the hypervisor's image", hv, by_login);
	three_ways("the hypervisor's data", hv + 0x20000, by_login);
	three_ways("the hypervisor's log", guest.log.start, by_login);
	three_ways("the boot bundle", bundle, by_login);
	three_ways("memory of nobody", ram_end - 0x1000, by_login);
	three_ways("what lies before its memory", login()->memory.start - 8, by_login);
	three_ways("what lies behind its memory", login()->memory.start + login()->memory.size,
		   by_login);
	attack = attack_memory("executes", op_execute, "its own channel", login()->stream.start,
			       login()->stream.start, CAUSE(MEMORY_EXEC));
	attack_by_login(&attack);
}
