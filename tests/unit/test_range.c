/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Range sets, case by case, and by random operations against a bitmap. Every operation that fails
 * leaves the set as it was; the invariant (ascending, apart) is checked after each.
 */
#include <lib/range.h>
#include <bulkhead/status.h>
#include "unit.h"

#define SPACE    256 /* addresses in the random test */
#define CAPACITY 12

static void check_invariant(const struct range_set *set)
{
	assert_true(set->count <= set->capacity);
	for (size_t i = 0; i < set->count; i++) {
		assert_true(set->ranges[i].start < set->ranges[i].end);
		if (i > 0)
			assert_true(set->ranges[i - 1].end < set->ranges[i].start);
	}
}

static void test_add_merges(void **state)
{
	struct range array[4];
	struct range_set set = RANGE_SET(array);

	(void)state;
	assert_int_equal(range_add(&set, 100, 10), BH_OK);
	assert_int_equal(range_add(&set, 120, 10), BH_OK);
	assert_int_equal(range_add(&set, 140, 10), BH_OK);
	assert_int_equal(set.count, 3);
	assert_int_equal(range_add(&set, 110, 10), BH_OK); /* touches both neighbours */
	assert_int_equal(set.count, 2);
	assert_int_equal(set.ranges[0].start, 100);
	assert_int_equal(set.ranges[0].end, 130);
	assert_int_equal(range_add(&set, 0, 1000), BH_OK);
	assert_int_equal(set.count, 1);
	assert_int_equal(range_total(&set), 1000);
	assert_int_equal(range_add(&set, 10, 20), BH_OK);
	assert_int_equal(range_total(&set), 1000);
	check_invariant(&set);
}

static void test_bad_ranges(void **state)
{
	struct range array[4];
	struct range_set set = RANGE_SET(array);

	(void)state;
	assert_int_equal(range_add(&set, 5, 0), BH_EINVAL);
	assert_int_equal(range_add(&set, UINT64_MAX, 1), BH_EINVAL);
	assert_int_equal(range_add(&set, 2, UINT64_MAX), BH_EINVAL);
	assert_int_equal(range_remove(&set, 5, 0), BH_EINVAL);
	assert_int_equal(range_remove(&set, UINT64_MAX, 2), BH_EINVAL);
	assert_int_equal(range_add(&set, UINT64_MAX - 1, 1), BH_OK);
	assert_int_equal(set.count, 1);
	assert_false(range_contains(&set, UINT64_MAX - 1, 0));
	assert_false(range_contains(&set, UINT64_MAX - 1, 2));
	assert_false(range_overlaps(&set, UINT64_MAX - 1, 0));
	/* who asks for what wraps is told that it overlaps, never that it is free */
	assert_true(range_overlaps(&set, UINT64_MAX - 8, 100));
	assert_true(range_overlaps(&set, 1, UINT64_MAX));
}

static void test_full(void **state)
{
	struct range array[2];
	struct range_set set = RANGE_SET(array);
	uint64_t start = 0;

	(void)state;
	assert_int_equal(range_add(&set, 0, 100), BH_OK);
	assert_int_equal(range_add(&set, 200, 100), BH_OK);
	assert_int_equal(range_add(&set, 400, 100), BH_ENOMEM);
	assert_int_equal(range_remove(&set, 10, 10), BH_ENOMEM);
	assert_int_equal(range_total(&set), 200);
	assert_int_equal(range_add(&set, 100, 100), BH_OK); /* merging needs no room */
	assert_int_equal(set.count, 1);
	/* the middle of the only range, which splits it in two */
	assert_int_equal(range_remove(&set, 0, 1), BH_OK);
	assert_int_equal(range_alloc(&set, 64, 64, &start), BH_OK);
	assert_int_equal(start, 64);
	/*
	 * no place in the array for a second split; the next candidate that fits without one is
	 * taken
	 */
	assert_int_equal(range_alloc(&set, 16, 128, &start), BH_OK);
	assert_int_equal(start, 128);
	check_invariant(&set);
}

static void test_alloc(void **state)
{
	struct range array[8];
	struct range_set set = RANGE_SET(array);
	uint64_t start = 77;

	(void)state;
	assert_int_equal(range_alloc(&set, 1, 1, &start), BH_ENOMEM);
	assert_int_equal(range_add(&set, 0x1800, 0x1000), BH_OK);
	assert_int_equal(range_add(&set, 0x4000, 0x3000), BH_OK);
	assert_int_equal(range_add(&set, UINT64_MAX - 0x800, 0x800), BH_OK);
	assert_int_equal(range_alloc(&set, 0, 1, &start), BH_EINVAL);
	assert_int_equal(range_alloc(&set, 1, 0, &start), BH_EINVAL);
	assert_int_equal(range_alloc(&set, 1, 3, &start), BH_EINVAL);
	assert_int_equal(range_alloc(&set, 0x4000, 0x1000, &start), BH_ENOMEM);
	assert_int_equal(range_alloc(&set, UINT64_MAX, 1, &start), BH_ENOMEM);
	assert_int_equal(range_alloc(&set, 1, UINT64_C(1) << 63, &start), BH_ENOMEM);
	assert_int_equal(start, 77);
	assert_int_equal(range_alloc(&set, 0x1000, 0x1000, &start), BH_OK);
	assert_int_equal(start, 0x4000);
	assert_int_equal(range_alloc(&set, 0x800, 0x1000, &start), BH_OK);
	assert_int_equal(start, 0x2000);
	assert_int_equal(range_total(&set), 0x800 + 0x2000 + 0x800);
}

static void test_alloc_within(void **state)
{
	struct range array[8];
	struct range_set set = RANGE_SET(array);
	struct range within = {0x2800, 0x5800};
	uint64_t start = 77;

	(void)state;
	assert_int_equal(range_add(&set, 0x1000, 0x2000), BH_OK);
	assert_int_equal(range_add(&set, 0x4000, 0x3000), BH_OK);
	assert_int_equal(range_alloc_within(&set, &within, 0x2000, 0x1000, &start), BH_ENOMEM);
	assert_int_equal(start, 77);
	assert_int_equal(range_alloc_within(&set, &within, 0x1000, 0x800, &start), BH_OK);
	assert_int_equal(start, 0x4000);
	assert_int_equal(range_alloc_within(&set, &within, 0x800, 0x800, &start), BH_OK);
	assert_int_equal(start, 0x2800);
	assert_int_equal(range_alloc_within(&set, &within, 0x801, 1, &start), BH_ENOMEM);
	/* exactly there, or nowhere */
	within = (struct range){0x5000, 0x5800};
	assert_int_equal(range_alloc_within(&set, &within, 0x800, 0x1000, &start), BH_OK);
	assert_int_equal(start, 0x5000);
	assert_int_equal(range_alloc_within(&set, &within, 0x800, 1, &start), BH_ENOMEM);
	within.end = within.start - 1;
	assert_int_equal(range_alloc_within(&set, &within, 1, 1, &start), BH_ENOMEM);
	check_invariant(&set);
}

static void test_for_each(void **state)
{
	struct range array[4];
	struct range_set set = RANGE_SET(array);
	uint64_t sum = 0;

	(void)state;
	assert_int_equal(range_add(&set, 10, 1), BH_OK);
	assert_int_equal(range_add(&set, 20, 1), BH_OK);
	range_for_each (r, &set)
		sum += r->start;
	assert_int_equal(sum, 30);
}

struct bitmap {
	bool bits[SPACE + 1]; /* one more, never set: it ends the last run */
};

static bool bitmap_all(const struct bitmap *map, uint64_t start, uint64_t size, bool value)
{
	for (uint64_t i = start; i < start + size; i++)
		if (map->bits[i] != value)
			return false;
	return true;
}

static void bitmap_set(struct bitmap *map, uint64_t start, uint64_t size, bool value)
{
	for (uint64_t i = start; i < start + size; i++)
		map->bits[i] = value;
}

static unsigned bitmap_runs(const struct bitmap *map)
{
	unsigned runs = 0;

	for (unsigned i = 0; i < SPACE; i++)
		runs += map->bits[i] && !map->bits[i + 1];
	return runs;
}

static void compare(const struct range_set *set, const struct bitmap *map)
{
	uint64_t total = 0;

	check_invariant(set);
	assert_int_equal(set->count, bitmap_runs(map));
	for (size_t i = 0; i < set->count; i++) {
		const struct range *r = &set->ranges[i];

		assert_true(bitmap_all(map, r->start, r->end - r->start, true));
		total += r->end - r->start;
	}
	assert_int_equal(total, range_total(set));
}

/* Adds or removes; on ENOMEM the result would really have too many ranges. */
static void random_change(struct random *random, struct range_set *set, struct bitmap *map)
{
	uint64_t start = random_below(random, SPACE), size = 1 + random_below(random, SPACE / 8);
	bool add = random_one_in(random, 2);
	struct bitmap after = *map;
	int status;

	size = start + size > SPACE ? SPACE - start : size;
	bitmap_set(&after, start, size, add);
	assert_int_equal(range_contains(set, start, size), bitmap_all(map, start, size, true));
	assert_int_equal(range_overlaps(set, start, size), !bitmap_all(map, start, size, false));
	status = add ? range_add(set, start, size) : range_remove(set, start, size);
	assert_int_equal(status, bitmap_runs(&after) > CAPACITY ? BH_ENOMEM : BH_OK);
	if (status == BH_OK)
		*map = after;
}

static void random_alloc(struct random *random, struct range_set *set, struct bitmap *map)
{
	uint64_t align = UINT64_C(1) << random_below(random, 5);
	uint64_t size = 1 + random_below(random, 20), start;

	if (range_alloc(set, size, align, &start) != BH_OK)
		return;
	assert_true(start % align == 0);
	assert_true(bitmap_all(map, start, size, true));
	/* nothing lower would have done, but for want of room in the array */
	for (uint64_t lower = 0; lower < start; lower += align)
		assert_true(!bitmap_all(map, lower, size, true) || set->count >= CAPACITY - 1);
	bitmap_set(map, start, size, false);
}

static void test_random(void **state)
{
	struct random random = random_start();
	struct range array[CAPACITY];
	struct range_set set = RANGE_SET(array);
	struct bitmap map = {.bits = {false}};

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		if (random_one_in(&random, 4))
			random_alloc(&random, &set, &map);
		else
			random_change(&random, &set, &map);
		compare(&set, &map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_merges),   cmocka_unit_test(test_bad_ranges),
		cmocka_unit_test(test_full),         cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_alloc_within), cmocka_unit_test(test_for_each),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
