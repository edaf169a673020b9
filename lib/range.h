/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sets of physical address ranges: sorted, disjoint, merged when they touch, in a fixed array that
 * the caller owns. Used for free memory at boot and for checking that regions do not overlap.
 */
#ifndef LIB_RANGE_H
#define LIB_RANGE_H

#include <bulkhead/types.h>

struct range {
	uint64_t start;
	uint64_t end; /* exclusive; start < end */
};

struct range_set {
	struct range *ranges;
	size_t count;
	size_t capacity;
};

#define RANGE_ALL ((struct range){0, UINT64_MAX})

#define RANGE_SET(array)                                                     \
	{                                                                    \
		.ranges = (array), .count = 0, .capacity = ARRAY_SIZE(array) \
	}

/* EINVAL for an empty or wrapping range, ENOMEM when the array is full; then nothing changed */
int range_add(struct range_set *set, uint64_t start, uint64_t size);
int range_remove(struct range_set *set, uint64_t start, uint64_t size);
bool range_contains(const struct range_set *set, uint64_t start, uint64_t size); /* all of it */
bool range_overlaps(
	const struct range_set *set, uint64_t start,
	uint64_t size); /* any of it; what wraps counts up to the end of all addresses */
/*
 * Takes `size` bytes at a multiple of `align` (a power of two) out of the set, lowest address
 * first. ENOMEM when nothing fits.
 */
int range_alloc(struct range_set *set, uint64_t size, uint64_t align, uint64_t *start);
/* The same for addresses in `within` alone. */
int range_alloc_within(struct range_set *set, const struct range *within, uint64_t size,
		       uint64_t align, uint64_t *start);
uint64_t range_total(const struct range_set *set);

#define range_for_each(r, set) \
	for (struct range *r = (set)->ranges; r < (set)->ranges + (set)->count; r++)

#endif
