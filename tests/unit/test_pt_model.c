/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake machine itself: each test breaks one rule by hand and expects it to be noticed, or keeps
 * it and expects none. Without this, a model that sees nothing would let every page-table test
 * pass.
 */
#include "pt_model.h"
#include "unit.h"

#define VALID_PAGE(pa) ((pa) | UINT64_C(0x403))
#define READ_ONLY      UINT64_C(0x80)

struct machine {
	struct pt pt;
	struct pt_model *model;
	const struct pt_ops *ops;
};

static struct machine machine_start(void)
{
	struct machine m;

	m.model = pt_model_start(&m.pt, &pt_arm64_stage1, 1, 39);
	m.ops = m.pt.ops;
	return m;
}

static void machine_end(struct machine *m, const char *violation)
{
	pt_model_settle(m->model);
	if (violation)
		assert_string_equal(m->model->violation, violation);
	else
		assert_null(m->model->violation);
	m->model->violation = NULL;
	pt_model_end(m->model, &m->pt);
}

static void store(struct machine *m, uint64_t *entry, uint64_t value)
{
	*entry = value;
	m->ops->publish(m->model, entry, sizeof(*entry));
}

static uint64_t link_to(struct machine *m, uint64_t *table)
{
	return m->pt.format->table(m->ops->to_pa(m->model, table));
}

/* root[0] -> level 2, entry 0 -> level 3, entry 0 -> a page; returns the level 3 table */
static uint64_t *map_page(struct machine *m)
{
	uint64_t *level2 = m->ops->alloc(m->model), *level3 = m->ops->alloc(m->model);

	level3[0] = VALID_PAGE(UINT64_C(0x1000));
	m->ops->publish(m->model, level3, PAGE_SIZE);
	level2[0] = link_to(m, level3);
	m->ops->publish(m->model, level2, PAGE_SIZE);
	store(m, &m->pt.root[0], link_to(m, level2));
	return level3;
}

static void test_good_map(void **state)
{
	struct machine m = machine_start();

	(void)state;
	map_page(&m);
	machine_end(&m, NULL);
}

static void test_good_change(void **state)
{
	struct machine m = machine_start();
	uint64_t *page = map_page(&m);

	(void)state;
	store(&m, page, 0);
	m.ops->flush(m.model, 0, PAGE_SIZE);
	store(&m, page, VALID_PAGE(UINT64_C(0x2000)));
	store(&m, page, VALID_PAGE(UINT64_C(0x2000)) | READ_ONLY);
	m.ops->flush(m.model, 0, PAGE_SIZE);
	machine_end(&m, NULL);
}

static void test_no_break(void **state)
{
	struct machine m = machine_start();
	uint64_t *page = map_page(&m);

	(void)state;
	store(&m, page, VALID_PAGE(UINT64_C(0x2000)));
	machine_end(&m, "a valid entry changed without break-before-make");
}

static void test_break_without_flush(void **state)
{
	struct machine m = machine_start();
	uint64_t *page = map_page(&m);

	(void)state;
	store(&m, page, 0);
	store(&m, page, VALID_PAGE(UINT64_C(0x2000)));
	machine_end(&m, "a valid entry changed without break-before-make");
}

static void test_flush_without_publish(void **state)
{
	struct machine m = machine_start();
	uint64_t *page = map_page(&m);

	(void)state;
	*page = 0;
	m.ops->flush(m.model, 0,
		     PAGE_SIZE); /* the walker may have loaded the old one right after */
	store(&m, page, VALID_PAGE(UINT64_C(0x2000)));
	machine_end(&m, "a valid entry changed without break-before-make");
}

static void test_flush_elsewhere(void **state)
{
	struct machine m = machine_start();
	uint64_t *page = map_page(&m);

	(void)state;
	store(&m, page, 0);
	m.ops->flush(m.model, PAGE_SIZE, PAGE_SIZE);
	machine_end(&m, "a TLB may hold a stale entry");
}

static void test_permission_not_flushed(void **state)
{
	struct machine m = machine_start();
	uint64_t *page = map_page(&m);

	(void)state;
	store(&m, page, *page | READ_ONLY);
	machine_end(&m, "a TLB may hold a stale entry");
}

static void test_link_before_publish(void **state)
{
	struct machine m = machine_start();
	uint64_t *table = m.ops->alloc(m.model);

	(void)state;
	table[0] = VALID_PAGE(UINT64_C(0x200000)) & ~UINT64_C(2);
	m.ops->publish(m.model, table, sizeof(*table)); /* its zeros are not published */
	store(&m, &m.pt.root[0], link_to(&m, table));
	machine_end(&m, "a table was linked before it was published");
}

static void test_free_before_flush(void **state)
{
	struct machine m = machine_start();
	uint64_t *level3 = map_page(&m);
	uint64_t *level2 = m.ops->to_va(m.model, pt_arm64_stage1.pa(m.pt.root[0]));

	(void)state;
	store(&m, &level3[0], 0);
	m.ops->flush(m.model, 0, PAGE_SIZE);
	store(&m, &level2[1], VALID_PAGE(UINT64_C(0x200000)) & ~UINT64_C(2));
	store(&m, &level2[0], 0);
	m.ops->free(m.model, level3); /* its link was not flushed */
	machine_end(&m, "a table was freed that the walker can reach");
}

static void test_store_not_published(void **state)
{
	struct machine m = machine_start();
	uint64_t *page = map_page(&m);

	(void)state;
	page[1] = VALID_PAGE(UINT64_C(0x2000));
	machine_end(&m, "a store was never published");
}

static void test_empty_table(void **state)
{
	struct machine m = machine_start();
	uint64_t *page = map_page(&m);

	(void)state;
	store(&m, page, 0);
	m.ops->flush(m.model, 0, PAGE_SIZE);
	machine_end(&m, "a table is empty");
}

static void test_lost_table(void **state)
{
	struct machine m = machine_start();
	uint64_t *table = m.ops->alloc(m.model);

	(void)state;
	table[0] = 1;
	m.ops->publish(m.model, table, PAGE_SIZE);
	pt_model_settle(m.model);
	assert_string_equal(m.model->violation, "a table was lost");
	m.ops->free(m.model, table);
	m.model->violation = NULL;
	machine_end(&m, NULL);
}

/* The pages of a nested table, whose place a leaf of what lies at `pa` takes by hand; the table. */
static uint64_t *join(struct machine *m, uint64_t pa)
{
	const struct pt_format *format = &pt_ept;
	uint64_t *link, *pages;

	m->model = pt_model_start(&m->pt, format, 0, 48);
	m->ops = m->pt.ops;
	assert_int_equal(pt_map(&m->pt, 0, PA(0), SIZE_2M - PAGE_SIZE, PT_R), 0);
	link = m->ops->to_va(m->model, format->pa(m->pt.root[0]));
	link = m->ops->to_va(m->model, format->pa(link[0]));
	pages = m->ops->to_va(m->model, format->pa(link[0]));
	store(m, &pages[511], format->leaf(3, PA(SIZE_2M - PAGE_SIZE), PT_R));
	store(m, link, format->leaf(2, PA(pa), PT_R));
	return pages;
}

static void test_good_join(void **state)
{
	struct machine m;
	uint64_t *pages = join(&m, 0);

	(void)state;
	m.ops->retire(m.model, pages, 0, SIZE_2M);
	machine_end(&m, NULL);
}

static void test_join_to_another_place(void **state)
{
	struct machine m;
	uint64_t *pages = join(&m, SIZE_2M);

	(void)state;
	m.ops->retire(m.model, pages, 0, SIZE_2M);
	machine_end(&m, "a valid entry changed without break-before-make");
}

static void test_join_frees_at_once(void **state)
{
	struct machine m;
	uint64_t *pages = join(&m, 0);

	(void)state;
	m.ops->free(m.model, pages);
	machine_end(&m, "a table was freed that the walker can reach");
}

static void test_join_writes_to_the_table(void **state)
{
	struct machine m;
	uint64_t *pages = join(&m, 0);

	(void)state;
	m.ops->retire(m.model, pages, 0, SIZE_2M);
	store(&m, &pages[0], 0);
	machine_end(&m, "a TLB may hold a stale entry");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_map),
		cmocka_unit_test(test_good_change),
		cmocka_unit_test(test_no_break),
		cmocka_unit_test(test_break_without_flush),
		cmocka_unit_test(test_flush_without_publish),
		cmocka_unit_test(test_flush_elsewhere),
		cmocka_unit_test(test_permission_not_flushed),
		cmocka_unit_test(test_link_before_publish),
		cmocka_unit_test(test_free_before_flush),
		cmocka_unit_test(test_store_not_published),
		cmocka_unit_test(test_empty_table),
		cmocka_unit_test(test_lost_table),
		cmocka_unit_test(test_good_join),
		cmocka_unit_test(test_join_to_another_place),
		cmocka_unit_test(test_join_frees_at_once),
		cmocka_unit_test(test_join_writes_to_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
