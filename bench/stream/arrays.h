/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The arrays of STREAM, its four kernels on them, and the check of what they leave. */
#ifndef BENCH_STREAM_ARRAYS_H
#define BENCH_STREAM_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>

#define ERROR_BOUND 1e-13 /* mean relative error of an array of 64-bit reals */

enum kernel { COPY, SCALE, ADD, TRIAD, KERNELS };
enum { ARRAYS = 3 };

struct arrays {
	double *a;
	double *b;
	double *c;
	size_t elements;
};

/* mean relative deviations of the three arrays from what they should hold */
struct arrays_error {
	double mean[ARRAYS];
};

/* a = 1, b = 2, c = 0, by the threads that the kernels use, for first-touch placement */
void arrays_fill(const struct arrays *v);

void kernel_run(const struct arrays *v, enum kernel kernel);

/* `rounds`: how often the four kernels ran, in their order */
struct arrays_error arrays_check(const struct arrays *v, unsigned rounds);

bool is_error_allowed(const struct arrays_error *error);

#endif
