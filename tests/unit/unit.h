/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every unit test needs: cmocka with the headers it wants, and a random sequence that is the
 * same on every run unless UNIT_SEED says otherwise. random_start prints the seed, so that a
 * failure can be repeated.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct random {
	uint64_t state;
};

struct random random_start(void);
uint64_t random_next(struct random *random);
/* 0 <= result < limit */
uint64_t random_below(struct random *random, uint64_t limit);
/* true once in `n` times */
bool random_one_in(struct random *random, uint64_t n);

#endif
