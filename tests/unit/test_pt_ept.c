/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Intel's second stage bit by bit (SDM 3C 28.3.2), and that a leaf in use is split without a moment in which it is not there. */
#include "unit.h"
#include <lib/pt.h>
#include <stdlib.h>
#include <string.h>

#define SOME_PA UINT64_C(0x0003456789abc000)
#define RWX     UINT64_C(7)
#define WB      UINT64_C(0x30)
#define LARGE   UINT64_C(0x80)

static unsigned flushes;

static void test_bits(void **state)
{
	(void)state;
	assert_true(pt_ept.leaf(3, PA(SOME_PA), PT_R) == (SOME_PA | 1 | WB));
	assert_true(pt_ept.leaf(3, PA(SOME_PA), PT_R | PT_W | PT_X | PT_USER) ==
		    (SOME_PA | RWX | WB));
	assert_true(pt_ept.leaf(3, PA(SOME_PA), PT_R | PT_W | PT_DEVICE) == (SOME_PA | 3));
	assert_true(pt_ept.leaf(1, PA(SIZE_1G), PT_R) == (SIZE_1G | 1 | WB | LARGE));
	assert_true(pt_ept.leaf(3, PA(SOME_PA), PT_W) == 0);
	assert_true(pt_ept.leaf(3, PA(SOME_PA), PT_R | PT_GLOBAL) == 0);
	assert_true((pt_ept.leaf(3, PA(SOME_PA), PT_R | PT_W | PT_HELD) & RWX) == 0);
}

static void test_round_trip(void **state)
{
	(void)state;
	for (uint32_t attr = PT_R; attr < PT_HELD * 2; attr++) {
		uint64_t entry = pt_ept.leaf(2, PA(SIZE_2M), attr | PT_USER);

		if (entry == 0)
			continue;
		assert_true(pt_ept.attr(entry) == (attr | PT_USER));
		assert_true(pt_ept.is_valid(entry) == !(attr & PT_HELD));
		assert_true(pt_ept.is_present(entry) && !pt_ept.is_table(entry, 2));
		assert_true(pt_ept.pa(entry).v == SIZE_2M);
	}
}

static void *take(void *ctx)
{
	(void)ctx;
	return memset(aligned_alloc(PAGE_SIZE, PAGE_SIZE), 0, PAGE_SIZE);
}

static void give(void *ctx, void *table)
{
	(void)ctx;
	free(table);
}

static pa_t to_pa(void *ctx, const void *table)
{
	(void)ctx;
	return PA((uintptr_t)table);
}

static void *to_va(void *ctx, pa_t table)
{
	(void)ctx;
	return (void *)(uintptr_t)table.v;
}

static void publish(void *ctx, const void *start, size_t bytes)
{
	(void)ctx;
	(void)start;
	(void)bytes;
}

static void flush(void *ctx, uint64_t in, uint64_t size)
{
	struct pt_leaf leaf;

	/* what stays is there while cores forget what goes */
	assert_true(pt_lookup(*(struct pt **)ctx, SIZE_1G, &leaf));
	assert_true(in >= SIZE_1G + SIZE_2M && size <= SIZE_2M);
	flushes++;
}

static void test_split_in_use(void **state)
{
	static const struct pt_ops ops = {take, give, to_pa, to_va, publish, flush, NULL};
	const struct pt_format *const formats[] = {&pt_ept, &pt_npt, &pt_ept_2m, &pt_npt_2m};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct pt *self;
		struct pt pt = {.format = formats[i],
				.ops = &ops,
				.ctx = &self,
				.root = take(NULL),
				.in_bits = 48};
		struct pt_leaf leaf;

		self = &pt;
		flushes = 0;
		assert_int_equal(
			pt_map(&pt, SIZE_1G, PA(SIZE_1G), SIZE_1G, PT_R | PT_W | PT_X | PT_USER),
			0);
		assert_int_equal(pt_unmap(&pt, SIZE_1G + SIZE_2M, PAGE_SIZE), 0);
		assert_int_equal(flushes, 1);
		assert_false(pt_lookup(&pt, SIZE_1G + SIZE_2M, &leaf));
		assert_true(pt_lookup(&pt, SIZE_1G + SIZE_2M + PAGE_SIZE, &leaf) &&
			    leaf.size == PAGE_SIZE);
		pt_destroy(&pt);
		free(pt.root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_split_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
