/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * RandomAccess: the sequence and its jump-ahead, updates by lanes that are those of the sequence,
 * and a check that finds each wrong word and keeps to the bound.
 */
#include <bench/gups/sequence.h>
#include <bench/gups/table.h>
#include "unit.h"
#include <omp.h>

#define LOG2_WORDS 12u
#define WORDS      (1u << LOG2_WORDS)
#define PERIOD     UINT64_C(1317624576693539401) /* of the sequence, by the HPC Challenge */

static uint64_t words[WORDS];
static const struct table table = {words, LOG2_WORDS};

static void test_jump_ahead(void **state)
{
	struct random random = random_start();
	uint64_t element = 1;

	(void)state;
	for (uint64_t n = 0; n < 5000; n++) {
		assert_true(sequence_start(n) == element);
		element = sequence_next(element);
	}
	for (unsigned i = 0; i < 100; i++) {
		uint64_t n = random_below(&random, PERIOD);

		assert_true(sequence_next(sequence_start(n)) == sequence_start(n + 1));
		assert_true(sequence_start(n + PERIOD) == sequence_start(n));
	}
	assert_true(sequence_start(PERIOD) == 1);
}

/* one thread loses no update, and several do not lose more than is allowed */
static void test_updates(void **state)
{
	(void)state;
	for (int threads = 1; threads <= 4; threads++) {
		uint64_t changed, errors;

		omp_set_num_threads(threads);
		table_fill(&table);
		table_update(&table);
		changed = table_errors(&table);
		assert_true(changed > WORDS / 2);
		table_undo(&table);
		errors = table_errors(&table);
		assert_true(threads == 1 ? errors == 0 : errors_allowed(errors, WORDS));
	}
}

static void test_wrong_words(void **state)
{
	(void)state;
	omp_set_num_threads(1);
	table_fill(&table);
	table_update(&table);
	words[5] ^= 1; /* another update */
	words[WORDS - 1] = 0;
	table_undo(&table);
	assert_int_equal(table_errors(&table), 2);
	table_fill(&table);
	table_undo(&table); /* no update at all */
	assert_false(errors_allowed(table_errors(&table), WORDS));
}

static void test_bound(void **state)
{
	(void)state;
	assert_true(errors_allowed(0, 256));
	assert_true(errors_allowed(2, 256));
	assert_false(errors_allowed(3, 256));
	assert_true(errors_allowed(655, 65536));
	assert_false(errors_allowed(656, 65536));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jump_ahead),
		cmocka_unit_test(test_updates),
		cmocka_unit_test(test_wrong_words),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
