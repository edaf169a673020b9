/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * RandomAccess by the rules of the HPC Challenge (https://hpcchallenge.org): 4 * 2^n updates of
 * random words of a table of 2^n 64-bit words, at most 1024 of them pending in a thread, checked by
 * doing them again; at most 1 % of the words may be wrong. The rate is in 10^9 updates a second
 * (GUP/s).
 */
#include <bench/common/options.h>
#include <bench/common/result.h>
#include <bench/gups/table.h>
#include <inttypes.h>
#include <stdio.h>

#define NAME         "gups"
#define LOG2_DEFAULT 22u

static uint64_t log2_words = LOG2_DEFAULT;

static const struct option options[] = {
	{"LOG2_WORDS", NULL, "the table has 2^LOG2_WORDS words of 8 bytes, 8 to 36 (22: 32 MiB)",
	 OPTION_WHOLE, TABLE_LOG2_MIN, TABLE_LOG2_MAX, &log2_words},
};

static const struct program program = {
	NAME,
	"RandomAccess by the rules of the HPC Challenge: random updates of words of a large table.\n"
	"A half of the memory is the size that the rules ask for.\n",
	options,
	sizeof(options) / sizeof(*options),
};

static void print_setting(const struct table *table, int threads)
{
	printf("RandomAccess (HPC Challenge), Bulkhead's own source\n");
	printf("Table: 2^%u = %" PRIu64 " words, %.3f MiB\n", table->log2_words, table_words(table),
	       (double)table_words(table) * sizeof(uint64_t) / 1048576.0);
	printf("Updates: %" PRIu64 "\n", table_updates(table));
	printf("Threads: %d\n", threads);
}

static void print_rates(const struct table *table, double seconds)
{
	printf("Time: %.6f s\n", seconds);
	printf("Rate: %.6f GUP/s\n", 1e-9 * (double)table_updates(table) / seconds);
}

int main(int argc, char **argv)
{
	struct table table;
	int threads, status;
	double start, taken;
	uint64_t errors;

	status = options_parse(&program, argc, argv);
	if (status != OPTIONS_RUN)
		return status;
	threads = threads_count();
	if (threads > (int)LANES) {
		fprintf(stderr, NAME ": at most %u threads, not %d.\n", LANES, threads);
		return STATUS_USAGE;
	}
	table.log2_words = (unsigned)log2_words;
	table.words = memory_take(NAME, table_words(&table), sizeof(uint64_t));
	print_setting(&table, threads);
	table_fill(&table);
	start = now_seconds();
	table_update(&table);
	taken = now_seconds() - start;
	print_rates(&table, taken);
	table_undo(&table);
	errors = table_errors(&table);
	printf("Errors: %" PRIu64 "\n", errors);
	printf("Errors allowed: %.0f words\n", ERROR_BOUND * (double)table_words(&table));
	return result_finish(NAME, errors_allowed(errors, table_words(&table)));
}
