/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* STREAM's check passes what the kernels leave, for any number of threads, and nothing else. */
#include <bench/stream/arrays.h>
#include "unit.h"
#include <math.h>
#include <omp.h>

#define ELEMENTS 1001u /* no multiple of the threads */
#define ROUNDS   3u

static double a[ELEMENTS], b[ELEMENTS], c[ELEMENTS];
static const struct arrays v = {a, b, c, ELEMENTS};

static void run(int threads)
{
	omp_set_num_threads(threads);
	arrays_fill(&v);
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned kernel = 0; kernel < KERNELS; kernel++)
			kernel_run(&v, kernel);
}

static bool is_valid(unsigned rounds)
{
	struct arrays_error error = arrays_check(&v, rounds);

	return is_error_allowed(&error);
}

static void test_kernels(void **state)
{
	(void)state;
	for (int threads = 1; threads <= 4; threads++) {
		run(threads);
		assert_true(is_valid(ROUNDS));
		assert_true(c[ELEMENTS - 1] == a[0] / 15 + 3 * a[0] / 15); /* a' = b + 3 c */
	}
}

static void test_wrong_results(void **state)
{
	double *const arrays[] = {a, b, c};

	(void)state;
	run(2);
	assert_false(is_valid(ROUNDS + 1));
	assert_false(is_valid(ROUNDS - 1));
	for (unsigned i = 0; i < 3 * ELEMENTS; i += 7) {
		double *element = &arrays[i % 3][i / 3];
		double saved = *element;

		*element = saved * (1.0 + 1e-6);
		assert_false(is_valid(ROUNDS));
		*element = (double)NAN;
		assert_false(is_valid(ROUNDS));
		*element = saved;
	}
	assert_true(is_valid(ROUNDS));
}

static void test_bound(void **state)
{
	struct arrays_error error = {{ERROR_BOUND, ERROR_BOUND, ERROR_BOUND}};

	(void)state;
	assert_true(is_error_allowed(&error));
	for (unsigned i = 0; i < ARRAYS; i++) {
		error.mean[i] = 1.01 * ERROR_BOUND;
		assert_false(is_error_allowed(&error));
		error.mean[i] = ERROR_BOUND;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_wrong_results),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
