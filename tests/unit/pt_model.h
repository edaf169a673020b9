/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fake machine for the page-table walker: memory for tables, and a table walker with a TLB that
 * is as nasty as the Arm ARM permits (D8.14 to D8.16). It sees a store at any time from the store
 * on, and may go on seeing the old value until the store is published; it caches every valid entry
 * it can reach, links of tables included, at once, and keeps it until a flush. It knows nothing of
 * lib/pt.c but the callbacks, and reads descriptors by itself.
 *
 * A broken rule is kept in `violation`, the first one stays:
 *   - an entry that may be cached changes to another output, size or type without a flush in between
 *   - the walker reaches a table that was not published as a whole, or that was freed
 *   - a table is freed while it can be reached or what it held can be cached
 *   - at the end of a call: a stale translation, an unpublished store, an empty or lost table
 */
#ifndef TESTS_UNIT_PT_MODEL_H
#define TESTS_UNIT_PT_MODEL_H

#include <lib/pt.h>

#define MODEL_TABLES 1200
#define MODEL_ROOTS  2 /* concatenated, at most */

struct model_table {
	uint64_t *memory;      /* what the code under test reads and writes; NULL when free */
	uint64_t seen[512];    /* memory when we last looked */
	uint64_t visible[512]; /* as last published */
	uint64_t cached[512];  /* what a TLB may hold of each entry, 0 for nothing */
	uint64_t resized
		[512]; /* what said the same when it took that one's place in use, 0: nothing did */
	bool retired;  /* a leaf has taken its place */
	bool placed;   /* the walker has reached it, so level and in are known */
	bool reached;  /* by the last walk */
	unsigned level;
	uint64_t in;
};

struct pt_model {
	const struct pt_format *format;
	const char *violation;
	struct model_table tables[MODEL_TABLES];
	uint64_t *root;
	unsigned root_count;
	unsigned used;  /* no table was ever at or above this index */
	int fail_after; /* allocations that succeed before one fails; -1: none fails */
	unsigned flushes;
	unsigned live; /* tables allocated now, without the root */
	unsigned peak;
	uint64_t flush_low, flush_high; /* span of all flushes since they were counted from 0 */
	bool retired;                   /* no core uses the tables any more */
};

/* Makes a machine and sets `pt` up for it; in_bits decides the root's size. */
struct pt_model *pt_model_start(struct pt *pt, const struct pt_format *format, uint8_t start_level,
				uint8_t in_bits);
/* Rules that hold between calls; then counts flushes from 0. */
void pt_model_settle(struct pt_model *model);
/* Destroys the tree and checks that no table is lost. */
void pt_model_end(struct pt_model *model, struct pt *pt);

#endif
