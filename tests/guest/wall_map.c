/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The whole physical address space, page by page, from the primary, which survives its attempts: it
 * reaches what its device tree gives it and nothing else. And a sample of it from secondaries, at
 * random places.
 */
#include <lib/fmt.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/ops.h>
#include <tests/guest/runtime/random.h>
#include <tests/guest/runtime/space.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/wall.h>

#define RANDOM_ATTACKERS 40

static bool span_holds(const struct span *span, uint64_t at)
{
	return at - span->start < span->size;
}

/*
 * the GICV's registers (IHI 0048 5.5); what its window has beyond that is nothing, and says so by
 * an external abort
 */
#define GICV_SIZE 0x2000u

/* memory and devices, but for the log, which is read-only */
static bool is_writable(uint64_t at)
{
	struct span gicv = {guest.gicv, guest.gicv_size ? GICV_SIZE : 0};

	if (span_holds(&guest.memory, at) || span_holds(&guest.uart, at) || span_holds(&gicv, at))
		return true;
	/* regions are cut from units of 2 MiB, which the primary owns as a whole */
	for (unsigned i = 0; i < guest.stream_count; i++) {
		struct span unit = {ALIGN_DOWN(guest.streams[i].at.start, SIZE_2M), SIZE_2M};

		if (span_holds(&unit, at))
			return true;
	}
	return false;
}

static bool is_readable(uint64_t at)
{
	return is_writable(at) || span_holds(&guest.log, at);
}

/*
 * Pages of [start, end) where `op` does not do what `allowed` says; where it is allowed it is tried
 * only if `try_allowed`.
 */
static void sweep(const char *what, op_t op, uint64_t start, uint64_t end,
		  bool (*allowed)(uint64_t at), bool try_allowed)
{
	struct verdict v = {0};
	uint64_t pages = 0;

	for (uint64_t at = start; at < end; at += PAGE_SIZE) {
		bool may = allowed(at);
		struct trap trap;

		if (may && !try_allowed)
			continue;
		guarded_call(op, NORMAL_ALIAS + at, 0, &trap);
		pages++;
		if (VERIFY(&v, trap.taken != may, "%llx: esr %llx", (unsigned long long)at,
			   (unsigned long long)trap.esr) &&
		    trap.taken)
			VERIFY(&v, trap.far == NORMAL_ALIAS + at && TRAP_FSC(&trap) == FSC_EXTERNAL,
			       "%llx: esr %llx far %llx", (unsigned long long)at,
			       (unsigned long long)trap.esr, (unsigned long long)trap.far);
	}
	victim_verify(&v);
	conclude(&v,
		 "the primary %s what is its own and nothing else in %#llx to %#llx (%llu pages)",
		 what, (unsigned long long)start, (unsigned long long)end,
		 (unsigned long long)pages);
}

/* the log is not writable; else writing into what is allowed would hurt ourselves */
GUEST_TEST(wall_map)
{
	uint64_t ram = guest_argument("ram_start", 0);
	uint64_t end = guest_argument("ram_end", 0) + 2 * SIZE_2M;

	victim_start();
	sweep("reads", op_read8, 0, ram, is_readable, true);
	sweep("reads", op_read8, ram, end, is_readable, true);
	sweep("writes", op_write8, 0, ram, is_writable, false);
	sweep("writes", op_write8, ram, end, is_writable, false);
	sweep("executes", op_execute, ram, end, is_writable, false);
	sweep("reads", op_read8, UINT64_C(256) << 30, (UINT64_C(256) << 30) + 64 * SIZE_2M,
	      is_readable, true);
	sweep("reads", op_read8, (UINT64_C(512) << 30) - SIZE_2M, (UINT64_C(512) << 30) + SIZE_2M,
	      is_readable, true);
}

static bool is_of(const struct peer *peer, uint64_t at)
{
	struct span gicv = {guest.gicv, guest.gicv_size};

	return span_holds(&peer->memory, at) || span_holds(&peer->stream, at) ||
	       span_holds(&gicv, at);
}

GUEST_TEST(wall_random)
{
	static const struct {
		const char *what;
		op_t op;
		unsigned cause;
	} ways[] = {{"reads", op_read8, CAUSE(MEMORY_READ)},
		    {"writes", op_write8, CAUSE(MEMORY_WRITE)},
		    {"executes", op_execute, CAUSE(MEMORY_EXEC)}};
	uint64_t seed = guest_argument("seed", 1), end = guest_argument("ram_end", 0);

	victim_start();
	say("# seed %llu", (unsigned long long)seed);
	for (unsigned i = 0; i < RANDOM_ATTACKERS; i++) {
		struct peer *peer = peer_take();
		unsigned way = (unsigned)random_below(&seed, ARRAY_SIZE(ways));
		char name[20];
		uint64_t at;
		struct attack attack;

		do
			at = random_below(&seed, end) & ~UINT64_C(3);
		while (is_of(peer, at));
		fmt_print(name, sizeof(name), "%#llx", (unsigned long long)at);
		attack = attack_memory(ways[way].what, ways[way].op, name, NORMAL_ALIAS + at, at,
				       ways[way].cause);
		attack_by(peer, &attack);
	}
}
