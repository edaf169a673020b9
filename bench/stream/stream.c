/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sustainable memory bandwidth by the rules of J. D. McCalpin's STREAM
 * (https://www.cs.virginia.edu/stream/): the four kernels on arrays of doubles, each timed NTIMES
 * times, the best time counts and the first one does not, one array should be four times as large
 * as the last cache, and the arrays' contents are checked at the end. Rates count the bytes that
 * the program reads and writes, in 10^6 bytes a second.
 */
#include <bench/common/options.h>
#include <bench/common/result.h>
#include <bench/stream/arrays.h>
#include <float.h>
#include <math.h>
#include <stdio.h>

#define NAME             "stream"
#define ELEMENTS_DEFAULT 2000000u /* three arrays take 48 MB */
#define NTIMES_DEFAULT   10u
#define NTIMES_MAX       1000u
#define CLOCK_SAMPLES    20u

static const char *const kernel_names[KERNELS] = {"Copy:", "Scale:", "Add:", "Triad:"};
static const unsigned kernel_arrays[KERNELS] = {2, 2, 3, 3}; /* read and written */

struct timing {
	double best;
	double worst;
	double sum;
};

static uint64_t elements = ELEMENTS_DEFAULT;
static uint64_t ntimes = NTIMES_DEFAULT;

static const struct option options[] = {
	{"ELEMENTS", NULL, "of each of the three arrays (2000000: 48 MB in all)", OPTION_WHOLE, 1,
	 0x1p40, &elements},
	{"NTIMES", NULL, "how often each kernel runs, 2 to 1000 (10)", OPTION_WHOLE, 2, NTIMES_MAX,
	 &ntimes},
};

static const struct program program = {
	NAME,
	"Memory bandwidth by the rules of STREAM. An array should be four times as large as the\n"
	"last cache.\n",
	options,
	sizeof(options) / sizeof(*options),
};

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

static void measure(const struct arrays *v, struct timing timings[KERNELS])
{
	for (unsigned k = 0; k < KERNELS; k++)
		timings[k] = (struct timing){.best = DBL_MAX};
	for (unsigned round = 0; round < ntimes; round++) {
		for (unsigned k = 0; k < KERNELS; k++) {
			double start = now_seconds();
			double taken;

			kernel_run(v, k);
			taken = now_seconds() - start;
			if (round == 0)
				continue;
			timings[k].best = fmin(timings[k].best, taken);
			timings[k].worst = fmax(timings[k].worst, taken);
			timings[k].sum += taken;
		}
	}
}

static void print_rule(void)
{
	printf("-------------------------------------------------------------\n");
}

static void print_setting(const struct arrays *v)
{
	double mib = (double)v->elements * sizeof(double) / 1048576.0;

	print_rule();
	printf("STREAM kernels and rules (J. D. McCalpin), Bulkhead's own source\n");
	print_rule();
	printf("This system uses %zu bytes per array element.\n", sizeof(double));
	print_rule();
	printf("Array size = %zu (elements), Offset = 0 (elements)\n", v->elements);
	printf("Memory per array = %.1f MiB.\nTotal memory required = %.1f MiB.\n", mib, 3.0 * mib);
	printf("Each kernel will be executed %u times.\n", (unsigned)ntimes);
	printf(" The *best* time for each kernel (excluding the first iteration)\n"
	       " will be used to compute the reported bandwidth.\n");
	print_rule();
	printf("Number of Threads counted = %d\n", threads_count());
	print_rule();
	printf("Clock granularity is %.9f seconds.\n", clock_granularity());
	print_rule();
}

static void print_results(const struct arrays *v, const struct timing *timings)
{
	printf("Function    Best Rate MB/s  Avg time     Min time     Max time\n");
	for (unsigned k = 0; k < KERNELS; k++) {
		double bytes = (double)kernel_arrays[k] * sizeof(double) * (double)v->elements;

		printf("%-12s%14.1f  %11.6f  %11.6f  %11.6f\n", kernel_names[k],
		       1e-6 * bytes / timings[k].best, timings[k].sum / (double)(ntimes - 1),
		       timings[k].best, timings[k].worst);
	}
	print_rule();
}

static bool check_results(const struct arrays *v)
{
	struct arrays_error error = arrays_check(v, (unsigned)ntimes);

	for (unsigned i = 0; i < ARRAYS; i++)
		if (!(error.mean[i] <= ERROR_BOUND))
			printf("Failed Validation on array %c[]: mean relative error %e exceeds %e\n",
			       "abc"[i], error.mean[i], ERROR_BOUND);
	if (is_error_allowed(&error))
		printf("Solution Validates: avg error less than %e on all three arrays\n",
		       ERROR_BOUND);
	print_rule();
	return is_error_allowed(&error);
}

int main(int argc, char **argv)
{
	struct timing timings[KERNELS];
	struct arrays v;
	int status = options_parse(&program, argc, argv);

	if (status != OPTIONS_RUN)
		return status;
	v.elements = (size_t)elements;
	v.a = memory_take(NAME, v.elements, sizeof(double));
	v.b = memory_take(NAME, v.elements, sizeof(double));
	v.c = memory_take(NAME, v.elements, sizeof(double));
	print_setting(&v);
	arrays_fill(&v);
	measure(&v, timings);
	print_results(&v, timings);
	return result_finish(NAME, check_results(&v));
}
