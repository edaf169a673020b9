/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Range sets. Invariant: ranges[0..count) ascend, and between two of them there is a gap of at
 * least one byte. An operation that cannot be done leaves the set as it was.
 */
#include <lib/range.h>
#include <lib/string.h>
#include <bulkhead/status.h>

static bool is_range(uint64_t start, uint64_t size)
{
	return size > 0 && start + size > start;
}

/* index of the first range that ends after `address`, or count */
static size_t find_ending_after(const struct range_set *set, uint64_t address)
{
	size_t i = 0;

	while (i < set->count && set->ranges[i].end <= address)
		i++;
	return i;
}

/* replaces the ranges [first, last) by the `count` of `with`; ENOMEM when they do not fit */
static int replace(struct range_set *set, size_t first, size_t last, const struct range *with,
		   size_t count)
{
	size_t new_count = set->count - (last - first) + count;

	if (new_count > set->capacity)
		return BH_ENOMEM;
	memmove(&set->ranges[first + count], &set->ranges[last],
		(set->count - last) * sizeof(struct range));
	memcpy(&set->ranges[first], with, count * sizeof(struct range));
	set->count = new_count;
	return BH_OK;
}

int range_add(struct range_set *set, uint64_t start, uint64_t size)
{
	struct range merged = {.start = start, .end = start + size};
	size_t first = 0, last;

	if (!is_range(start, size))
		return BH_EINVAL;
	while (first < set->count && set->ranges[first].end < start)
		first++;
	for (last = first; last < set->count && set->ranges[last].start <= merged.end; last++) {
		if (set->ranges[last].start < merged.start)
			merged.start = set->ranges[last].start;
		if (set->ranges[last].end > merged.end)
			merged.end = set->ranges[last].end;
	}
	return replace(set, first, last, &merged, 1);
}

int range_remove(struct range_set *set, uint64_t start, uint64_t size)
{
	struct range rest[2];
	uint64_t end = start + size;
	size_t first = find_ending_after(set, start), last = first, count = 0;

	if (!is_range(start, size))
		return BH_EINVAL;
	while (last < set->count && set->ranges[last].start < end)
		last++;
	if (first == last)
		return BH_OK;
	if (set->ranges[first].start < start)
		rest[count++] = (struct range){.start = set->ranges[first].start, .end = start};
	if (set->ranges[last - 1].end > end)
		rest[count++] = (struct range){.start = end, .end = set->ranges[last - 1].end};
	return replace(set, first, last, rest, count);
}

bool range_contains(const struct range_set *set, uint64_t start, uint64_t size)
{
	size_t i = find_ending_after(set, start);

	return is_range(start, size) && i < set->count && set->ranges[i].start <= start &&
	       start + size <= set->ranges[i].end;
}

bool range_overlaps(const struct range_set *set, uint64_t start, uint64_t size)
{
	uint64_t end = start + size < start ? UINT64_MAX : start + size;
	size_t i = find_ending_after(set, start);

	return size > 0 && i < set->count && set->ranges[i].start < end;
}

int range_alloc_within(struct range_set *set, const struct range *within, uint64_t size,
		       uint64_t align, uint64_t *start)
{
	if (size == 0 || align == 0 || (align & (align - 1)) != 0)
		return BH_EINVAL;
	for (size_t i = 0; i < set->count; i++) {
		const struct range *r = &set->ranges[i];
		uint64_t first = r->start > within->start ? r->start : within->start;
		uint64_t end = r->end < within->end ? r->end : within->end;
		uint64_t candidate = ALIGN_UP(first, align);

		/* a candidate that wrapped lies below the range's start */
		if (candidate < first || candidate >= end || end - candidate < size)
			continue;
		/* fails when the middle is taken and the array has no room for the second rest */
		if (range_remove(set, candidate, size) != BH_OK)
			continue;
		*start = candidate;
		return BH_OK;
	}
	return BH_ENOMEM;
}

int range_alloc(struct range_set *set, uint64_t size, uint64_t align, uint64_t *start)
{
	return range_alloc_within(set, &RANGE_ALL, size, align, start);
}

uint64_t range_total(const struct range_set *set)
{
	uint64_t total = 0;

	for (size_t i = 0; i < set->count; i++)
		total += set->ranges[i].end - set->ranges[i].start;
	return total;
}
