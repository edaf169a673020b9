/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NAS EP and CG: the same result for any number of threads, to the last bit, a matrix of the right
 * form, and checks that refuse what deviates by a little more than the specification allows.
 */
#include <bench/nas/cg.h>
#include <bench/nas/ep.h>
#include <bench/nas/lcg.h>
#include "unit.h"
#include <math.h>
#include <omp.h>

#define CG_NONZEROS_S 78148u /* of class S, as NPB prints it */

static void test_random(void **state)
{
	struct random random = random_start();
	uint64_t x = 271828183;

	(void)state;
	for (uint64_t steps = 0; steps < 1000; steps++) {
		assert_true(lcg_skip(271828183, steps) == x);
		lcg_next(&x);
	}
	for (unsigned i = 0; i < 100; i++) {
		uint64_t one = random_below(&random, UINT64_C(1) << 40);
		uint64_t two = random_below(&random, UINT64_C(1) << 40);

		assert_true(lcg_skip(lcg_skip(x, one), two) == lcg_skip(x, one + two));
	}
	assert_true(lcg_skip(x, UINT64_C(1) << 44) == x); /* the period */
}

static void test_classes(void **state)
{
	(void)state;
	for (const char *name = "SWAB"; *name; name++) {
		assert_int_equal(ep_class_find((char[]){*name, '\0'})->name, *name);
		assert_int_equal(cg_class_find((char[]){*name, '\0'})->name, *name);
	}
	for (unsigned i = 0; i < 4; i++) {
		const char *name = ((const char *[]){"", "s", "Q", "SS"})[i];

		assert_null(ep_class_find(name));
		assert_null(cg_class_find(name));
	}
}

static void test_ep_is_the_same_for_all_threads(void **state)
{
	struct ep_result one, many;

	(void)state;
	omp_set_num_threads(1);
	one = ep_run(18);
	for (int threads = 2; threads <= 4; threads++) {
		omp_set_num_threads(threads);
		many = ep_run(18);
		assert_memory_equal(&one, &many, sizeof(one));
	}
}

static void expect_ep(const struct ep_class *class, double x, double y, bool verified)
{
	struct ep_result result = {class->sum_x * x, class->sum_y * y, {0}};

	memcpy(result.counts, class->counts, sizeof(result.counts));
	assert_int_equal(ep_verify(class, &result), verified);
	for (unsigned i = 0; i < EP_ANNULI; i++) {
		result.counts[i]++;
		assert_false(ep_verify(class, &result));
		result.counts[i]--;
	}
}

static void test_ep_wrong_results(void **state)
{
	(void)state;
	for (const char *name = "SWAB"; *name; name++) {
		const struct ep_class *class = ep_class_find((char[]){*name, '\0'});

		expect_ep(class, 1.0, 1.0, true);
		expect_ep(class, 1.0 + 0.9e-8, 1.0 - 0.9e-8, true);
		expect_ep(class, 1.0 + 1.1e-8, 1.0, false);
		expect_ep(class, 1.0, 1.0 - 1.1e-8, false);
		expect_ep(class, -1.0, 1.0, false);
		expect_ep(class, (double)NAN, 1.0, false);
	}
}

static double element_at(const struct cg_matrix *a, uint32_t row, uint32_t column)
{
	for (uint64_t i = a->row_start[row]; i < a->row_start[row + 1]; i++)
		if (a->column[i] == column)
			return a->value[i];
	return 0.0;
}

static void test_cg_matrix(void **state)
{
	struct cg_matrix a = cg_matrix_make(cg_class_find("S"));

	(void)state;
	assert_int_equal(a.row_start[a.order], CG_NONZEROS_S);
	for (uint32_t row = 0; row < a.order; row++) {
		assert_true(a.row_start[row] < a.row_start[row + 1]);
		assert_true(element_at(&a, row, row) < 0.0); /* the shift */
		for (uint64_t i = a.row_start[row]; i < a.row_start[row + 1]; i++) {
			double mirrored = element_at(&a, a.column[i], row);

			assert_true(i == a.row_start[row] || a.column[i] > a.column[i - 1]);
			assert_true(fabs(a.value[i] - mirrored) <= 1e-15 * fabs(mirrored));
		}
	}
	cg_matrix_free(&a);
}

/* all steps, with `wrong` added to one element of the matrix */
static struct cg_step run_cg(int threads, double wrong)
{
	const struct cg_class *class = cg_class_find("S");
	struct cg_matrix a;
	struct cg_vectors v = cg_vectors_make(class->order);
	struct cg_step step = {0};

	omp_set_num_threads(threads);
	a = cg_matrix_make(class);
	a.value[a.row_start[700]] += wrong;
	cg_start(&a, &v);
	for (unsigned i = 0; i < class->iterations; i++)
		step = cg_step(&a, &v, class->shift);
	cg_vectors_free(&v);
	cg_matrix_free(&a);
	return step;
}

static void test_cg(void **state)
{
	const struct cg_class *class = cg_class_find("S");
	struct cg_step one = run_cg(1, 0.0), two = run_cg(2, 0.0);

	(void)state;
	assert_true(cg_verify(class, one.zeta));
	assert_memory_equal(&one, &two, sizeof(one));
	assert_false(cg_verify(class, run_cg(1, 1e-3).zeta));
}

static void test_cg_wrong_results(void **state)
{
	(void)state;
	for (const char *name = "SWAB"; *name; name++) {
		const struct cg_class *class = cg_class_find((char[]){*name, '\0'});

		assert_true(cg_verify(class, class->zeta));
		assert_true(cg_verify(class, class->zeta * (1.0 + 0.9e-10)));
		assert_false(cg_verify(class, class->zeta * (1.0 + 1.1e-10)));
		assert_false(cg_verify(class, class->zeta * (1.0 - 1.1e-10)));
		assert_false(cg_verify(class, (double)NAN));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_ep_is_the_same_for_all_threads),
		cmocka_unit_test(test_ep_wrong_results),
		cmocka_unit_test(test_cg_matrix),
		cmocka_unit_test(test_cg),
		cmocka_unit_test(test_cg_wrong_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
