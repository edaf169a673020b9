/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Jump-ahead in the sequence of RandomAccess: x^n by repeated squaring. */
#include <bench/gups/sequence.h>

static uint64_t product(uint64_t a, uint64_t b)
{
	uint64_t sum = 0;

	for (; b != 0; b >>= 1) {
		if (b & 1)
			sum ^= a;
		a = sequence_next(a);
	}
	return sum;
}

uint64_t sequence_start(uint64_t n)
{
	uint64_t element = 1;
	uint64_t power = 2; /* x */

	for (; n != 0; n >>= 1) {
		if (n & 1)
			element = product(element, power);
		power = product(power, power);
	}
	return element;
}
