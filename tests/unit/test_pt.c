/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The page-table walker, case by case, on the fake machine of pt_model.h: which sizes of leaf it
 * chooses, how often and what it flushes, which errors it answers, and that an error leaves things
 * as they were.
 */
#include "pt_model.h"
#include "unit.h"
#include <bulkhead/status.h>

#define RW    (PT_R | PT_W)
#define LIMIT (UINT64_C(1) << 39)

struct machine {
	struct pt pt;
	struct pt_model *model;
};

static struct machine machine_start(void)
{
	struct machine m;

	m.model = pt_model_start(&m.pt, &pt_arm64_stage1, 1, 39);
	return m;
}

static void machine_check(struct machine *m)
{
	pt_model_settle(m->model);
	assert_null(m->model->violation);
}

static void machine_end(struct machine *m)
{
	machine_check(m);
	pt_model_end(m->model, &m->pt);
}

static void map(struct machine *m, uint64_t in, uint64_t pa, uint64_t size, uint32_t attr)
{
	assert_int_equal(pt_map(&m->pt, in, PA(pa), size, attr), BH_OK);
	assert_int_equal(m->model->flushes, 0);
	machine_check(m);
}

static void expect_leaf(struct machine *m, uint64_t at, uint64_t in, uint64_t pa, uint64_t size,
			uint32_t attr)
{
	struct pt_leaf leaf;

	assert_true(pt_lookup(&m->pt, at, &leaf));
	assert_true(leaf.in == in && leaf.pa.v == pa && leaf.size == size && leaf.attr == attr);
}

static void expect_hole(struct machine *m, uint64_t at)
{
	struct pt_leaf leaf;

	assert_false(pt_lookup(&m->pt, at, &leaf));
}

static void expect_flushed(struct machine *m, unsigned flushes, uint64_t in, uint64_t size)
{
	assert_int_equal(m->model->flushes, flushes);
	if (flushes > 0)
		assert_true(m->model->flush_low == in && m->model->flush_high == in + size);
	machine_check(m);
}

static bool count_leaf(void *arg, const struct pt_leaf *leaf)
{
	unsigned *left = arg;

	(void)leaf;
	return --*left > 0;
}

/* counts at most `most` */
static unsigned leaf_count(struct machine *m, uint64_t in, uint64_t size, unsigned most)
{
	unsigned left = most;

	pt_visit(&m->pt, in, size, count_leaf, &left);
	return most - left;
}

static void test_bad_ranges(void **state)
{
	struct machine m = machine_start();
	const struct {
		uint64_t in, size;
		int status;
	} bad[] = {
		{1, PAGE_SIZE, BH_EINVAL},
		{0, PAGE_SIZE + 1, BH_EINVAL},
		{0, 0, BH_EINVAL},
		{UINT64_MAX - PAGE_SIZE + 1, PAGE_SIZE, BH_EINVAL},
		{PAGE_SIZE, UINT64_MAX - PAGE_SIZE + 1, BH_EINVAL},
		{LIMIT, PAGE_SIZE, BH_ERANGE},
		{LIMIT - PAGE_SIZE, 2 * PAGE_SIZE, BH_ERANGE},
		{UINT64_C(1) << 63, PAGE_SIZE, BH_ERANGE},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(pt_map(&m.pt, bad[i].in, PA(0), bad[i].size, RW), bad[i].status);
		assert_int_equal(pt_unmap(&m.pt, bad[i].in, bad[i].size), bad[i].status);
		assert_int_equal(pt_protect(&m.pt, bad[i].in, bad[i].size, RW), bad[i].status);
	}
	assert_int_equal(pt_map(&m.pt, 0, PA(0x800), PAGE_SIZE, RW), BH_EINVAL);
	assert_int_equal(pt_map(&m.pt, 0, PA(UINT64_MAX - PAGE_SIZE + 1), 2 * PAGE_SIZE, RW),
			 BH_EINVAL);
	assert_int_equal(pt_map(&m.pt, 0, PA((UINT64_C(1) << 48) - PAGE_SIZE), 2 * PAGE_SIZE, RW),
			 BH_ERANGE);
	assert_int_equal(pt_map(&m.pt, 0, PA(0), PAGE_SIZE, RW | PT_NC | PT_DEVICE), BH_ERANGE);
	assert_int_equal(pt_protect(&m.pt, 0, PAGE_SIZE, PT_W), BH_ERANGE);
	expect_hole(&m, LIMIT);
	expect_hole(&m, UINT64_MAX);
	assert_int_equal(m.model->live, 0);
	machine_end(&m);
}

static void test_leaf_sizes(void **state)
{
	struct machine m = machine_start();

	(void)state;
	/* one page, then 2 MiB blocks, then 1 GiB, then down again */
	map(&m, SIZE_1G - SIZE_2M - PAGE_SIZE, SIZE_1G * 5 - SIZE_2M - PAGE_SIZE,
	    SIZE_1G + 2 * SIZE_2M + 2 * PAGE_SIZE, RW);
	expect_leaf(&m, SIZE_1G - SIZE_2M - 1, SIZE_1G - SIZE_2M - PAGE_SIZE,
		    SIZE_1G * 5 - SIZE_2M - PAGE_SIZE, PAGE_SIZE, RW);
	expect_leaf(&m, SIZE_1G - 1, SIZE_1G - SIZE_2M, SIZE_1G * 5 - SIZE_2M, SIZE_2M, RW);
	expect_leaf(&m, SIZE_1G, SIZE_1G, SIZE_1G * 5, SIZE_1G, RW);
	expect_leaf(&m, 2 * SIZE_1G, 2 * SIZE_1G, SIZE_1G * 6, SIZE_2M, RW);
	expect_leaf(&m, 2 * SIZE_1G + SIZE_2M, 2 * SIZE_1G + SIZE_2M, SIZE_1G * 6 + SIZE_2M,
		    PAGE_SIZE, RW);
	assert_int_equal(leaf_count(&m, 0, LIMIT, 100), 5);
	assert_int_equal(m.model->live, 4);
	/* in and pa apart by less than a block */
	map(&m, 4 * SIZE_1G, PAGE_SIZE, SIZE_2M, RW);
	expect_leaf(&m, 4 * SIZE_1G + SIZE_2M - 1, 4 * SIZE_1G + SIZE_2M - PAGE_SIZE, SIZE_2M,
		    PAGE_SIZE, RW);
	assert_int_equal(leaf_count(&m, 4 * SIZE_1G, SIZE_1G, 1000), 512);
	machine_end(&m);
}

static void test_map_whole_space(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map(&m, 0, 0, LIMIT, RW);
	assert_int_equal(leaf_count(&m, 0, UINT64_MAX, 1000), 512);
	assert_int_equal(m.model->live, 0);
	assert_int_equal(pt_unmap(&m.pt, 0, LIMIT), BH_OK);
	expect_flushed(&m, 1, 0, LIMIT);
	expect_hole(&m, 0);
	machine_end(&m);
}

static void test_map_over_mapped(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map(&m, SIZE_2M, 0, PAGE_SIZE, PT_R | PT_HELD);
	assert_int_equal(pt_map(&m.pt, 0, PA(0), SIZE_1G, RW), BH_EEXIST);
	expect_hole(&m, 0);
	expect_hole(&m, SIZE_2M + PAGE_SIZE);
	assert_int_equal(pt_map(&m.pt, SIZE_2M, PA(SIZE_1G), PAGE_SIZE, RW), BH_EEXIST);
	expect_leaf(&m, SIZE_2M, SIZE_2M, 0, PAGE_SIZE, PT_R | PT_HELD);
	map(&m, SIZE_1G, 0, SIZE_1G, RW);
	assert_int_equal(pt_map(&m.pt, SIZE_1G + PAGE_SIZE, PA(0), PAGE_SIZE, RW), BH_EEXIST);
	machine_end(&m);
}

static void test_unmap_frees_tables(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map(&m, SIZE_1G, 0, 4 * PAGE_SIZE, RW);
	assert_int_equal(m.model->live, 2);
	assert_int_equal(pt_unmap(&m.pt, SIZE_1G + PAGE_SIZE, PAGE_SIZE), BH_OK);
	expect_flushed(&m, 1, SIZE_1G + PAGE_SIZE, PAGE_SIZE);
	assert_int_equal(m.model->live, 2);
	assert_int_equal(pt_unmap(&m.pt, 0, 2 * SIZE_1G), BH_OK);
	assert_int_equal(m.model->flushes, 1);
	machine_check(&m);
	assert_int_equal(m.model->live, 0);
	machine_end(&m);
}

static void test_unmap_nothing(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map(&m, 0, 0, PAGE_SIZE, RW);
	assert_int_equal(pt_unmap(&m.pt, PAGE_SIZE, LIMIT - PAGE_SIZE), BH_OK);
	expect_flushed(&m, 0, 0, 0);
	machine_end(&m);
}

static void test_unmap_splits(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map(&m, SIZE_1G, SIZE_1G, SIZE_1G, RW);
	assert_int_equal(pt_unmap(&m.pt, SIZE_1G + PAGE_SIZE, PAGE_SIZE), BH_OK);
	/* the 1 GiB block, the 2 MiB block, the page */
	expect_flushed(&m, 3, SIZE_1G, SIZE_1G);
	expect_leaf(&m, SIZE_1G, SIZE_1G, SIZE_1G, PAGE_SIZE, RW);
	expect_hole(&m, SIZE_1G + PAGE_SIZE);
	expect_leaf(&m, SIZE_1G + 2 * PAGE_SIZE, SIZE_1G + 2 * PAGE_SIZE, SIZE_1G + 2 * PAGE_SIZE,
		    PAGE_SIZE, RW);
	expect_leaf(&m, SIZE_1G + SIZE_2M, SIZE_1G + SIZE_2M, SIZE_1G + SIZE_2M, SIZE_2M, RW);
	assert_int_equal(m.model->live, 2);
	machine_end(&m);
}

static void test_unmap_held(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map(&m, 0, 0, SIZE_2M, PT_R | PT_HELD);
	/* hardware never saw the block: to split it and take a page needs no flush */
	assert_int_equal(pt_unmap(&m.pt, PAGE_SIZE, PAGE_SIZE), BH_OK);
	expect_flushed(&m, 0, 0, 0);
	/* but the link of the table that goes with the rest does */
	assert_int_equal(pt_unmap(&m.pt, 0, SIZE_2M), BH_OK);
	assert_int_equal(m.model->flushes, 1);
	machine_check(&m);
	assert_int_equal(m.model->live, 0);
	machine_end(&m);
}

static void test_protect_in_place(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map(&m, 0, 0, 4 * SIZE_2M, RW);
	assert_int_equal(pt_protect(&m.pt, SIZE_2M, 2 * SIZE_2M, PT_R | PT_X), BH_OK);
	expect_flushed(&m, 1, SIZE_2M, 2 * SIZE_2M);
	expect_leaf(&m, 0, 0, 0, SIZE_2M, RW);
	expect_leaf(&m, SIZE_2M, SIZE_2M, SIZE_2M, SIZE_2M, PT_R | PT_X);
	expect_leaf(&m, 3 * SIZE_2M, 3 * SIZE_2M, 3 * SIZE_2M, SIZE_2M, RW);
	/* what is so already costs nothing */
	assert_int_equal(pt_protect(&m.pt, SIZE_2M, 2 * SIZE_2M, PT_R | PT_X), BH_OK);
	expect_flushed(&m, 0, 0, 0);
	machine_end(&m);
}

static void test_protect_memory_type(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map(&m, 0, 0, 8 * PAGE_SIZE, RW);
	assert_int_equal(pt_protect(&m.pt, 0, 8 * PAGE_SIZE, RW | PT_NC), BH_OK);
	expect_flushed(&m, 1, 0, 8 * PAGE_SIZE); /* one for all the pages */
	expect_leaf(&m, 0, 0, 0, PAGE_SIZE, RW | PT_NC);
	assert_int_equal(pt_protect(&m.pt, 0, 8 * PAGE_SIZE, RW | PT_NC | PT_GLOBAL), BH_OK);
	expect_flushed(&m, 1, 0, 8 * PAGE_SIZE);
	machine_end(&m);
}

static void test_hold_and_revive(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map(&m, 0, SIZE_1G, 4 * PAGE_SIZE, RW | PT_USER);
	assert_int_equal(pt_protect(&m.pt, PAGE_SIZE, 2 * PAGE_SIZE, PT_HELD | PT_USER), BH_OK);
	expect_flushed(&m, 1, PAGE_SIZE, 2 * PAGE_SIZE);
	expect_leaf(&m, PAGE_SIZE, PAGE_SIZE, SIZE_1G + PAGE_SIZE, PAGE_SIZE, PT_HELD | PT_USER);
	assert_int_equal(leaf_count(&m, 0, SIZE_2M, 100), 4);
	assert_int_equal(pt_protect(&m.pt, 0, SIZE_2M, PT_R | PT_USER), BH_OK);
	/* only the two that were valid, though the span takes in the held ones */
	expect_flushed(&m, 1, 0, 4 * PAGE_SIZE);
	expect_leaf(&m, PAGE_SIZE, PAGE_SIZE, SIZE_1G + PAGE_SIZE, PAGE_SIZE, PT_R | PT_USER);
	expect_hole(&m, 4 * PAGE_SIZE);
	machine_end(&m);
}

static void test_visit_stops(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map(&m, 0, 0, SIZE_2M + 16 * PAGE_SIZE, RW);
	assert_int_equal(leaf_count(&m, 0, LIMIT, 3), 3);
	assert_int_equal(leaf_count(&m, 0, LIMIT, 100), 17);
	assert_int_equal(leaf_count(&m, SIZE_2M - PAGE_SIZE, 2 * PAGE_SIZE, 100), 2);
	assert_int_equal(leaf_count(&m, LIMIT, UINT64_MAX, 100), 0);
	assert_int_equal(leaf_count(&m, UINT64_MAX, UINT64_MAX, 100), 0);
	machine_end(&m);
}

/* For every number of allocations that succeed: what fails changes nothing and loses nothing. */
static void test_map_out_of_memory(void **state)
{
	struct machine m = machine_start();
	int status = BH_ENOMEM;

	(void)state;
	map(&m, 3 * SIZE_1G, 0, PAGE_SIZE, RW);
	for (int fail = 0; status == BH_ENOMEM; fail++) {
		m.model->fail_after = fail;
		status = pt_map(&m.pt, SIZE_1G - PAGE_SIZE, PA(0), 4 * SIZE_2M, RW);
		if (status == BH_OK)
			break;
		pt_model_settle(m.model);
		assert_null(m.model->violation);
		assert_int_equal(leaf_count(&m, 0, LIMIT, 100), 1);
		assert_int_equal(m.model->live, 2);
		assert_true(fail < 8);
	}
	assert_int_equal(status, BH_OK);
	m.model->fail_after = -1;
	machine_end(&m);
}

static void test_split_out_of_memory(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map(&m, 0, 0, 2 * SIZE_1G, RW);
	for (int fail = 0; fail < 4; fail++) {
		uint64_t in = SIZE_1G - PAGE_SIZE;

		m.model->fail_after = 0;
		assert_int_equal(pt_protect(&m.pt, in, 2 * PAGE_SIZE, PT_R), BH_ENOMEM);
		assert_int_equal(pt_unmap(&m.pt, in, 2 * PAGE_SIZE), BH_ENOMEM);
		/* each round splits one block more; the translations stay */
		m.model->fail_after = 1;
		assert_int_equal(pt_unmap(&m.pt, in, 2 * PAGE_SIZE), fail < 3 ? BH_ENOMEM : BH_OK);
		pt_model_settle(m.model);
		assert_null(m.model->violation);
		if (fail < 3)
			assert_true(pt_lookup(&m.pt, in, &(struct pt_leaf){.in = 0}));
	}
	expect_hole(&m, SIZE_1G - 1);
	expect_hole(&m, SIZE_1G);
	machine_end(&m);
}

/* Two concatenated roots: the index of the root goes on past 511. */
static void test_concatenated_root(void **state)
{
	struct machine m;

	(void)state;
	m.model = pt_model_start(&m.pt, &pt_arm64_stage2, 1, 40);
	map(&m, LIMIT - SIZE_2M - PAGE_SIZE, 0, 2 * SIZE_2M + 2 * PAGE_SIZE, RW);
	expect_leaf(&m, LIMIT, LIMIT, SIZE_2M + PAGE_SIZE, PAGE_SIZE, RW);
	assert_int_equal(pt_unmap(&m.pt, LIMIT, SIZE_2M / 2), BH_OK);
	machine_check(&m);
	expect_hole(&m, LIMIT);
	expect_leaf(&m, LIMIT - 1, LIMIT - PAGE_SIZE, SIZE_2M, PAGE_SIZE, RW);
	machine_end(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_ranges),
		cmocka_unit_test(test_leaf_sizes),
		cmocka_unit_test(test_map_whole_space),
		cmocka_unit_test(test_map_over_mapped),
		cmocka_unit_test(test_unmap_frees_tables),
		cmocka_unit_test(test_unmap_nothing),
		cmocka_unit_test(test_unmap_splits),
		cmocka_unit_test(test_unmap_held),
		cmocka_unit_test(test_protect_in_place),
		cmocka_unit_test(test_protect_memory_type),
		cmocka_unit_test(test_hold_and_revive),
		cmocka_unit_test(test_visit_stops),
		cmocka_unit_test(test_map_out_of_memory),
		cmocka_unit_test(test_split_out_of_memory),
		cmocka_unit_test(test_concatenated_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
