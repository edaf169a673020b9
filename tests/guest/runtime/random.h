/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Repeatable random numbers (splitmix64, Steele et al. 2014), and memory filled with them: a
 * pattern whose checksum its owner can recompute.
 */
#ifndef TESTS_GUEST_RANDOM_H
#define TESTS_GUEST_RANDOM_H

#include <bulkhead/types.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
	return random_next(state) % limit;
}

static inline void pattern_fill(uint64_t *at, size_t words, uint64_t seed)
{
	while (words--)
		*at++ = random_next(&seed);
}

/* the number of words that are not what pattern_fill wrote */
static inline size_t pattern_damage(const volatile uint64_t *at, size_t words, uint64_t seed)
{
	size_t damaged = 0;

	while (words--)
		damaged += *at++ != random_next(&seed);
	return damaged;
}

#endif
