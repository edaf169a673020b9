/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Leaves that grow together in use: memory that comes in units of 2 MiB, and in pages within one of them, goes and comes at random. After each
 * step the entries are as few as they can be, what is mapped is what a table of units says, and the machine of pt_model.h has never seen two different
 * things at one address; growing flushes nothing.
 */
#include "pt_model.h"
#include "unit.h"
#include <bulkhead/status.h>

#define UNITS      1024u /* two blocks of 1 GiB */
#define PAGES      512u
#define BASE       SIZE_1G
#define PAGED      700u /* the unit that comes in pages, too */
#define OPERATIONS 1500u

static const uint32_t attrs[] = {PT_R | PT_W | PT_X | PT_USER, PT_R | PT_USER};

/* what is where: 0: nothing, else an index into attrs and 1 */
struct window {
	uint8_t units[UNITS]; /* all but PAGED */
	uint8_t pages[PAGES]; /* of PAGED */
};

static bool pages_are_alike(const struct window *window)
{
	for (unsigned i = 1; i < PAGES; i++)
		if (window->pages[i] != window->pages[0])
			return false;
	return true;
}

static uint8_t kind_of(const struct window *window, unsigned unit)
{
	return unit == PAGED ? window->pages[0] : window->units[unit];
}

static bool is_one(const struct window *window, unsigned first)
{
	bool has_pages = first <= PAGED && PAGED < first + UNITS / 2;

	for (unsigned i = first; i < first + UNITS / 2; i++)
		if (!kind_of(window, i) || kind_of(window, i) != kind_of(window, first))
			return false;
	return !has_pages || pages_are_alike(window);
}

static unsigned leaves_at_least(const struct window *window, bool has_1g)
{
	unsigned count = 0;

	for (unsigned first = 0; first < UNITS; first += UNITS / 2) {
		if (has_1g && is_one(window, first)) {
			count++;
			continue;
		}
		for (unsigned i = first; i < first + UNITS / 2; i++)
			count += i != PAGED && window->units[i];
	}
	if (has_1g && is_one(window, PAGED / (UNITS / 2) * (UNITS / 2)))
		return count;
	if (pages_are_alike(window))
		return count + (window->pages[0] != 0);
	for (unsigned i = 0; i < PAGES; i++)
		count += window->pages[i] != 0;
	return count;
}

struct seen {
	struct window window;
	unsigned leaves;
};

static bool leaf_seen(void *arg, const struct pt_leaf *leaf)
{
	struct seen *seen = arg;
	uint8_t kind = leaf->attr == attrs[0] ? 1 : 2;

	assert_true(leaf->attr == attrs[kind - 1] && leaf->pa.v == leaf->in);
	seen->leaves++;
	for (uint64_t at = leaf->in - BASE; at < leaf->in - BASE + leaf->size; at += PAGE_SIZE) {
		unsigned unit = (unsigned)(at / SIZE_2M);

		if (unit == PAGED)
			seen->window.pages[at % SIZE_2M / PAGE_SIZE] = kind;
		else
			seen->window.units[unit] = kind;
	}
	return true;
}

static void compare(const struct pt *pt, const struct window *window, bool has_1g)
{
	struct seen seen = {0};

	pt_visit(pt, 0, UINT64_MAX, leaf_seen, &seen);
	assert_memory_equal(&seen.window, window, sizeof(*window));
	assert_int_equal(seen.leaves, leaves_at_least(window, has_1g));
}

/* Units or pages, as far as they are holes in a row: each row is mapped at once. */
static int rows_map(struct pt *pt, uint8_t *kinds, unsigned count, uint64_t at, uint64_t size,
		    uint8_t kind)
{
	for (unsigned i = 0; i < count;) {
		unsigned end = i;
		int status;

		while (end < count && !kinds[end])
			end++;
		if (end == i) {
			i++;
			continue;
		}
		status = pt_map(pt, at + i * size, PA(at + i * size), (end - i) * size,
				attrs[kind - 1]);
		if (status != BH_OK)
			return status;
		memset(kinds + i, kind, end - i);
		i = end;
	}
	return BH_OK;
}

struct run {
	struct pt pt;
	struct pt_model *model;
	struct window window;
	struct random random;
	unsigned joined;
	bool has_1g;
};

/* `kind`: 0: unmapped */
static int units_change(struct run *run, unsigned first, unsigned end, uint8_t kind)
{
	uint64_t at = BASE + first * SIZE_2M;
	bool has_pages = first <= PAGED && PAGED < end;
	int status;

	if (!kind) {
		status = pt_unmap(&run->pt, at, (end - first) * SIZE_2M);
		if (status == BH_OK)
			memset(run->window.units + first, 0, end - first);
		if (status == BH_OK && has_pages)
			memset(run->window.pages, 0, PAGES);
		return status;
	}
	if (!has_pages)
		return rows_map(&run->pt, run->window.units + first, end - first, at, SIZE_2M,
				kind);
	status = units_change(run, first, PAGED, kind);
	if (status == BH_OK)
		status = rows_map(&run->pt, run->window.pages, PAGES, BASE + PAGED * SIZE_2M,
				  PAGE_SIZE, kind);
	return status == BH_OK && PAGED + 1 < end ? units_change(run, PAGED + 1, end, kind)
						  : status;
}

static int pages_change(struct run *run, unsigned first, unsigned end, uint8_t kind)
{
	uint64_t at = BASE + PAGED * SIZE_2M + first * PAGE_SIZE;
	int status;

	if (kind)
		return rows_map(&run->pt, run->window.pages + first, end - first, at, PAGE_SIZE,
				kind);
	status = pt_unmap(&run->pt, at, (end - first) * PAGE_SIZE);
	if (status == BH_OK)
		memset(run->window.pages + first, 0, end - first);
	return status;
}

static void random_step(struct run *run)
{
	bool is_pages = random_one_in(&run->random, 4);
	unsigned count = is_pages ? PAGES : UNITS, first, end;
	/* most of it is mapped, and alike, most of the time */
	uint8_t kind = random_one_in(&run->random, 3) ? 0 : random_one_in(&run->random, 12) ? 2 : 1;
	int status;

	first = (unsigned)random_below(&run->random, count);
	end = first + 1 + (unsigned)random_below(&run->random, kind ? count - first : 3);
	end = end < count ? end : count;
	if (kind == 1 && random_one_in(&run->random, 4))
		first = 0, end = count;
	run->model->fail_after = random_one_in(&run->random, 8) ? 0 : -1;
	status = is_pages ? pages_change(run, first, end, kind)
			  : units_change(run, first, end, kind);
	run->model->fail_after = -1;
	assert_true(status == BH_OK || status == BH_ENOMEM);
	if (kind && status == BH_OK)
		assert_int_equal(run->model->flushes, 0);
	pt_model_settle(run->model);
	assert_null(run->model->violation);
	compare(&run->pt, &run->window, run->has_1g);
	run->joined += is_one(&run->window, 0) || is_one(&run->window, UNITS / 2);
}

static void run_format(const struct pt_format *format, bool has_1g)
{
	struct run run = {.random = random_start(), .has_1g = has_1g};

	run.model = pt_model_start(&run.pt, format, 0, 48);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		random_step(&run);
		/* read-only is in the way of everything for ever, and tables that were leaves for long pile up */
		if (random_one_in(&run.random, 24)) {
			assert_int_equal(units_change(&run, 0, UNITS, 0), 0);
			pt_model_settle(run.model);
		}
	}
	print_message("%u of %u steps ended with a whole block\n", run.joined, OPERATIONS);
	assert_true(run.joined > OPERATIONS / 20);
	pt_model_end(run.model, &run.pt);
}

static void test_random(void **state)
{
	(void)state;
	run_format(&pt_ept, true);
	run_format(&pt_npt_2m, false);
}

/* From above, as Linux gives it, and back. */
static void test_units(void **state)
{
	struct run run = {.has_1g = true};
	struct pt_leaf leaf;

	(void)state;
	run.model = pt_model_start(&run.pt, &pt_npt, 0, 48);
	for (unsigned i = UNITS / 2; i-- > 0;)
		assert_int_equal(units_change(&run, i, i + 1, 1), BH_OK);
	assert_int_equal(run.model->flushes, 0);
	assert_true(pt_lookup(&run.pt, BASE, &leaf) && leaf.size == SIZE_1G);
	assert_int_equal(units_change(&run, 7, 8, 0), BH_OK);
	assert_int_equal(run.model->flushes, 1);
	assert_true(pt_lookup(&run.pt, BASE, &leaf) && leaf.size == SIZE_2M);
	assert_int_equal(units_change(&run, 7, 8, 1), BH_OK);
	assert_true(pt_lookup(&run.pt, BASE, &leaf) && leaf.size == SIZE_1G);
	pt_model_settle(run.model);
	compare(&run.pt, &run.window, true);
	pt_model_end(run.model, &run.pt);
}

/* Neither other types of memory, nor other rights, nor what lies elsewhere. */
static void test_what_is_not_one(void **state)
{
	static const struct {
		uint32_t attr;
		uint64_t offset;
	} odd[] = {{PT_R | PT_W | PT_X | PT_USER | PT_DEVICE, 0},
		   {PT_R | PT_W | PT_USER, 0},
		   {PT_R | PT_W | PT_X | PT_USER, PAGES * PAGE_SIZE}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		struct run run = {0};
		struct pt_leaf leaf;

		run.model = pt_model_start(&run.pt, &pt_ept, 0, 48);
		assert_int_equal(
			pt_map(&run.pt, BASE, PA(BASE + odd[i].offset), PAGE_SIZE, odd[i].attr),
			BH_OK);
		assert_int_equal(pt_map(&run.pt, BASE + PAGE_SIZE, PA(BASE + PAGE_SIZE),
					SIZE_1G - PAGE_SIZE, attrs[0]),
				 BH_OK);
		assert_true(pt_lookup(&run.pt, BASE + PAGE_SIZE, &leaf) && leaf.size == PAGE_SIZE);
		assert_true(pt_lookup(&run.pt, BASE + SIZE_2M, &leaf) && leaf.size == SIZE_2M);
		pt_model_settle(run.model);
		pt_model_end(run.model, &run.pt);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_what_is_not_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
