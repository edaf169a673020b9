/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The x86-64 format, bit by bit as the Intel SDM draws it (3A 4.5), that attr gives back what leaf was given, and that the format without
 * pages of 1 GiB makes none.
 */
#include "pt_model.h"
#include "unit.h"
#include <lib/pt.h>

#define P   UINT64_C(0x1)
#define W   UINT64_C(0x2)
#define U   UINT64_C(0x4)
#define PWT UINT64_C(0x8)
#define PCD UINT64_C(0x10)
#define A   UINT64_C(0x20)
#define D   UINT64_C(0x40)
#define PS  UINT64_C(0x80)
#define G   UINT64_C(0x100)
#define NX  UINT64_C(0x8000000000000000)

#define SOME_PA UINT64_C(0x0003456789abc000)
#define BASE    (SOME_PA | A | P)

static uint64_t page(uint32_t attr)
{
	return pt_x86.leaf(3, PA(SOME_PA), attr);
}

static void test_bits(void **state)
{
	(void)state;
	assert_true(page(PT_R) == (BASE | NX));
	assert_true(page(PT_R | PT_W) == (BASE | W | D | NX));
	assert_true(page(PT_R | PT_X) == BASE);
	assert_true(page(PT_R | PT_X | PT_USER) == (BASE | U));
	assert_true(page(PT_R | PT_W | PT_USER) == (BASE | W | D | U | NX));
	assert_true(page(PT_R | PT_W | PT_GLOBAL) == (BASE | W | D | G | NX));
	assert_true(page(PT_R | PT_W | PT_DEVICE) == (BASE | W | D | PWT | PCD | NX));
	assert_true(page(PT_R | PT_W | PT_NC) == (BASE | W | D | PCD | NX));
	assert_true(pt_x86.leaf(2, PA(SIZE_2M), PT_R | PT_W) ==
		    (SIZE_2M | P | W | A | D | PS | NX));
	assert_true(pt_x86.leaf(1, PA(SIZE_1G), PT_R | PT_W) ==
		    (SIZE_1G | P | W | A | D | PS | NX));
}

static void check_round_trip(unsigned level, uint32_t attr)
{
	pa_t pa = PA(SOME_PA & ~(SIZE_1G - 1));
	uint64_t entry = pt_x86.leaf(level, pa, attr);

	if (entry == 0)
		return;
	assert_true(pt_x86.attr(entry) == attr);
	assert_true(pt_x86.pa(entry).v == pa.v);
	assert_true(pt_x86.is_valid(entry) == !(attr & PT_HELD));
	assert_true(pt_x86.is_present(entry));
	assert_false(pt_x86.is_table(entry, level));
	assert_true(pt_x86.leaf(level, pt_x86.pa(entry), pt_x86.attr(entry)) == entry);
	/* hardware does not look at what is held */
	assert_false(pt_x86.leaf(level, pa, attr | PT_HELD) & P);
}

static void test_round_trips(void **state)
{
	(void)state;
	for (unsigned level = 1; level <= 3; level++)
		for (uint32_t attr = 0; attr < 1u << 9; attr++)
			check_round_trip(level, attr);
}

static void test_not_expressible(void **state)
{
	(void)state;
	assert_true(pt_x86.leaf(0, PA(0), PT_R) == 0);
	assert_true(pt_x86.leaf(3, PA(UINT64_C(1) << 52), PT_R) == 0);
	assert_true(pt_x86.leaf(3, PA(1), PT_R) == 0);
	assert_true(page(PT_R | PT_DEVICE | PT_NC) == 0);
	assert_true(page(PT_W) == 0 && page(PT_X | PT_USER) == 0 && page(0) == 0);
	assert_true(page(PT_R | 1u << 8) == 0 && page(PT_R | 1u << 31) == 0);
}

static void test_tables(void **state)
{
	uint64_t entry = pt_x86.table(PA(SOME_PA));

	(void)state;
	assert_true(entry == (SOME_PA | P | W | U | A));
	assert_true(pt_x86.is_table(entry, 0) && pt_x86.is_table(entry, 1) &&
		    pt_x86.is_table(entry, 2));
	assert_false(pt_x86.is_table(entry, 3));
	assert_true(pt_x86.is_valid(entry) && pt_x86.is_present(entry));
	assert_true(pt_x86.pa(entry).v == SOME_PA);
	assert_false(pt_x86.is_present(0));
	assert_false(pt_x86.is_table(page(PT_R | PT_HELD), 2));
}

/* bytes of the largest entry that maps 4 GiB */
static uint64_t largest(const struct pt_format *format)
{
	struct pt pt;
	struct pt_model *model = pt_model_start(&pt, format, 0, 48);
	struct pt_leaf leaf;

	assert_int_equal(pt_map(&pt, 0, PA(0), 4 * SIZE_1G, PT_R), 0);
	assert_true(pt_lookup(&pt, SIZE_1G, &leaf));
	pt_model_end(model, &pt);
	return leaf.size;
}

static void test_sizes(void **state)
{
	(void)state;
	assert_true(largest(&pt_x86) == SIZE_1G);
	assert_true(largest(&pt_x86_2m) == SIZE_2M);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bits),   cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_tables), cmocka_unit_test(test_not_expressible),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
