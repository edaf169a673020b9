/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checks: each prints one line, "ok NAME" or "not ok NAME: why", which the host counts.
 */
#ifndef TESTS_GUEST_CHECK_H
#define TESTS_GUEST_CHECK_H

#include <bulkhead/types.h>

/*
 * A check of several conditions; the first that does not hold is the reason that is printed. Starts
 * zeroed.
 */
struct verdict {
	bool failed;
	char why[160];
};

#define VERIFY(verdict, condition, ...) verdict_add(verdict, condition, __VA_ARGS__)
bool verdict_add(struct verdict *verdict, bool condition, const char *why, ...)
	__attribute__((format(printf, 3, 4)));
/* Prints the line; true when all held. */
bool conclude(const struct verdict *verdict, const char *name, ...)
	__attribute__((format(printf, 2, 3)));

/* A check of one condition, or of one value */
bool check(bool condition, const char *name, ...) __attribute__((format(printf, 2, 3)));
bool check_is(uint64_t got, uint64_t wanted, const char *name, ...)
	__attribute__((format(printf, 3, 4)));

/* "done" with the numbers of lines printed; without it the host takes the run for broken */
void checks_finish(void);

#endif
