/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sustainable memory bandwidth by the rules of J. D. McCalpin's STREAM (https://www.cs.virginia.edu/stream/): the four kernels on
 * arrays of doubles, each timed NTIMES times, the best time counts and the first one does not, one array should be four
 * times as large as the last cache, and the arrays' contents are checked at the end. Rates count the bytes that the program
 * reads and writes, in 10^6 bytes a second.
 *
 *   stream [ELEMENTS [NTIMES]]
 */
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ELEMENTS_DEFAULT 2000000u /* three arrays take 48 MB */
#define NTIMES_DEFAULT   10u
#define NTIMES_MAX       1000u
#define SCALAR           3.0
#define ALIGNMENT        64u
#define CLOCK_SAMPLES    20u

enum kernel { COPY, SCALE, ADD, TRIAD, KERNELS };

static const char *const kernel_names[KERNELS] = {"Copy:", "Scale:", "Add:", "Triad:"};
static const unsigned kernel_arrays[KERNELS] = {2, 2, 3, 3}; /* read and written */

struct arrays {
	double *restrict a;
	double *restrict b;
	double *restrict c;
	size_t elements;
};

struct timing {
	double best;
	double worst;
	double sum;
};

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* smallest step between two readings that differ */
static double clock_granularity(void)
{
	double smallest = DBL_MAX;

	for (unsigned i = 0; i < CLOCK_SAMPLES; i++) {
		double start = now_seconds();
		double next = start;

		while (next <= start)
			next = now_seconds();
		smallest = fmin(smallest, next - start);
	}
	return smallest;
}

static void run_copy(const struct arrays *v)
{
	double *restrict c = v->c;
	const double *restrict a = v->a;

#pragma omp parallel for
	for (size_t i = 0; i < v->elements; i++)
		c[i] = a[i];
}

static void run_scale(const struct arrays *v)
{
	double *restrict b = v->b;
	const double *restrict c = v->c;

#pragma omp parallel for
	for (size_t i = 0; i < v->elements; i++)
		b[i] = SCALAR * c[i];
}

static void run_add(const struct arrays *v)
{
	double *restrict c = v->c;
	const double *restrict a = v->a;
	const double *restrict b = v->b;

#pragma omp parallel for
	for (size_t i = 0; i < v->elements; i++)
		c[i] = a[i] + b[i];
}

static void run_triad(const struct arrays *v)
{
	double *restrict a = v->a;
	const double *restrict b = v->b;
	const double *restrict c = v->c;

#pragma omp parallel for
	for (size_t i = 0; i < v->elements; i++)
		a[i] = b[i] + SCALAR * c[i];
}

static void (*const kernels[KERNELS])(const struct arrays *) = {run_copy, run_scale, run_add,
								run_triad};

/* touched first by the thread that will use it, for first-touch placement */
static void fill_arrays(const struct arrays *v)
{
#pragma omp parallel for
	for (size_t i = 0; i < v->elements; i++) {
		v->a[i] = 1.0;
		v->b[i] = 2.0;
		v->c[i] = 0.0;
	}
}

static void measure(const struct arrays *v, unsigned ntimes, struct timing timings[KERNELS])
{
	for (unsigned k = 0; k < KERNELS; k++)
		timings[k] = (struct timing){.best = DBL_MAX};
	for (unsigned round = 0; round < ntimes; round++) {
		for (unsigned k = 0; k < KERNELS; k++) {
			double start = now_seconds();
			double taken;

			kernels[k](v);
			taken = now_seconds() - start;
			if (round == 0)
				continue;
			timings[k].best = fmin(timings[k].best, taken);
			timings[k].worst = fmax(timings[k].worst, taken);
			timings[k].sum += taken;
		}
	}
}

/* mean relative deviation of an array from the one value that all its elements should have */
static double mean_error(const double *array, size_t elements, double expected)
{
	double sum = 0.0;

	for (size_t i = 0; i < elements; i++)
		sum += fabs(array[i] - expected);
	return sum / (double)elements / fabs(expected);
}

static bool is_array_valid(const char *name, const double *array, size_t elements, double expected)
{
	const double bound = 1e-13; /* for 64-bit reals */
	double error = mean_error(array, elements, expected);

	if (error <= bound)
		return true;
	printf("Failed Validation on array %s: expected %.17g, mean relative error %e exceeds %e\n",
	       name, expected, error, bound);
	return false;
}

/* the kernels again, on one element */
static bool is_valid(const struct arrays *v, unsigned ntimes)
{
	double a = 1.0;
	double b = 2.0;
	double c = 0.0;
	bool valid;

	for (unsigned round = 0; round < ntimes; round++) {
		c = a;
		b = SCALAR * c;
		c = a + b;
		a = b + SCALAR * c;
	}
	valid = is_array_valid("a[]", v->a, v->elements, a);
	valid &= is_array_valid("b[]", v->b, v->elements, b);
	valid &= is_array_valid("c[]", v->c, v->elements, c);
	if (valid)
		printf("Solution Validates: avg error less than 1.000000e-13 on all three arrays\n");
	return valid;
}

static void print_rule(void)
{
	printf("-------------------------------------------------------------\n");
}

static void print_setting(const struct arrays *v, unsigned ntimes)
{
	double mib = (double)v->elements * sizeof(double) / 1048576.0;

	print_rule();
	printf("STREAM kernels and rules (J. D. McCalpin), Bulkhead's own source\n");
	print_rule();
	printf("This system uses %zu bytes per array element.\n", sizeof(double));
	print_rule();
	printf("Array size = %zu (elements), Offset = 0 (elements)\n", v->elements);
	printf("Memory per array = %.1f MiB.\nTotal memory required = %.1f MiB.\n", mib, 3.0 * mib);
	printf("Each kernel will be executed %u times.\n", ntimes);
	printf(" The *best* time for each kernel (excluding the first iteration)\n"
	       " will be used to compute the reported bandwidth.\n");
	print_rule();
	printf("Clock granularity is %.9f seconds.\n", clock_granularity());
	print_rule();
}

static void print_results(const struct arrays *v, unsigned ntimes, const struct timing *timings)
{
	printf("Function    Best Rate MB/s  Avg time     Min time     Max time\n");
	for (unsigned k = 0; k < KERNELS; k++) {
		double bytes = (double)kernel_arrays[k] * sizeof(double) * (double)v->elements;

		printf("%-12s%14.1f  %11.6f  %11.6f  %11.6f\n", kernel_names[k],
		       1e-6 * bytes / timings[k].best, timings[k].sum / (ntimes - 1),
		       timings[k].best, timings[k].worst);
	}
	print_rule();
}

static bool parse_number(const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && *value >= low &&
	       *value <= high;
}

static bool allocate_arrays(struct arrays *v)
{
	size_t bytes = (v->elements * sizeof(double) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

	v->a = aligned_alloc(ALIGNMENT, bytes);
	v->b = aligned_alloc(ALIGNMENT, bytes);
	v->c = aligned_alloc(ALIGNMENT, bytes);
	return v->a != NULL && v->b != NULL && v->c != NULL;
}

int main(int argc, char **argv)
{
	uint64_t elements = ELEMENTS_DEFAULT;
	uint64_t ntimes = NTIMES_DEFAULT;
	struct timing timings[KERNELS];
	struct arrays v = {0};

	if (argc > 3 || (argc > 1 && !parse_number(argv[1], 1, SIZE_MAX / 64, &elements)) ||
	    (argc > 2 && !parse_number(argv[2], 2, NTIMES_MAX, &ntimes))) {
		fprintf(stderr, "usage: stream [ELEMENTS [NTIMES, 2 to %u]]\n", NTIMES_MAX);
		return 2;
	}
	v.elements = (size_t)elements;
	if (!allocate_arrays(&v)) {
		fprintf(stderr, "stream: no memory for 3 arrays of %" PRIu64 " elements\n",
			elements);
		return 2;
	}
	print_setting(&v, (unsigned)ntimes);
	fill_arrays(&v);
	measure(&v, (unsigned)ntimes, timings);
	print_results(&v, (unsigned)ntimes, timings);
	if (!is_valid(&v, (unsigned)ntimes))
		return 1;
	print_rule();
	return 0;
}
