/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program `ep`: NAS EP of one class, and whether its result is the one of the specification.
 * The rate counts random numbers, as NPB does, in 10^6 a second.
 */
#include <bench/common/options.h>
#include <bench/common/result.h>
#include <bench/nas/ep.h>
#include <inttypes.h>
#include <stdio.h>

#define NAME "ep"

static const char *class_name = "S";

static const struct option options[] = {
	{"CLASS", NULL, "S, W, A or B: 2^24, 2^25, 2^28 or 2^30 pairs (S)", OPTION_TEXT, 0, 0,
	 &class_name},
};

static const struct program program = {
	NAME,
	"EP of the NAS Parallel Benchmarks: Gaussian deviates, with next to no communication.\n",
	options,
	sizeof(options) / sizeof(*options),
};

static void print_result(const struct ep_result *result)
{
	uint64_t pairs = 0;

	for (unsigned i = 0; i < EP_ANNULI; i++)
		pairs += result->counts[i];
	printf("Gaussian pairs: %" PRIu64 "\n", pairs);
	printf("Sums: %.15e %.15e\n", result->sum_x, result->sum_y);
	for (unsigned i = 0; i < EP_ANNULI_PRINTED; i++)
		printf("Count %u: %" PRIu64 "\n", i, result->counts[i]);
}

int main(int argc, char **argv)
{
	const struct ep_class *class;
	struct ep_result result;
	double start, taken;
	int status = options_parse(&program, argc, argv);

	if (status != OPTIONS_RUN)
		return status;
	class = ep_class_find(class_name);
	if (class == NULL)
		return options_refuse(&program, "there is no class \"%s\"", class_name);
	printf("NAS EP, Bulkhead's own source\n");
	printf("Class: %c\nPairs: 2^%u\nThreads: %d\n", class->name, class->log2_pairs,
	       threads_count());
	start = now_seconds();
	result = ep_run(class->log2_pairs);
	taken = now_seconds() - start;
	print_result(&result);
	printf("Time: %.6f s\n", taken);
	printf("Rate: %.3f Mop/s\n", 2e-6 * (double)(UINT64_C(1) << class->log2_pairs) / taken);
	return result_finish(NAME, ep_verify(class, &result));
}
