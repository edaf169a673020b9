/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Address spaces of the LWK against a model that knows every page: what is mapped, with which
 * rights, what it holds. The tables are compared with the model after every few random operations,
 * and all memory must be back at the end.
 */
#include "lwk_mm_fake/machine.h"
#include "unit.h"
#include <lwk/address_space.h>
#include <lwk/errno.h>
#include <lwk/page.h>
#include <lwk/vma.h>

#define MEMORY (64 * SIZE_2M) /* of each of two nodes */
#define WINDOW 16384u         /* pages that the model knows */
#define RANGE  700u           /* the longest range of an operation */
#define ROUNDS 30000u
#define BASE   USER_MMAP_LOW
#define RW     (PROT_READ | PROT_WRITE)

struct page {
	bool is_mapped;
	bool is_lazy;
	bool may_lack; /* was mapped without access: memory comes with the touch */
	uint32_t prot;
	uint64_t content; /* of its first word */
};

static struct page model[WINDOW];
static struct address_space *space;
static uint64_t all_pages;

static int set_up(void **state)
{
	(void)state;
	fake_memory_create(2 * MEMORY);
	assert_int_equal(page_add_range(PA(FAKE_PA), MEMORY, 0), 0);
	assert_int_equal(page_add_range(PA(FAKE_PA + MEMORY), MEMORY, 1), 0);
	return 0;
}

static int start(unsigned nodes)
{
	numa_init(nodes);
	fake_node = 0;
	all_pages = page_free_count();
	memset(model, 0, sizeof(model));
	space = address_space_create();
	assert_non_null(space);
	return 0;
}

static int space_start(void **state)
{
	(void)state;
	return start(1);
}

/* memory comes with the touch, from the node that touches */
static int space_start_numa(void **state)
{
	(void)state;
	return start(2);
}

static int space_end(void **state)
{
	struct heap_stats stats;

	(void)state;
	address_space_destroy(space);
	heap_get_stats(&stats);
	assert_int_equal(stats.objects, 0);
	assert_int_equal(page_free_count(), all_pages);
	assert_int_equal(page_promised_count(), 0);
	return 0;
}

static uint64_t address_of(uint64_t page)
{
	return BASE + page * PAGE_SIZE;
}

/* first word of a page, NULL when it has no memory */
static uint64_t *word_of(uint64_t address)
{
	struct pt_leaf leaf;

	if (!pt_lookup(&space->pt, address, &leaf))
		return NULL;
	return phys_to_virt(PA(leaf.pa.v + (address - leaf.in)));
}

static void check_page(uint64_t page)
{
	const struct page *expected = &model[page];
	struct vma *vma = vma_at(space, address_of(page));
	const uint64_t *word = word_of(address_of(page));
	struct pt_leaf leaf;

	assert_int_equal(vma != NULL, expected->is_mapped);
	if (!vma) {
		assert_null(word);
		return;
	}
	assert_int_equal(vma->prot, expected->prot);
	assert_int_equal(vma->kind, expected->is_lazy ? VMA_LAZY : VMA_BACKED);
	if (!word) {
		assert_true(expected->is_lazy || expected->may_lack);
		assert_int_equal(expected->content, 0);
		return;
	}
	assert_true(pt_lookup(&space->pt, address_of(page), &leaf));
	assert_int_equal(leaf.attr, back_attr(expected->prot));
	assert_int_equal(*word, expected->content);
}

struct owners {
	uint8_t seen[2 * MEMORY / PAGE_SIZE];
	uint64_t pages;
};

static bool leaf_own(void *arg, const struct pt_leaf *leaf)
{
	struct owners *owners = arg;

	for (uint64_t at = 0; at < leaf->size; at += PAGE_SIZE) {
		assert_int_equal(owners->seen[(leaf->pa.v + at - FAKE_PA) / PAGE_SIZE]++, 0);
		owners->pages++;
	}
	return true;
}

static void check_all(void)
{
	static struct owners owners;
	uint64_t end = 0, promised = 0;

	memset(&owners, 0, sizeof(owners));
	for (uint64_t page = 0; page < WINDOW; page++)
		check_page(page);
	pt_visit(&space->pt, 0, USER_TOP, leaf_own, &owners);
	assert_int_equal(owners.pages, space->pages);
	list_for_each (link, &space->vmas) {
		const struct vma *vma = list_entry(link, struct vma, link);

		assert_true(vma->start >= end && vma->start < vma->end);
		end = vma->end;
		if (vma_is_promised(vma))
			promised += ((vma->end - vma->start) >> PAGE_SHIFT) -
				    back_count(space, vma->start, vma->end);
	}
	assert_int_equal(space->promised, promised);
	assert_int_equal(page_promised_count(), promised);
}

static bool is_covered(uint64_t first, uint64_t count)
{
	for (uint64_t i = first; i < first + count; i++) {
		if (!model[i].is_mapped)
			return false;
	}
	return true;
}

static void model_fill(uint64_t first, uint64_t count, struct page page)
{
	for (uint64_t i = first; i < first + count; i++)
		model[i] = page;
}

static void do_map(struct random *random, uint64_t first, uint64_t count)
{
	struct page page = {
		.is_mapped = true,
		.is_lazy = random_one_in(random, 2),
		.prot = (uint32_t)random_below(random, 8),
	};

	page.may_lack = page.prot == 0 || numa_count > 1;

	assert_int_equal(space_map_at(space, address_of(first), count * PAGE_SIZE, page.prot,
				      page.is_lazy ? VMA_LAZY : VMA_BACKED, true),
			 0);
	model_fill(first, count, page);
}

static void do_map_anywhere(struct random *random, uint64_t count)
{
	const struct page page = {.is_mapped = true, .may_lack = numa_count > 1, .prot = RW};
	uint64_t address, first;

	(void)random;
	assert_int_equal(space_map_anywhere(space, 0, count * PAGE_SIZE, RW, VMA_BACKED, &address),
			 0);
	first = (address - BASE) / PAGE_SIZE;
	assert_true(first + count <= WINDOW);
	if (count >= SIZE_2M / PAGE_SIZE)
		assert_true(IS_ALIGNED(address, SIZE_2M));
	for (uint64_t i = first; i < first + count; i++)
		assert_false(model[i].is_mapped);
	model_fill(first, count, page);
}

static void do_unmap(uint64_t first, uint64_t count)
{
	assert_int_equal(space_unmap(space, address_of(first), count * PAGE_SIZE), 0);
	model_fill(first, count, (struct page){.is_mapped = false});
}

static void do_protect(struct random *random, uint64_t first, uint64_t count)
{
	uint32_t prot = (uint32_t)random_below(random, 8);
	int status = space_protect(space, address_of(first), count * PAGE_SIZE, prot);

	assert_int_equal(status, is_covered(first, count) ? 0 : -ENOMEM);
	/* up to the first hole */
	for (uint64_t i = first; i < first + count && model[i].is_mapped; i++)
		model[i].prot = prot;
}

static void do_discard(uint64_t first, uint64_t count)
{
	int status = space_discard(space, address_of(first), count * PAGE_SIZE);

	assert_int_equal(status, is_covered(first, count) ? 0 : -ENOMEM);
	for (uint64_t i = first; i < first + count; i++) {
		if (model[i].is_mapped) {
			model[i].is_lazy = true;
			model[i].content = 0;
		}
	}
}

static bool is_permitted(const struct page *page, enum access access)
{
	if (access == ACCESS_WRITE)
		return page->prot & PROT_WRITE;
	return access == ACCESS_EXEC ? page->prot & PROT_EXEC : page->prot != 0;
}

static void do_access(struct random *random, uint64_t page)
{
	bool is_new = !word_of(address_of(page));
	enum access access = (enum access)random_below(random, 3);
	enum fault fault = address_space_fault(
		space, address_of(page) + random_below(random, PAGE_SIZE), access);

	if (!model[page].is_mapped) {
		assert_int_equal(fault, FAULT_NO_MAPPING);
	} else if (!is_permitted(&model[page], access)) {
		assert_int_equal(fault, FAULT_DENIED);
	} else {
		assert_int_equal(fault, FAULT_RESOLVED);
		if (is_new)
			assert_int_equal(page_node(virt_to_phys(word_of(address_of(page)))),
					 fake_node);
		if (access == ACCESS_WRITE) {
			model[page].content = random_next(random);
			assert_int_equal(
				space_write(space, address_of(page), &model[page].content, 8), 0);
		}
	}
}

/* whether one mapping holds the range: what mremap asks for */
static bool is_one(uint64_t first, uint64_t count)
{
	struct vma *vma = vma_at(space, address_of(first));

	return vma && vma->end >= address_of(first + count);
}

static void do_remap(struct random *random, uint64_t first, uint64_t count)
{
	static struct page moved[2 * RANGE];
	uint64_t new_count = 1 + random_below(random, 2 * RANGE);
	bool may_move = !random_one_in(random, 3);
	uint64_t keep = count < new_count ? count : new_count;
	uint64_t address, to;
	bool fits = is_one(first, count);
	const struct remap remap = {
		.address = address_of(first),
		.old_size = count * PAGE_SIZE,
		.new_size = new_count * PAGE_SIZE,
		.may_move = may_move,
	};
	int status = space_remap(space, &remap, &address);

	if (new_count <= count && model[first].is_mapped) {
		assert_int_equal(status, 0);
		assert_int_equal(address, address_of(first));
		model_fill(first + new_count, count - new_count, (struct page){.is_mapped = false});
		return;
	}
	if (!fits) {
		assert_int_equal(status, -EFAULT);
		return;
	}
	if (status) {
		assert_int_equal(status, -ENOMEM);
		assert_false(may_move || new_count <= count);
		return;
	}
	to = (address - BASE) / PAGE_SIZE;
	assert_true(to + new_count <= WINDOW);
	memcpy(moved, &model[first], keep * sizeof(*moved));
	for (uint64_t i = keep; i < new_count; i++)
		moved[i] = (struct page){.is_mapped = true,
					 .is_lazy = moved[0].is_lazy,
					 .may_lack = moved[0].prot == 0 || numa_count > 1,
					 .prot = moved[0].prot};
	model_fill(first, count, (struct page){.is_mapped = false});
	memcpy(&model[to], moved, new_count * sizeof(*moved));
}

static void test_random(void **state)
{
	struct random random = random_start();

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		/* moved and unplaced mappings need room above */
		uint64_t count = 1 + random_below(&random, random_one_in(&random, 4) ? RANGE : 40);
		uint64_t first = random_below(&random, WINDOW / 8 - RANGE);

		fake_node = (unsigned)random_below(&random, numa_count);
		switch (random_below(&random, 12)) {
		case 0:
		case 1:
			do_map(&random, first, count);
			break;
		case 2:
			do_unmap(first, count);
			break;
		case 3:
			do_map_anywhere(&random, count);
			break;
		case 4:
			do_discard(first, count);
			break;
		case 5:
			do_protect(&random, first, count);
			break;
		case 6:
			do_remap(&random, first, count);
			break;
		case 7: /* what wandered off goes, so that it does not wander out of sight */
			do_unmap(WINDOW / 8, WINDOW - WINDOW / 8);
			break;
		default:
			do_access(&random, first);
		}
		if (round % 64 == 0)
			check_all();
	}
	check_all();
}

/*
 * Growth beyond memory fails and costs nothing; what is there stays usable; a large page can be cut
 * as long as a table can be had. What is touched without a grant, as stacks are, still gets a bit.
 */
static void test_no_memory(void **state)
{
	uint64_t address, stack = BASE + SIZE_1G, free = page_free_count();

	(void)state;
	assert_int_equal(space_map_anywhere(space, 0, MEMORY, RW, VMA_BACKED, &address), -ENOMEM);
	assert_int_equal(page_free_count(), free);
	assert_int_equal(space_map_anywhere(space, 0, UINT64_C(1) << 40, 0, VMA_LAZY, &address), 0);
	assert_int_equal(space_unmap(space, address, UINT64_C(1) << 40), 0);
	assert_int_equal(space_map_anywhere(space, 0, USER_TOP, RW, VMA_BACKED, &address), -ENOMEM);
	while (space_map_anywhere(space, 0, SIZE_2M, RW, VMA_BACKED, &address) == 0)
		;
	while (space_map_anywhere(space, 0, PAGE_SIZE, RW, VMA_BACKED, &address) == 0)
		;
	assert_int_equal(space_map_at(space, stack, SIZE_2M, RW, VMA_STACK, false), 0);
	while (address_space_fault(space, stack, ACCESS_WRITE) == FAULT_RESOLVED)
		stack += PAGE_SIZE;
	assert_in_range(stack - BASE - SIZE_1G, SIZE_2M / 4, SIZE_2M - PAGE_SIZE);
	assert_int_equal(address_space_fault(space, stack, ACCESS_WRITE), FAULT_NO_MEMORY);
	assert_int_equal(space_unmap(space, BASE, SIZE_2M), 0);
	assert_int_equal(address_space_fault(space, stack, ACCESS_WRITE), FAULT_RESOLVED);
}

/*
 * With no page left for a table, a part of a large page can be neither unmapped nor protected: that
 * must change nothing.
 */
static void test_no_memory_to_split(void **state)
{
	uint64_t address, free;
	void *pages[64];
	unsigned count = 0;

	(void)state;
	assert_int_equal(space_map_anywhere(space, 0, SIZE_2M, RW, VMA_BACKED, &address), 0);
	free = page_free_count();
	for (unsigned order = PAGE_ORDER_MAX + 1; order-- > 0;) {
		while (count < 64 && (pages[count] = page_alloc(order)))
			count++;
	}
	assert_int_equal(page_free_count(), 0);
	assert_int_equal(space_unmap(space, address, PAGE_SIZE), -ENOMEM);
	assert_int_equal(space_protect(space, address, PAGE_SIZE, PROT_READ), -ENOMEM);
	assert_non_null(word_of(address));
	assert_non_null(vma_at(space, address));
	while (count > 0) {
		count--;
		page_free(pages[count], (unsigned)page_order(pages[count]));
	}
	assert_int_equal(page_free_count(), free);
	assert_int_equal(space_unmap(space, address, SIZE_2M), 0);
}

static void test_largest_pages(void **state)
{
	uint64_t address;
	struct pt_leaf leaf;

	(void)state;
	assert_int_equal(space_map_anywhere(space, 0, PAGE_SIZE, RW, VMA_BACKED, &address), 0);
	assert_int_equal(
		space_map_anywhere(space, 0, 4 * SIZE_2M + PAGE_SIZE, RW, VMA_BACKED, &address), 0);
	for (uint64_t at = address; at < address + 4 * SIZE_2M; at += SIZE_2M) {
		assert_true(pt_lookup(&space->pt, at, &leaf));
		assert_int_equal(leaf.size, SIZE_2M);
	}
	assert_true(fake_preempt_points >= 4);
}

static void test_brk(void **state)
{
	uint64_t start = 10 * SIZE_2M, brk = start;
	struct random random = random_start();
	struct pt_leaf leaf;

	(void)state;
	assert_int_equal(space_brk_init(space, start), 0);
	assert_int_equal(space_brk(space, 0), start);
	assert_int_equal(space_brk(space, start - 1), start);
	assert_int_equal(space_brk(space, start + 12345), start + 12345);
	assert_int_equal(space_brk(space, start + MEMORY), start + 12345);
	assert_int_equal(space_brk(space, UINT64_MAX), start + 12345);
	for (unsigned round = 0; round < 300; round++) {
		uint64_t old = brk;

		brk = random_one_in(&random, 20) ? start : old + random_below(&random, 200000);
		assert_int_equal(space_brk(space, brk), brk);
		for (uint64_t at = ALIGN_UP(old, PAGE_SIZE); at < brk; at += PAGE_SIZE) {
			assert_non_null(word_of(at));
			assert_int_equal(*word_of(at), 0);
			*word_of(at) = 1;
		}
	}
	brk = start + 8 * SIZE_2M;
	assert_int_equal(space_brk(space, start), start);
	assert_null(word_of(start));
	for (uint64_t at = start; at <= brk; at += 132 * 1024)
		assert_int_equal(space_brk(space, at), at);
	/* in small steps, yet in large pages */
	assert_true(pt_lookup(&space->pt, start + 5 * SIZE_2M, &leaf));
	assert_int_equal(leaf.size, SIZE_2M);
}

static void test_refused(void **state)
{
	uint64_t address;

	(void)state;
	assert_int_equal(space_map_at(space, BASE + 1, PAGE_SIZE, RW, VMA_BACKED, false), -ENOMEM);
	assert_int_equal(space_map_at(space, 0, PAGE_SIZE, RW, VMA_BACKED, true), -ENOMEM);
	assert_int_equal(
		space_map_at(space, USER_TOP - PAGE_SIZE, 2 * PAGE_SIZE, RW, VMA_LAZY, true),
		-ENOMEM);
	assert_int_equal(
		space_map_at(space, UINT64_MAX & ~(PAGE_SIZE - 1), PAGE_SIZE, RW, VMA_LAZY, true),
		-ENOMEM);
	assert_int_equal(space_map_at(space, BASE, 2 * PAGE_SIZE, 0, VMA_GUARD, false), 0);
	assert_int_equal(space_map_at(space, BASE, PAGE_SIZE, RW, VMA_BACKED, false), -EEXIST);
	assert_int_equal(space_map_at(space, BASE, PAGE_SIZE, RW, VMA_BACKED, true), -EINVAL);
	assert_int_equal(space_unmap(space, BASE, PAGE_SIZE), -EINVAL);
	assert_int_equal(space_protect(space, BASE, PAGE_SIZE, RW), -EACCES);
	assert_int_equal(address_space_fault(space, BASE, ACCESS_READ), FAULT_NO_MAPPING);
	assert_int_equal(space_unmap(space, BASE, UINT64_C(0) - PAGE_SIZE), -EINVAL);
	assert_int_equal(space_remap(space,
				     &(struct remap){.address = BASE,
						     .old_size = PAGE_SIZE,
						     .new_size = 3 * PAGE_SIZE,
						     .may_move = true},
				     &address),
			 -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_random, space_start, space_end),
		cmocka_unit_test_setup_teardown(test_random, space_start_numa, space_end),
		cmocka_unit_test_setup_teardown(test_no_memory, space_start, space_end),
		cmocka_unit_test_setup_teardown(test_no_memory_to_split, space_start, space_end),
		cmocka_unit_test_setup_teardown(test_largest_pages, space_start, space_end),
		cmocka_unit_test_setup_teardown(test_brk, space_start, space_end),
		cmocka_unit_test_setup_teardown(test_refused, space_start, space_end),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
