/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Operations on address spaces with each of their allocations failing in turn: what fails says so and has done nothing (but
 * for the mapping that a MAP_FIXED replaces, which goes first, as on Linux), and nothing is lost. The allocators are wrapped
 * by the linker.
 */
#include "lwk_mm_fake/machine.h"
#include "unit.h"
#include <lwk/address_space.h>
#include <lwk/errno.h>
#include <lwk/page.h>
#include <lwk/vma.h>

#define MEMORY  (64 * SIZE_2M)
#define BASE    USER_MMAP_LOW
#define PAGES   4096u /* that are watched, from BASE on */
#define HEAP    (8 * SIZE_2M)
#define RW      (PROT_READ | PROT_WRITE)
#define TRIES   4000
#define SPOT(n) (BASE + (n)*PAGE_SIZE)

void *__real_page_alloc(unsigned order);
void *__real_page_alloc_zeroed(unsigned order);
void *__real_page_alloc_at(unsigned order, struct numa_place place);
void *__real_kmalloc(size_t size);
void *__real_kzalloc(size_t size);
void *__wrap_page_alloc(unsigned order);
void *__wrap_page_alloc_zeroed(unsigned order);
void *__wrap_page_alloc_at(unsigned order, struct numa_place place);
void *__wrap_kmalloc(size_t size);
void *__wrap_kzalloc(size_t size);

static int countdown = -1; /* until allocations fail; -1: never */
static bool fails_on;      /* all that come after, too */
static bool has_failed;

static bool may_allocate(void)
{
	if (countdown != 0) {
		countdown -= countdown > 0;
		return true;
	}
	has_failed = true;
	if (!fails_on)
		countdown = -1;
	return false;
}

void *__wrap_page_alloc(unsigned order)
{
	return may_allocate() ? __real_page_alloc(order) : NULL;
}

void *__wrap_page_alloc_zeroed(unsigned order)
{
	return may_allocate() ? __real_page_alloc_zeroed(order) : NULL;
}

void *__wrap_page_alloc_at(unsigned order, struct numa_place place)
{
	return may_allocate() ? __real_page_alloc_at(order, place) : NULL;
}

void *__wrap_kmalloc(size_t size)
{
	return may_allocate() ? __real_kmalloc(size) : NULL;
}

void *__wrap_kzalloc(size_t size)
{
	return may_allocate() ? __real_kzalloc(size) : NULL;
}

static struct address_space *space;
static uint64_t all_pages;

/* What a program could tell of a page: memory that is not there yet reads as zero. */
struct sight {
	bool is_mapped;
	uint32_t prot;
	uint32_t attr; /* of the leaf, where there is one */
	uint64_t content;
	struct numa_policy policy;
};

struct view {
	struct sight pages[PAGES];
	struct sight heap[HEAP / PAGE_SIZE];
	uint64_t brk;
};

static struct sight look_at(uint64_t address)
{
	struct vma *vma = vma_at(space, address);
	struct sight sight = {.is_mapped = vma};
	struct pt_leaf leaf;

	if (vma) {
		sight.prot = vma->prot;
		sight.policy = vma->policy;
	}
	if (pt_lookup(&space->pt, address, &leaf)) {
		assert_non_null(vma);
		assert_int_equal(leaf.attr, back_attr(vma->prot));
		memcpy(&sight.content, phys_to_virt(PA(leaf.pa.v + (address - leaf.in))), 8);
	}
	return sight;
}

static void look(struct view *view)
{
	memset(view, 0, sizeof(*view));
	for (uint64_t i = 0; i < PAGES; i++)
		view->pages[i] = look_at(SPOT(i));
	for (uint64_t i = 0; i < HEAP / PAGE_SIZE; i++)
		view->heap[i] = look_at(HEAP + i * PAGE_SIZE);
	view->brk = space->brk;
}

/* Every promise of a space is one for a page that is not there. */
static void check_promises(void)
{
	uint64_t promised = 0;

	list_for_each (link, &space->vmas) {
		const struct vma *vma = list_entry(link, struct vma, link);

		if (vma_is_promised(vma))
			promised += ((vma->end - vma->start) >> PAGE_SHIFT) -
				    back_count(space, vma->start, vma->end);
	}
	assert_int_equal(space->promised, promised);
	assert_int_equal(page_promised_count(), promised);
}

static void fill(uint64_t address, uint64_t size)
{
	for (uint64_t at = address; at < address + size; at += PAGE_SIZE)
		assert_int_equal(space_write(space, at, &at, sizeof(at)), 0);
}

static void map(uint64_t address, uint64_t size, enum vma_kind kind)
{
	assert_int_equal(space_map_at(space, address, size, RW, kind, true), 0);
}

/* 4 large pages, a hole, 2 large pages, small ones, a reservation, a heap */
static void prepare(void)
{
	space = address_space_create();
	assert_non_null(space);
	map(BASE, 4 * SIZE_2M, VMA_BACKED);
	fill(BASE, 4 * SIZE_2M);
	map(BASE + 5 * SIZE_2M, SIZE_2M, VMA_BACKED);
	fill(BASE + 5 * SIZE_2M, SIZE_2M);
	map(SPOT(3100), 20 * PAGE_SIZE, VMA_BACKED);
	fill(SPOT(3100), 20 * PAGE_SIZE);
	map(SPOT(3200), 400 * PAGE_SIZE, VMA_LAZY);
	assert_int_equal(space_brk_init(space, HEAP), 0);
	assert_int_equal(space_brk(space, HEAP + 5 * PAGE_SIZE + 7), HEAP + 5 * PAGE_SIZE + 7);
	fill(HEAP, 5 * PAGE_SIZE);
}

static int unmap_middle(void)
{
	return space_unmap(space, SPOT(700), 3 * PAGE_SIZE);
}

static int unmap_across(void)
{
	return space_unmap(space, SPOT(700), 2400 * PAGE_SIZE + 7 * PAGE_SIZE);
}

static int protect_middle(void)
{
	return space_protect(space, SPOT(513), PAGE_SIZE, PROT_READ);
}

static int protect_across(void)
{
	return space_protect(space, SPOT(100), 1000 * PAGE_SIZE, 0);
}

static int discard_middle(void)
{
	return space_discard(space, SPOT(100), 600 * PAGE_SIZE);
}

static int policy_middle(void)
{
	const struct numa_policy policy = {.mode = NUMA_BIND, .nodes = 1};

	return space_set_policy(space, SPOT(3105), PAGE_SIZE, policy);
}

static int touch(void)
{
	enum fault fault = address_space_fault(space, SPOT(3250), ACCESS_WRITE);

	assert_true(fault == FAULT_RESOLVED || fault == FAULT_NO_MEMORY);
	return fault == FAULT_RESOLVED ? 0 : -ENOMEM;
}

static int populate(void)
{
	return space_populate(space, SPOT(3200), 400 * PAGE_SIZE, ACCESS_WRITE);
}

static int map_new(void)
{
	uint64_t address;
	int status = space_map_anywhere(space, 0, 600 * PAGE_SIZE, PROT_READ, VMA_BACKED, &address);

	return status ? status : space_unmap(space, address, 600 * PAGE_SIZE);
}

static int map_small(void)
{
	return space_map_at(space, SPOT(2200), 3 * PAGE_SIZE, RW, VMA_BACKED, false);
}

static int map_over(void)
{
	return space_map_at(space, SPOT(1000), 100 * PAGE_SIZE, PROT_READ, VMA_BACKED, true);
}

static int move(uint64_t from, uint64_t old, uint64_t new, uint64_t target, bool keeps_old)
{
	const struct remap remap = {
		.address = from,
		.old_size = old * PAGE_SIZE,
		.new_size = new *PAGE_SIZE,
		.target = target,
		.may_move = true,
		.is_fixed = target,
		.keeps_old = keeps_old,
	};
	uint64_t address;

	return space_remap(space, &remap, &address);
}

static int remap_grow(void)
{
	return move(SPOT(3100), 20, 60, 0, false);
}

static int remap_move(void)
{
	return move(SPOT(5), 1500, 1600, 0, false);
}

static int remap_odd(void)
{
	return move(SPOT(1), 600, 600, SPOT(3700), false);
}

static int remap_onto(void)
{
	return move(SPOT(100), 30, 40, SPOT(2600), false);
}

static int remap_keep(void)
{
	return move(SPOT(100), 30, 30, 0, true);
}

static int remap_shrink(void)
{
	return move(SPOT(0), 2048, 700, 0, false);
}

static int grow_heap(void)
{
	uint64_t wanted = HEAP + 3 * SIZE_2M + 99;

	return space_brk(space, wanted) == wanted ? 0 : -ENOMEM;
}

/* what is above the break reads as zero when it comes back: so it is given back, or the break stays */
static int shrink_heap(void)
{
	uint64_t wanted = HEAP + 2 * PAGE_SIZE;

	if (space_brk(space, wanted) != wanted)
		return -ENOMEM;
	assert_true(back_is_empty(space, wanted, HEAP + 5 * PAGE_SIZE));
	return 0;
}

static const struct action {
	const char *name;
	int (*act)(void);
	uint64_t first, count; /* pages that may be gone when it failed */
} actions[] = {
	{"unmap in a large page", unmap_middle, 0, 0},
	{"unmap across", unmap_across, 0, 0},
	{"protect in a large page", protect_middle, 0, 0},
	{"protect across", protect_across, 0, 0},
	{"discard", discard_middle, 0, 0},
	{"policy", policy_middle, 0, 0},
	{"touch", touch, 0, 0},
	{"populate", populate, 0, 0},
	{"map and unmap", map_new, 0, 0},
	{"map small", map_small, 0, 0},
	{"map over", map_over, 1000, 100},
	{"remap: grow", remap_grow, 0, 0},
	{"remap: move", remap_move, 0, 0},
	{"remap: move, no large page fits", remap_odd, 3700, 600},
	{"remap: onto another", remap_onto, 2600, 40},
	{"remap: keep", remap_keep, 0, 0},
	{"remap: shrink", remap_shrink, 0, 0},
	{"grow the heap", grow_heap, 0, 0},
	{"shrink the heap", shrink_heap, 0, 0},
};

static bool is_same(const struct view *before, const struct view *after,
		    const struct action *action)
{
	for (uint64_t i = 0; i < PAGES; i++) {
		bool may_go = i - action->first < action->count && !after->pages[i].is_mapped;

		if (!may_go && memcmp(&before->pages[i], &after->pages[i], sizeof(struct sight)))
			return false;
	}
	return memcmp(before->heap, after->heap, sizeof(before->heap)) == 0 &&
	       before->brk == after->brk;
}

/* The action with allocation `n` failing; whether there was one. */
static bool try_at(const struct action *action, int n, bool on)
{
	static struct view before, after;
	int status;

	prepare();
	look(&before);
	has_failed = false;
	fails_on = on;
	countdown = n;
	status = action->act();
	countdown = -1;
	if (status != 0 && status != -ENOMEM)
		fail_msg("%s, allocation %d: status %d", action->name, n, status);
	look(&after);
	if (status && has_failed && !is_same(&before, &after, action))
		fail_msg("%s, allocation %d: failed and has done something", action->name, n);
	if (!has_failed && status)
		fail_msg("%s: failed without a reason", action->name);
	check_promises();
	address_space_destroy(space);
	assert_int_equal(page_free_count(), all_pages);
	assert_int_equal(page_promised_count(), 0);
	return has_failed;
}

static void test_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		int tries[2] = {0, 0};

		for (int on = 0; on < 2; on++) {
			while (try_at(&actions[i], tries[on], on))
				assert_true(++tries[on] < TRIES);
		}
		assert_true(tries[0] > 0);
		print_message("%s: %d allocations\n", actions[i].name, tries[0]);
	}
}

static void test_create(void **state)
{
	int n = 0;

	(void)state;
	for (space = NULL; !space; n++) {
		countdown = n;
		fails_on = false;
		space = address_space_create();
		if (!space)
			assert_int_equal(page_free_count(), all_pages);
	}
	countdown = -1;
	assert_true(n > 1);
	address_space_destroy(space);
	assert_int_equal(page_free_count(), all_pages);
}

static int set_up(void **state)
{
	(void)state;
	fake_memory_create(2 * MEMORY);
	numa_init(2);
	assert_int_equal(page_add_range(PA(FAKE_PA), MEMORY, 0), 0);
	assert_int_equal(page_add_range(PA(FAKE_PA + MEMORY), MEMORY, 1), 0);
	return 0;
}

static int with_nodes(unsigned nodes)
{
	numa_init(nodes);
	all_pages = page_free_count();
	return 0;
}

static int one_node(void **state)
{
	(void)state;
	return with_nodes(1);
}

static int two_nodes(void **state)
{
	(void)state;
	return with_nodes(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_create, one_node),
		cmocka_unit_test_setup(test_each, one_node),
		cmocka_unit_test_setup(test_each, two_nodes),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
