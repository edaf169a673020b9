/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of RandomAccess. Its updates are relaxed loads and stores, plain instructions: no lock,
 * no atomic read-modify-write.
 */
#include <bench/gups/table.h>
#include <bench/gups/sequence.h>
#include <omp.h>

_Static_assert((UPDATES_A_WORD << TABLE_LOG2_MIN) % LANES == 0, "lanes are equally long");

void table_fill(const struct table *table)
{
	uint64_t words = table_words(table);

#pragma omp parallel for schedule(static)
	for (uint64_t i = 0; i < words; i++)
		table->words[i] = i;
}

/* element number `n` is the lane's last one before the first update */
static void lanes_start(uint64_t *lanes, unsigned first, unsigned count, uint64_t length)
{
	for (unsigned i = 0; i < count; i++)
		lanes[i] = sequence_start((first + i) * length);
}

static void lanes_advance(uint64_t *lanes, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		lanes[i] = sequence_next(lanes[i]);
}

static void words_update(uint64_t *words, uint64_t mask, const uint64_t *lanes, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint64_t *word = &words[lanes[i] & mask];
		uint64_t old = __atomic_load_n(word, __ATOMIC_RELAXED);

		__atomic_store_n(word, old ^ lanes[i], __ATOMIC_RELAXED);
	}
}

void table_update(const struct table *table)
{
	uint64_t length = table_updates(table) / LANES;
	uint64_t mask = table_words(table) - 1;

#pragma omp parallel
	{
		unsigned threads = (unsigned)omp_get_num_threads();
		unsigned thread = (unsigned)omp_get_thread_num();
		unsigned first = LANES * thread / threads;
		unsigned count = LANES * (thread + 1) / threads - first;
		uint64_t lanes[LANES];

		lanes_start(lanes, first, count, length);
		for (uint64_t step = 0; step < length; step++) {
			lanes_advance(lanes, count);
			words_update(table->words, mask, lanes, count);
		}
	}
}

void table_undo(const struct table *table)
{
	uint64_t updates = table_updates(table);
	uint64_t mask = table_words(table) - 1;
	uint64_t element = 1;

	for (uint64_t i = 0; i < updates; i++) {
		element = sequence_next(element);
		table->words[element & mask] ^= element;
	}
}

uint64_t table_errors(const struct table *table)
{
	uint64_t words = table_words(table);
	uint64_t errors = 0;

#pragma omp parallel for schedule(static) reduction(+ : errors)
	for (uint64_t i = 0; i < words; i++)
		errors += table->words[i] != i;
	return errors;
}

bool errors_allowed(uint64_t errors, uint64_t words)
{
	return (double)errors <= ERROR_BOUND * (double)words;
}
