/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * NAS EP, "embarrassingly parallel": pairs of Gaussian deviates from pairs of uniform ones, their
 * sums and how many lie in each square annulus (RNR-94-007, section 2.2).
 */
#ifndef BENCH_NAS_EP_H
#define BENCH_NAS_EP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Annulus l holds the pairs whose larger deviate lies between l and l + 1. The specification prints
 * ten; none can lie beyond the twelfth: uniform deviates are odd multiples of 2^-45, so t >= 2^-89
 * and sqrt(-2 ln t) < 12.
 */
#define EP_ANNULI         12u
#define EP_ANNULI_PRINTED 10u

struct ep_class {
	char name;
	unsigned log2_pairs; /* uniform pairs that are tried */
	double sum_x, sum_y;
	uint64_t counts[EP_ANNULI];
};

struct ep_result {
	double sum_x, sum_y;
	uint64_t counts[EP_ANNULI];
};

/* NULL when there is none of that name */
const struct ep_class *ep_class_find(const char *name);

/* The same to the last bit for any number of threads. */
struct ep_result ep_run(unsigned log2_pairs);

/* both sums to a relative error of 1e-8, and all counts */
bool ep_verify(const struct ep_class *wanted, const struct ep_result *result);

#endif
