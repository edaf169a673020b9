/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every benchmark does around its measurement. Output that was not written is a failure. */
#include <bench/common/result.h>
#include <bench/common/options.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CACHE_LINE 64u

double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void *memory_take(const char *program, size_t count, size_t size)
{
	size_t bytes;
	void *memory = NULL;

	if (!__builtin_mul_overflow(count, size, &bytes) && bytes <= PTRDIFF_MAX - CACHE_LINE)
		memory = aligned_alloc(CACHE_LINE, (bytes + CACHE_LINE) / CACHE_LINE * CACHE_LINE);
	if (memory == NULL) {
		fprintf(stderr, "%s: there is no memory for %zu elements of %zu bytes.\n", program,
			count, size);
		exit(STATUS_FAILED);
	}
	return memory;
}

int threads_count(void)
{
	int threads = 1;

#pragma omp parallel
#pragma omp single
	threads = omp_get_num_threads();
	return threads;
}

int result_finish(const char *program, bool verified)
{
	printf("Verification: %s\n", verified ? "passed" : "FAILED");
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "%s: the output could not be written.\n", program);
		return STATUS_FAILED;
	}
	return verified ? STATUS_VERIFIED : STATUS_FAILED;
}
