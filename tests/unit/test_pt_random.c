/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The page-table walker against a flat list of mappings, by random operations that meet at few
 * places: thousands for each format and root, on the fake machine of pt_model.h, with allocations
 * that fail. After every operation both agree on every mapping, and an operation that failed has
 * changed none.
 */
#include "pt_model.h"
#include "unit.h"
#include <bulkhead/status.h>

#define FLAT_MAX   512
#define OPERATIONS 4000

struct flat_map {
	uint64_t in, end;
	uint64_t pa;
	uint32_t attr;
};

/* the reference: disjoint mappings, ascending */
struct flat {
	struct flat_map maps[FLAT_MAX];
	unsigned count;
};

struct config {
	const struct pt_format *format;
	uint8_t start_level;
	uint8_t in_bits;
	uint32_t attrs[5]; /* what this format can express */
};

static void flat_insert(struct flat *flat, unsigned at, struct flat_map map)
{
	assert_true(flat->count < FLAT_MAX);
	memmove(&flat->maps[at + 1], &flat->maps[at], (flat->count - at) * sizeof(map));
	flat->maps[at] = map;
	flat->count++;
}

/* After it, no mapping reaches across `in`. */
static void flat_cut(struct flat *flat, uint64_t in)
{
	for (unsigned i = 0; i < flat->count; i++) {
		struct flat_map upper = flat->maps[i];

		if (upper.in >= in || upper.end <= in)
			continue;
		upper.pa += in - upper.in;
		upper.in = in;
		flat->maps[i].end = in;
		flat_insert(flat, i + 1, upper);
	}
}

static int flat_map(struct flat *flat, struct flat_map map)
{
	unsigned i = 0;

	while (i < flat->count && flat->maps[i].end <= map.in)
		i++;
	if (i < flat->count && flat->maps[i].in < map.end)
		return BH_EEXIST;
	flat_insert(flat, i, map);
	return BH_OK;
}

static void flat_unmap(struct flat *flat, uint64_t in, uint64_t end)
{
	unsigned kept = 0;

	flat_cut(flat, in);
	flat_cut(flat, end);
	for (unsigned i = 0; i < flat->count; i++)
		if (flat->maps[i].end <= in || flat->maps[i].in >= end)
			flat->maps[kept++] = flat->maps[i];
	flat->count = kept;
}

static void flat_protect(struct flat *flat, uint64_t in, uint64_t end, uint32_t attr)
{
	flat_cut(flat, in);
	flat_cut(flat, end);
	for (unsigned i = 0; i < flat->count; i++)
		if (flat->maps[i].in >= in && flat->maps[i].end <= end)
			flat->maps[i].attr = attr;
}

struct compare {
	const struct flat *flat;
	unsigned at;
	uint64_t in; /* all of maps[at] below it was met */
};

/* Every leaf lies in the mapping whose turn it is. */
static bool compare_leaf(void *arg, const struct pt_leaf *leaf)
{
	struct compare *compare = arg;
	const struct flat_map *map = &compare->flat->maps[compare->at];

	assert_true(compare->at < compare->flat->count);
	if (compare->in == 0)
		compare->in = map->in;
	assert_true(leaf->in == compare->in && leaf->in + leaf->size <= map->end);
	assert_true(leaf->pa.v == map->pa + (leaf->in - map->in));
	assert_true(leaf->attr == map->attr);
	assert_true(IS_ALIGNED(leaf->in | leaf->pa.v, leaf->size));
	compare->in = leaf->in + leaf->size;
	if (compare->in == map->end) {
		compare->at++;
		compare->in = 0;
	}
	return true;
}

static void compare_all(const struct pt *pt, const struct flat *flat)
{
	struct compare compare = {.flat = flat};

	pt_visit(pt, 0, UINT64_MAX, compare_leaf, &compare);
	assert_int_equal(compare.at, flat->count);
	assert_true(compare.in == 0);
}

static void compare_lookup(const struct pt *pt, const struct flat *flat, uint64_t in)
{
	struct pt_leaf leaf;
	bool found = pt_lookup(pt, in, &leaf);

	for (unsigned i = 0; i < flat->count; i++) {
		const struct flat_map *map = &flat->maps[i];

		if (in < map->in || in >= map->end)
			continue;
		assert_true(found);
		assert_true(leaf.pa.v + (in - leaf.in) == map->pa + (in - map->in));
		assert_true(leaf.attr == map->attr);
		return;
	}
	assert_false(found);
}

/*
 * Addresses of few clusters: around the ends of the space and of a 1 GiB block, near 2 MiB borders.
 */
static uint64_t random_in(struct random *random, const struct config *config)
{
	uint64_t limit = UINT64_C(1) << config->in_bits;
	/* limit / 2: where a second concatenated root begins */
	uint64_t bases[4] = {0, SIZE_1G, limit / 2 - SIZE_1G, limit - SIZE_1G};
	uint64_t in = bases[random_below(random, 4)];

	if (random_one_in(random, 2))
		in += random_below(random, 4) * SIZE_2M;
	if (random_one_in(random, 2))
		in += SIZE_1G - SIZE_2M * random_below(random, 3);
	if (random_one_in(random, 2))
		in += random_below(random, 5) * PAGE_SIZE;
	if (random_one_in(random, 3))
		in += SIZE_2M - random_below(random, 3) * PAGE_SIZE;
	return in <= limit ? in : limit;
}

static struct flat_map random_map(struct random *random, const struct config *config)
{
	static const uint64_t offsets[] = {0, SIZE_1G, 5 * SIZE_2M, 3 * PAGE_SIZE};
	uint64_t limit = UINT64_C(1) << config->in_bits;
	uint64_t a, b, offset = offsets[random_below(random, ARRAY_SIZE(offsets))];
	struct flat_map map;

	do {
		a = random_in(random, config);
		b = random_in(random, config);
		map.in = a < b ? a : b;
		map.end = a < b ? b : a;
		/* keeps the number of tables small; whole parts of the space are for unmap */
	} while (a == b || (map.end - map.in > 3 * SIZE_1G && map.end != limit));
	if (map.end - map.in > 3 * SIZE_1G)
		map.in = map.end - SIZE_2M;
	if (map.end - map.in > 4 * SIZE_2M && offset == 3 * PAGE_SIZE)
		offset = 0;
	if (map.end + offset > UINT64_C(1) << 48) /* what a descriptor can hold */
		offset = 0;
	map.pa = map.in + offset;
	map.attr = config->attrs[random_below(random, ARRAY_SIZE(config->attrs))];
	return map;
}

static unsigned flushes_expected_at_most(unsigned operation)
{
	/*
	 * a split of a 1 GiB and of a 2 MiB block at each end, then one; a change of memory type
	 * has two rounds
	 */
	return operation == 0 ? 1 : 4 + 1;
}

struct run {
	struct pt pt;
	struct pt_model *model;
	struct flat flat;
	struct random random;
	unsigned failed, succeeded;
};

static int random_operation(struct run *run, unsigned operation, const struct flat_map *map)
{
	uint64_t size = map->end - map->in;
	int status, expected;

	switch (operation) {
	case 0:
		status = pt_map(&run->pt, map->in, PA(map->pa), size, map->attr);
		if (status == BH_ENOMEM)
			return status;
		expected = flat_map(&run->flat, *map);
		assert_int_equal(status, expected);
		return status;
	case 1:
		status = pt_unmap(&run->pt, map->in, size);
		if (status == BH_OK)
			flat_unmap(&run->flat, map->in, map->end);
		return status;
	default:
		status = pt_protect(&run->pt, map->in, size, map->attr);
		if (status == BH_OK)
			flat_protect(&run->flat, map->in, map->end, map->attr);
		return status;
	}
}

static void random_step(struct run *run, const struct config *config)
{
	struct flat_map map = random_map(&run->random, config);
	unsigned operation = (unsigned)random_below(&run->random, 3);
	bool inject = random_one_in(&run->random, 3);
	unsigned flushes;
	int status;

	run->model->fail_after = inject ? (int)random_below(&run->random, 4) : -1;
	status = random_operation(run, operation, &map);
	run->model->fail_after = -1;
	flushes = run->model->flushes;
	assert_true(status == BH_OK || (status == BH_ENOMEM && inject) || status == BH_EEXIST);
	if (status == BH_OK)
		assert_true(flushes <= flushes_expected_at_most(operation) &&
			    !(operation == 0 && flushes));
	pt_model_settle(run->model);
	assert_null(run->model->violation);
	compare_all(&run->pt, &run->flat);
	for (unsigned i = 0; i < 4; i++)
		compare_lookup(&run->pt, &run->flat, random_in(&run->random, config) - i);
	run->failed += status == BH_ENOMEM;
	run->succeeded += status == BH_OK;
}

static void run_config(const struct config *config)
{
	struct run run = {.random = random_start()};

	run.random.state += config->in_bits; /* another sequence for each */
	run.model = pt_model_start(&run.pt, config->format, config->start_level, config->in_bits);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		random_step(&run, config);
		/* else it fills up, and little can be mapped any more */
		if (random_one_in(&run.random, 64)) {
			assert_int_equal(pt_unmap(&run.pt, 0, UINT64_C(1) << config->in_bits), 0);
			run.flat.count = 0;
			pt_model_settle(run.model);
		}
	}
	print_message("%u operations succeeded, %u ran out of memory, %u tables at most\n",
		      run.succeeded, run.failed, run.model->peak);
	assert_true(run.succeeded > OPERATIONS / 3 && run.failed > OPERATIONS / 50);
	pt_model_end(run.model, &run.pt);
}

static void test_stage1_48(void **state)
{
	(void)state;
	run_config(
		&(struct config){&pt_arm64_stage1,
				 0,
				 48,
				 {PT_R | PT_W | PT_USER, PT_R | PT_X | PT_USER, PT_HELD | PT_USER,
				  PT_R | PT_W | PT_GLOBAL, PT_R | PT_W | PT_DEVICE | PT_GLOBAL}});
}

static void test_stage1_39(void **state)
{
	(void)state;
	run_config(&(struct config){
		&pt_arm64_stage1,
		1,
		39,
		{PT_R, PT_R | PT_W, PT_R | PT_NC, PT_R | PT_W | PT_HELD, PT_R | PT_W | PT_DEVICE}});
}

static void test_el2(void **state)
{
	(void)state;
	run_config(&(struct config){
		&pt_arm64_el2,
		1,
		39,
		{PT_R, PT_R | PT_W, PT_R | PT_X, PT_R | PT_W | PT_NC, PT_R | PT_W | PT_DEVICE}});
}

static void test_stage2_concatenated(void **state)
{
	(void)state;
	run_config(&(struct config){&pt_arm64_stage2,
				    1,
				    40,
				    {PT_R | PT_W | PT_X, PT_R | PT_W, PT_R | PT_HELD,
				     PT_R | PT_W | PT_DEVICE, PT_R | PT_NC}});
}

static void test_stage2_small(void **state)
{
	(void)state;
	run_config(&(struct config){&pt_arm64_stage2,
				    1,
				    36,
				    {PT_R | PT_W | PT_X, PT_R, PT_W, PT_R | PT_W | PT_DEVICE, 0}});
}

static void test_x86(void **state)
{
	(void)state;
	run_config(
		&(struct config){&pt_x86,
				 0,
				 48,
				 {PT_R | PT_W | PT_USER, PT_R | PT_X | PT_USER, PT_HELD | PT_USER,
				  PT_R | PT_W | PT_GLOBAL, PT_R | PT_W | PT_NC}});
}

static void test_x86_2m(void **state)
{
	(void)state;
	run_config(&(struct config){
		&pt_x86_2m,
		0,
		48,
		{PT_R | PT_W, PT_R, PT_HELD, PT_R | PT_X, PT_R | PT_W | PT_DEVICE}});
}

static void test_nested(void **state)
{
	(void)state;
	run_config(&(struct config){&pt_ept,
				    0,
				    48,
				    {PT_R | PT_W | PT_X | PT_USER, PT_R | PT_USER,
				     PT_R | PT_HELD | PT_USER, PT_R | PT_W | PT_DEVICE | PT_USER,
				     PT_R | PT_X | PT_USER}});
	run_config(&(struct config){&pt_npt_2m,
				    0,
				    48,
				    {PT_R | PT_W | PT_X | PT_USER, PT_R | PT_USER,
				     PT_R | PT_W | PT_DEVICE | PT_USER, PT_HELD | PT_USER,
				     PT_R | PT_X | PT_USER}});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stage1_48),    cmocka_unit_test(test_stage1_39),
		cmocka_unit_test(test_el2),          cmocka_unit_test(test_stage2_concatenated),
		cmocka_unit_test(test_stage2_small), cmocka_unit_test(test_x86),
		cmocka_unit_test(test_x86_2m),       cmocka_unit_test(test_nested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
