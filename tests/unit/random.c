/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tests' random sequence: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
 * Generators, 2014).
 */
#include "unit.h"

struct random random_start(void)
{
	const char *text = getenv("UNIT_SEED");
	struct random random = {.state = text ? strtoull(text, NULL, 0) : 1};

	print_message("UNIT_SEED=%llu\n", (unsigned long long)random.state);
	return random;
}

uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t random_below(struct random *random, uint64_t limit)
{
	return random_next(random) % limit;
}

bool random_one_in(struct random *random, uint64_t n)
{
	return random_below(random, n) == 0;
}
