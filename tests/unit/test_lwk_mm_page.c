/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's page allocator and heap: exact counts, blocks that never overlap, buddies that find
 * each other again, any part of a block freed on its own.
 */
#include "lwk_mm_fake/machine.h"
#include "unit.h"
#include <lwk/errno.h>
#include <lwk/page.h>

#define MEMORY  (64 * SIZE_2M)
#define BLOCKS  400u
#define OBJECTS 3000u
#define ROUNDS  40000u
#define LATE    8u /* units that come after boot */

static uint64_t all_pages;

/* two ranges with odd ends and a hole between, as boot finds them */
static int set_up(void **state)
{
	(void)state;
	fake_memory_create(MEMORY + LATE * SIZE_2M);
	assert_int_equal(page_add_range(PA(FAKE_PA + 3 * PAGE_SIZE), MEMORY / 2 - 8 * PAGE_SIZE, 0),
			 0);
	assert_int_equal(
		page_add_range(PA(FAKE_PA + MEMORY / 2 + PAGE_SIZE), MEMORY / 2 - 3 * PAGE_SIZE, 0),
		0);
	assert_int_equal(page_add_range(PA(FAKE_PA), PAGE_SIZE, 0), 0); /* too small for anything */
	all_pages = page_free_count();
	assert_int_equal(all_pages, page_total_count());
	/* metadata: one byte a page, rounded up to pages, in each of the two */
	assert_int_equal(all_pages,
			 MEMORY / PAGE_SIZE - 11 - 2 * (MEMORY / 2 / PAGE_SIZE / PAGE_SIZE));
	return 0;
}

/* The largest blocks that the memory can have are there: everything is merged. */
static void check_merged(void)
{
	void *large[MEMORY / SIZE_2M];
	unsigned count = 0;

	assert_int_equal(page_free_count(), all_pages);
	while ((large[count] = page_alloc(9)))
		count++;
	assert_int_equal(count, MEMORY / SIZE_2M - 4);
	while (count > 0)
		page_free(large[--count], 9);
	assert_int_equal(page_free_count(), all_pages);
}

static void test_all_single(void **state)
{
	struct random random = random_start();
	void **pages = malloc(all_pages * sizeof(*pages));

	(void)state;
	for (uint64_t i = 0; i < all_pages; i++) {
		pages[i] = page_alloc(0);
		assert_non_null(pages[i]);
		memset(pages[i], (int)i, PAGE_SIZE);
		assert_int_equal(page_free_count(), all_pages - i - 1);
	}
	assert_null(page_alloc(0));
	for (uint64_t i = all_pages; i > 0; i--) {
		uint64_t pick = random_below(&random, i);
		void *page = pages[pick];

		pages[pick] = pages[i - 1];
		page_free(page, 0);
	}
	free(pages);
	check_merged();
}

struct block {
	char *at;
	unsigned order;
	uint64_t mark;
};

static void block_mark(struct block *block, uint64_t mark)
{
	block->mark = mark;
	for (uint64_t page = 0; page < UINT64_C(1) << block->order; page++)
		memcpy(block->at + page * PAGE_SIZE + 8, &mark, 8);
}

static void block_check(const struct block *block)
{
	for (uint64_t page = 0; page < UINT64_C(1) << block->order; page++)
		assert_memory_equal(block->at + page * PAGE_SIZE + 8, &block->mark, 8);
}

/* whole, or in pieces of pages from anywhere within */
static void block_free(struct block *block, struct random *random)
{
	uint64_t pages = UINT64_C(1) << block->order;
	pa_t base = virt_to_phys(block->at);

	block_check(block);
	if (random_one_in(random, 2)) {
		page_free(block->at, block->order);
	} else {
		uint64_t first = random_below(random, pages + 1);
		uint64_t second = first + random_below(random, pages - first + 1);

		if (first < second)
			page_free_range(PA(base.v + first * PAGE_SIZE),
					(second - first) * PAGE_SIZE);
		if (first > 0)
			page_free_range(base, first * PAGE_SIZE);
		if (second < pages)
			page_free_range(PA(base.v + second * PAGE_SIZE),
					(pages - second) * PAGE_SIZE);
	}
	block->at = NULL;
}

static void test_random_blocks(void **state)
{
	static struct block blocks[BLOCKS];
	struct random random = random_start();
	uint64_t used = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct block *block = &blocks[random_below(&random, BLOCKS)];

		if (block->at) {
			used -= UINT64_C(1) << block->order;
			block_free(block, &random);
		} else {
			block->order = (unsigned)random_below(&random,
							      random_one_in(&random, 8) ? 11 : 6);
			block->at = page_alloc(block->order);
			if (block->at) {
				assert_true(IS_ALIGNED(virt_to_phys(block->at).v,
						       PAGE_SIZE << block->order));
				assert_int_equal(page_order(block->at), block->order);
				block_mark(block, random_next(&random));
				used += UINT64_C(1) << block->order;
			}
		}
		assert_int_equal(page_free_count(), all_pages - used);
	}
	for (unsigned i = 0; i < BLOCKS; i++) {
		if (blocks[i].at)
			block_free(&blocks[i], &random);
	}
	check_merged();
}

static void test_heap(void **state)
{
	static struct {
		uint8_t *at;
		size_t size;
	} objects[OBJECTS];
	struct random random = random_start();
	struct heap_stats stats;

	(void)state;
	for (unsigned round = 0; round < 4 * ROUNDS; round++) {
		unsigned i = (unsigned)random_below(&random, OBJECTS);

		if (objects[i].at) {
			for (size_t b = 0; b < objects[i].size; b++)
				assert_int_equal(objects[i].at[b], (uint8_t)i);
			kfree(objects[i].at);
			objects[i].at = NULL;
			continue;
		}
		objects[i].size = random_below(&random, random_one_in(&random, 50) ? 20000 : 700);
		objects[i].at = random_one_in(&random, 2) ? kmalloc(objects[i].size)
							  : kzalloc(objects[i].size);
		assert_non_null(objects[i].at);
		assert_true(IS_ALIGNED((uintptr_t)objects[i].at, 16));
		memset(objects[i].at, (uint8_t)i, objects[i].size);
	}
	heap_get_stats(&stats);
	assert_int_equal(page_free_count() + stats.pages, all_pages);
	for (unsigned i = 0; i < OBJECTS; i++)
		kfree(objects[i].at);
	heap_get_stats(&stats);
	assert_int_equal(stats.objects, 0);
	assert_int_equal(stats.pages, 0);
	check_merged();
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_null(page_alloc(PAGE_ORDER_MAX));
	assert_null(kmalloc(SIZE_1G));
	assert_null(kmalloc(SIZE_MAX));
	assert_int_equal(page_free_count(), all_pages);
}

/* units of the VM's own memory go and come back, in any order; none is added twice */
static void test_units_gone(void **state)
{
	struct random random = random_start();
	void *gone[16];
	unsigned count = 0;

	(void)state;
	for (unsigned round = 0; round < ROUNDS / 100; round++) {
		if (count < 16 && random_one_in(&random, 2)) {
			gone[count] = page_alloc(9);
			assert_non_null(gone[count]);
			page_unit_remove(gone[count++]);
		} else if (count) {
			unsigned pick = (unsigned)random_below(&random, count);
			void *unit = gone[pick];

			gone[pick] = gone[--count];
			assert_int_equal(page_unit_add(virt_to_phys(unit), 0), 0);
			assert_int_equal(page_unit_add(virt_to_phys(unit), 0), -EEXIST);
		}
		assert_int_equal(page_free_count(), all_pages - count * 512);
		assert_int_equal(page_total_count(), all_pages - count * 512);
	}
	while (count)
		assert_int_equal(page_unit_add(virt_to_phys(gone[--count]), 0), 0);
	check_merged();
}

/* memory from outside: its states are the heap's; the last test, as that stays */
static void test_units_late(void **state)
{
	uint64_t first = FAKE_PA + MEMORY, states = 0;

	(void)state;
	for (unsigned i = 0; i < LATE; i++) {
		assert_int_equal(page_unit_add(PA(first + i * SIZE_2M), 0), 0);
		if (i == 0)
			states = all_pages + 512 - page_free_count();
		assert_int_equal(page_free_count(), all_pages + (i + 1) * 512 - states);
	}
	/* the section's states, as the heap rounds them */
	assert_in_range(states, 16, 32);
	assert_int_equal(page_unit_add(PA(first), 0), -EEXIST);
	assert_int_equal(page_total_count(), all_pages + LATE * 512);
	/* they are memory like any other, and go again */
	for (unsigned taken = 0; taken < LATE;) {
		void *unit = page_alloc(9);

		assert_non_null(unit);
		if (virt_to_phys(unit).v >= first) {
			memset(unit, 0xa5, SIZE_2M);
			page_unit_remove(unit);
			taken++;
		}
	}
	assert_int_equal(page_total_count(), all_pages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_single), cmocka_unit_test(test_random_blocks),
		cmocka_unit_test(test_heap),       cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_units_gone), cmocka_unit_test(test_units_late),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
