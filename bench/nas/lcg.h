/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pseudo-random numbers of the NAS Parallel Benchmarks (RNR-94-007, section 2.3): x' = 5^13 x
 * mod 2^46, and the number is 2^-46 x', between 0 and 1. Products of 64-bit words wrap around at
 * 2^64, a multiple of 2^46, so their low 46 bits are exact.
 */
#ifndef BENCH_NAS_LCG_H
#define BENCH_NAS_LCG_H

#include <stdint.h>

#define LCG_FACTOR UINT64_C(1220703125) /* 5^13 */
#define LCG_MASK   ((UINT64_C(1) << 46) - 1)

/* moves on by one and returns the number there */
static inline double lcg_next(uint64_t *x)
{
	*x = *x * LCG_FACTOR & LCG_MASK;
	return 0x1p-46 * (double)*x;
}

/* x after `steps` moves */
static inline uint64_t lcg_skip(uint64_t x, uint64_t steps)
{
	uint64_t factor = LCG_FACTOR;

	for (; steps != 0; steps >>= 1) {
		if (steps & 1)
			x = x * factor & LCG_MASK;
		factor = factor * factor & LCG_MASK;
	}
	return x;
}

#endif
