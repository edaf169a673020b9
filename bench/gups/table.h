/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of RandomAccess: 2^n words, four updates a word. Update number i (from 1) is
 * T[a mod 2^n] ^= a with a = element i of the sequence.
 */
#ifndef BENCH_GUPS_TABLE_H
#define BENCH_GUPS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_LOG2_MIN 8u
#define TABLE_LOG2_MAX 36u
#define UPDATES_A_WORD 4u
/*
 * The sequence is cut into this many lanes, which advance side by side: a thread has at most this
 * many updates pending, which is the look-ahead that the rules allow.
 */
#define LANES       1024u
#define ERROR_BOUND 0.01 /* share of the words that may be wrong */

struct table {
	uint64_t *words;
	unsigned log2_words;
};

static inline uint64_t table_words(const struct table *table)
{
	return UINT64_C(1) << table->log2_words;
}

static inline uint64_t table_updates(const struct table *table)
{
	return UPDATES_A_WORD * table_words(table);
}

/* word i becomes i, each touched first by the thread that owns that part */
void table_fill(const struct table *table);

/*
 * All updates, by all threads. Reads and writes of different threads are not kept apart, as the
 * rules allow: an update may be lost. With one thread none is.
 */
void table_update(const struct table *table);

/*
 * All updates once more, by one thread in the sequence's order: leaves word i = i where none was
 * lost.
 */
void table_undo(const struct table *table);

/* words that are not their index */
uint64_t table_errors(const struct table *table);

bool errors_allowed(uint64_t errors, uint64_t words);

#endif
