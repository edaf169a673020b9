/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Seeds in device trees: of what the boot loader gave, never that itself, never twice the same, and none where there was none.
 */
#include "hv_fake/machine.h"
#include "unit.h"
#include <hv/arm64/seed.h>
#include <libfdt.h>
#include <string.h>

#define TREES 100u
#define ROOM  512u

static _Alignas(8) uint8_t machine[ROOM], trees[TREES][ROOM];

static void must(int error)
{
	assert_int_equal(error, 0);
}

static void tree_begin(void *fdt)
{
	must(fdt_create(fdt, ROOM));
	must(fdt_finish_reservemap(fdt));
	must(fdt_begin_node(fdt, ""));
	must(fdt_begin_node(fdt, "chosen"));
}

static void tree_end(void *fdt)
{
	must(fdt_end_node(fdt));
	must(fdt_end_node(fdt));
	must(fdt_finish(fdt));
}

/* The boot loader's, of so many bytes; 0: none */
static void machine_seed(int rng, int kaslr)
{
	uint8_t bytes[64];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	tree_begin(machine);
	if (rng)
		must(fdt_property(machine, "rng-seed", bytes, rng));
	if (kaslr)
		must(fdt_property(machine, "kaslr-seed", bytes, kaslr));
	tree_end(machine);
	seed_init(machine);
}

static const void *seed_of(const void *fdt, const char *name, int size)
{
	int given;
	const void *seed = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), name, &given);

	if (size == 0)
		assert_null(seed);
	else
		assert_int_equal(given, size);
	return seed;
}

static void tree_make(void *fdt)
{
	tree_begin(fdt);
	must(seed_write(fdt));
	tree_end(fdt);
}

static void expect_different(const void *a, const void *b)
{
	assert_memory_not_equal(seed_of(a, "rng-seed", 32), seed_of(b, "rng-seed", 32), 32);
	assert_memory_not_equal(seed_of(a, "kaslr-seed", 8), seed_of(b, "kaslr-seed", 8), 8);
}

static void test_all_different(void **state)
{
	(void)state;
	machine_seed(32, 8);
	for (unsigned i = 0; i < TREES; i++) {
		tree_make(trees[i]);
		expect_different(trees[i], machine);
		for (unsigned other = 0; other < i; other++)
			expect_different(trees[i], trees[other]);
		assert_memory_not_equal(seed_of(trees[i], "rng-seed", 32),
					seed_of(trees[i], "kaslr-seed", 8), 8);
	}
}

static void test_renewed(void **state)
{
	(void)state;
	machine_seed(32, 8);
	tree_make(trees[0]);
	for (unsigned i = 1; i < TREES; i++) {
		memcpy(trees[i], trees[i - 1], ROOM);
		seed_renew(trees[i]);
		must(fdt_check_full(trees[i], ROOM));
		for (unsigned other = 0; other < i; other++)
			expect_different(trees[i], trees[other]);
	}
}

/* Not more bits than there were. */
static void test_short_and_none(void **state)
{
	(void)state;
	machine_seed(64, 64);
	tree_make(trees[0]);
	(void)seed_of(trees[0], "rng-seed", 32);
	(void)seed_of(trees[0], "kaslr-seed", 8);
	machine_seed(16, 0);
	tree_make(trees[0]);
	(void)seed_of(trees[0], "rng-seed", 16);
	(void)seed_of(trees[0], "kaslr-seed", 0);
	machine_seed(0, 0);
	tree_make(trees[0]);
	(void)seed_of(trees[0], "rng-seed", 0);
	(void)seed_of(trees[0], "kaslr-seed", 0);
	seed_renew(trees[0]);
	must(fdt_check_full(trees[0], ROOM));
}

static int machine_make(void **state)
{
	(void)state;
	fake_machine_reset(1);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all_different, machine_make),
		cmocka_unit_test_setup(test_renewed, machine_make),
		cmocka_unit_test_setup(test_short_and_none, machine_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
