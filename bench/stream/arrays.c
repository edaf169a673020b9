/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * STREAM's kernels: loops whose count is known when they begin, shared among the threads in equal
 * parts. All elements of an array hold the same value at any time, so one element tells what all
 * should hold.
 */
#include <bench/stream/arrays.h>
#include <math.h>

#define SCALAR    3.0
#define INITIAL_A 1.0
#define INITIAL_B 2.0
#define INITIAL_C 0.0

static void run_copy(size_t n, double *restrict c, const double *restrict a)
{
#pragma omp parallel for schedule(static)
	for (size_t i = 0; i < n; i++)
		c[i] = a[i];
}

static void run_scale(size_t n, double *restrict b, const double *restrict c)
{
#pragma omp parallel for schedule(static)
	for (size_t i = 0; i < n; i++)
		b[i] = SCALAR * c[i];
}

static void run_add(size_t n, double *restrict c, const double *restrict a,
		    const double *restrict b)
{
#pragma omp parallel for schedule(static)
	for (size_t i = 0; i < n; i++)
		c[i] = a[i] + b[i];
}

static void run_triad(size_t n, double *restrict a, const double *restrict b,
		      const double *restrict c)
{
#pragma omp parallel for schedule(static)
	for (size_t i = 0; i < n; i++)
		a[i] = b[i] + SCALAR * c[i];
}

void kernel_run(const struct arrays *v, enum kernel kernel)
{
	switch (kernel) {
	case COPY:
		run_copy(v->elements, v->c, v->a);
		break;
	case SCALE:
		run_scale(v->elements, v->b, v->c);
		break;
	case ADD:
		run_add(v->elements, v->c, v->a, v->b);
		break;
	case TRIAD:
		run_triad(v->elements, v->a, v->b, v->c);
		break;
	case KERNELS:
		break;
	}
}

void arrays_fill(const struct arrays *v)
{
#pragma omp parallel for schedule(static)
	for (size_t i = 0; i < v->elements; i++) {
		v->a[i] = INITIAL_A;
		v->b[i] = INITIAL_B;
		v->c[i] = INITIAL_C;
	}
}

static double mean_error(const double *array, size_t elements, double expected)
{
	double sum = 0.0;

	for (size_t i = 0; i < elements; i++)
		sum += fabs(array[i] - expected);
	return sum / (double)elements / fabs(expected);
}

struct arrays_error arrays_check(const struct arrays *v, unsigned rounds)
{
	double a = INITIAL_A, b = INITIAL_B, c = INITIAL_C;

	for (unsigned round = 0; round < rounds; round++) {
		c = a;
		b = SCALAR * c;
		c = a + b;
		a = b + SCALAR * c;
	}
	return (struct arrays_error){{
		mean_error(v->a, v->elements, a),
		mean_error(v->b, v->elements, b),
		mean_error(v->c, v->elements, c),
	}};
}

bool is_error_allowed(const struct arrays_error *error)
{
	for (unsigned i = 0; i < ARRAYS; i++)
		if (!(error->mean[i] <= ERROR_BOUND)) /* not a number is no success */
			return false;
	return true;
}
