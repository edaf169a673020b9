/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A recursion that no stack is deep enough for.
 */
#ifndef TESTS_PROGRAMS_RECURSE_H
#define TESTS_PROGRAMS_RECURSE_H

#include <limits.h>

/* call with 0; every frame is touched and used after the call, so that the compiler keeps the recursion */
static int recurse(int depth)
{
	volatile char frame[4096];

	frame[0] = (char)depth;
	if (depth == INT_MAX)
		return 0;
	return recurse(depth + 1) + frame[0];
}

#endif
