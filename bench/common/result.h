/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every benchmark does around its measurement: the clock, memory or a sentence, the threads it
 * really got, and the end. What depends on the run stands on lines that begin with one of the
 * labels of tests/system/benchmarks.py, or in STREAM's table: all other output is the same on every
 * machine.
 */
#ifndef BENCH_COMMON_RESULT_H
#define BENCH_COMMON_RESULT_H

#include <stdbool.h>
#include <stddef.h>

/* seconds of CLOCK_MONOTONIC */
double now_seconds(void);

/*
 * `count` elements of `size` bytes, aligned to a cache line, not touched; free() it. Ends the
 * program with a sentence and status 1 when there is no memory.
 */
void *memory_take(const char *program, size_t count, size_t size);

/* of a parallel region with the environment's settings */
int threads_count(void);

/*
 * Prints the line of the verdict; returns the status to exit with: 0 if verified and all was
 * written.
 */
int result_finish(const char *program, bool verified);

#endif
