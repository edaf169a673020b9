/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attempts at a wall, and what has to come of them: a secondary ends alone, with a fault record in
 * which everything is right; the primary's handler sees an exception; and a victim, whose memory
 * holds a pattern, is as before and goes on running.
 */
#ifndef TESTS_GUEST_WALL_H
#define TESTS_GUEST_WALL_H

#include <bulkhead/fault.h>
#include <tests/guest/runtime/check.h>
#include <tests/guest/runtime/exception.h>
#include <tests/guest/runtime/remote.h>

#define CAUSE(name) (1u << BH_FAULT_##name)
#define ANY_ACCESS  (CAUSE(MEMORY_READ) | CAUSE(MEMORY_WRITE))

#define VICTIM_WORDS 8192u

struct attack {
	const char *what;   /* the instruction, in words */
	const char *target; /* in words */
	op_t op;
	uint64_t address; /* virtual, x0 */
	uint64_t value;   /* x1 */
	unsigned causes;  /* CAUSE(...) that a secondary's record may have */
	uint64_t ipa;     /* for memory causes: where the record should say it was */
	uint64_t pc;      /* offset in the image, or the address with absolute_pc */
	bool absolute_pc;
};

/* An attack by `op` on memory at physical address `pa`, seen at virtual address `va` */
struct attack attack_memory(const char *what, op_t op, const char *target, uint64_t va, uint64_t pa,
			    unsigned causes);

/* Takes a peer, fills its memory with the pattern. Then: the address of the pattern. */
void victim_start(void);
struct peer *victim(void);
uint64_t victim_address(void);
/* It answers, and its memory is what it was. */
void victim_verify(struct verdict *verdict);

/* Lets `peer` (or a fresh one) make the attempt and checks all of the above, as one check. */
bool attack_by(struct peer *peer, const struct attack *attack);
bool attack_by_secondary(const struct attack *attack);
/* The primary makes the attempt itself: an exception, as from a machine without the thing. */
bool attack_by_primary(const struct attack *attack);
/* both */
void attack_by_both(const struct attack *attack);
/* Takes the login VM, which is the first peer where there is one. It makes the attempt: an exception, as the primary. */
void login_start(void);
struct peer *login(void);
bool attack_by_login(const struct attack *attack);
/*
 * For what may be refused or have no effect (cache maintenance by address): as the others, but the
 * attempt may return as well.
 */
void attack_harmless(const struct attack *attack);
/* space_window in the peer; true when it was done */
bool peer_window(struct peer *peer, uint64_t entry);

/* What a peer did when it was asked to make an attempt */
struct attempt {
	struct remote remote;
	uint64_t value;   /* of the instruction, when it returned */
	struct trap trap; /* an exception at the peer's own EL1 */
};
struct attempt attempt_by(struct peer *peer, op_t op, uint64_t address, uint64_t value);
/* The record of a VM that ended has everything as `attack` and the peer's registers say. */
void record_verify(struct verdict *verdict, const struct peer *peer, const struct attack *attack,
		   uint64_t earliest);

#endif
