/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pseudo-random sequence of RandomAccess: powers of x in GF(2)[x] modulo x^64 + x^2 + x + 1,
 * written as 64-bit words; the polynomial's low word is 7. Element 0 is 1.
 */
#ifndef BENCH_GUPS_SEQUENCE_H
#define BENCH_GUPS_SEQUENCE_H

#include <stdint.h>

#define SEQUENCE_POLYNOMIAL UINT64_C(7)

/* the element after `element`: times x */
static inline uint64_t sequence_next(uint64_t element)
{
	/* the sign spread over the word selects the polynomial without a branch */
	return (element << 1) ^ ((uint64_t)((int64_t)element >> 63) & SEQUENCE_POLYNOMIAL);
}

/* element n, in O(log n) products */
uint64_t sequence_start(uint64_t n);

#endif
