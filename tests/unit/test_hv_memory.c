/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory ownership and stage 2, case by case: where memory is taken from, what a failure leaves
 * behind (nothing), the ends of RAM, blocks of 1 GiB, concatenated root tables.
 */
#include "hv_fake/machine.h"
#include "hv_fake/vm_make.h"
#include "unit.h"
#include <bulkhead/status.h>
#include <hv/arm64/memory.h>
#include <hv/arm64/stage2.h>

#define RAM_SIZE (32 * SIZE_2M)
#define FAR      (UINT64_C(1) << 36) /* RAM on paper, for what is too large for the host */
#define FAR_SIZE (8 * SIZE_1G)
#define TABLES   64
#define RW       (PT_R | PT_W)
#define RWX      (RW | PT_X)

static struct range ram_ranges[8], free_ranges[16];
static struct range_set ram, free_memory;

/* RAM of [base, base + RAM_SIZE) and what is pretended; all of it free. */
static void memory_start(uint64_t far, uint64_t far_size)
{
	ram = (struct range_set)RANGE_SET(ram_ranges);
	free_memory = (struct range_set)RANGE_SET(free_ranges);
	fake_machine_reset(4);
	range_add(&ram, FAKE_RAM_BASE, RAM_SIZE);
	if (far_size) {
		fake_ram_pretend(far, far_size);
		range_add(&ram, far, far_size);
	}
	range_for_each (r, &ram)
		range_add(&free_memory, r->start, r->end - r->start);
	assert_int_equal(memory_init(&ram, &free_memory), BH_OK);
}

static int machine_small(void **state)
{
	(void)state;
	memory_start(0, 0);
	return 0;
}

static int machine_large(void **state)
{
	(void)state;
	memory_start(FAR, FAR_SIZE);
	return 0;
}

static bool is_free(uint64_t at, uint64_t size)
{
	return range_contains(&free_memory, at, size);
}

static bool is_mapped(const struct vm *vm, uint64_t at, uint32_t attr, uint64_t block)
{
	struct pt_leaf leaf;

	return pt_lookup(&vm->stage2, at, &leaf) && leaf.attr == attr && leaf.size == block &&
	       leaf.pa.v == leaf.in;
}

static bool is_unmapped(const struct vm *vm, uint64_t at)
{
	struct pt_leaf leaf;

	return !pt_lookup(&vm->stage2, at, &leaf);
}

static int give_at(struct vm *vm, uint64_t at, uint64_t size)
{
	pa_t where = PA(0);
	int status = memory_give(vm, &(struct range){at, at + size}, size, &where);

	if (status == BH_OK) {
		assert_int_equal(where.v, at);
		assert_true(fake_ram_is_zero(at, size));
		assert_true(fake_is_cleaned(at, size));
	}
	return status;
}

/* --- giving --- */

static void test_give_anywhere(void **state)
{
	struct vm *vm = vm_make(2, 1, TABLES);
	pa_t at = PA(0), other = PA(0);

	(void)state;
	memset((void *)(FAKE_RAM_BASE + SIZE_2M), 0xA5, RAM_SIZE / 2);
	/* the table of owners took the first unit's start */
	assert_int_equal(memory_give(vm, &RANGE_ALL, 2 * SIZE_2M, &at), BH_OK);
	assert_int_equal(at.v, FAKE_RAM_BASE + SIZE_2M);
	assert_true(fake_ram_is_zero(at.v, 2 * SIZE_2M));
	assert_true(fake_is_cleaned(at.v, 2 * SIZE_2M));
	assert_true(is_mapped(vm, at.v + 2 * SIZE_2M - 1, RWX, SIZE_2M));
	assert_true(is_unmapped(vm, at.v - 1) && is_unmapped(vm, at.v + 2 * SIZE_2M));
	assert_false(is_free(at.v, PAGE_SIZE));
	assert_int_equal(memory_give(vm, &RANGE_ALL, SIZE_2M, &other), BH_OK);
	assert_int_equal(other.v, at.v + 2 * SIZE_2M);
	other = PA(0);
	assert_int_equal(memory_give(vm, &RANGE_ALL, RAM_SIZE, &other), BH_ENOMEM);
	assert_int_equal(other.v, 0);
	vm_free(vm);
}

static void test_give_fixed(void **state)
{
	struct vm *vm = vm_make(2, 1, TABLES), *next = vm_make(3, 1, TABLES);
	uint64_t at = FAKE_RAM_BASE + 8 * SIZE_2M;

	(void)state;
	assert_int_equal(give_at(vm, at, 2 * SIZE_2M), BH_OK);
	assert_int_equal(give_at(next, at, SIZE_2M), BH_ENOMEM);
	assert_int_equal(give_at(next, at - SIZE_2M, 2 * SIZE_2M), BH_ENOMEM);
	assert_int_equal(give_at(next, at + SIZE_2M, 2 * SIZE_2M), BH_ENOMEM);
	assert_int_equal(give_at(next, at, 0), BH_EINVAL);
	assert_int_equal(give_at(next, FAKE_RAM_BASE - SIZE_2M, SIZE_2M), BH_ENOMEM);
	assert_int_equal(give_at(next, FAKE_RAM_BASE + RAM_SIZE, SIZE_2M), BH_ENOMEM);
	assert_int_equal(give_at(next, at, UINT64_MAX - SIZE_2M + 1), BH_ENOMEM);
	assert_int_equal(give_at(next, at, -at), BH_ENOMEM);
	assert_true(is_unmapped(next, at) && is_unmapped(next, at - SIZE_2M));
	assert_true(is_free(at - SIZE_2M, SIZE_2M) && is_free(at + 2 * SIZE_2M, SIZE_2M));
	assert_int_equal(give_at(next, at - SIZE_2M, SIZE_2M), BH_OK);
	assert_int_equal(give_at(next, at + 2 * SIZE_2M, SIZE_2M), BH_OK);
	/* to the last byte of RAM */
	assert_int_equal(give_at(next, FAKE_RAM_BASE + RAM_SIZE - SIZE_2M, SIZE_2M), BH_OK);
	assert_true(memory_owned(next, IPA(FAKE_RAM_BASE + RAM_SIZE - 1), 1));
	assert_false(memory_owned(next, IPA(FAKE_RAM_BASE + RAM_SIZE - 1), 2));
	vm_free(vm);
	vm_free(next);
}

/* RAM that does not begin and end at units. */
static void test_ragged_ram(void **state)
{
	uint64_t start = FAKE_RAM_BASE + 0x5000, size = 4 * SIZE_2M + 0x3000;
	struct vm *vm;
	pa_t at = PA(0);

	(void)state;
	ram = (struct range_set)RANGE_SET(ram_ranges);
	free_memory = (struct range_set)RANGE_SET(free_ranges);
	range_add(&ram, start, size);
	range_add(&free_memory, start, size);
	assert_int_equal(memory_init(&ram, &free_memory), BH_OK);
	vm = vm_make(2, 1, TABLES);
	assert_int_equal(memory_give(vm, &RANGE_ALL, 4 * SIZE_2M, &at), BH_ENOMEM);
	assert_int_equal(give_at(vm, FAKE_RAM_BASE, SIZE_2M), BH_ENOMEM);
	assert_int_equal(give_at(vm, FAKE_RAM_BASE + 4 * SIZE_2M, SIZE_2M), BH_ENOMEM);
	assert_int_equal(memory_give(vm, &RANGE_ALL, 3 * SIZE_2M, &at), BH_OK);
	assert_int_equal(at.v, FAKE_RAM_BASE + SIZE_2M);
	assert_true(memory_owned(vm, IPA(at.v), 3 * SIZE_2M));
	assert_false(memory_owned(vm, IPA(at.v - 1), 2));
	assert_false(memory_owned(vm, IPA(at.v), 3 * SIZE_2M + 1));
	vm_free(vm);
}

static void test_owned_limits(void **state)
{
	struct vm *vm = vm_make(2, 1, TABLES);
	uint64_t at = FAKE_RAM_BASE + SIZE_2M;

	(void)state;
	assert_int_equal(give_at(vm, at, SIZE_2M), BH_OK);
	assert_true(memory_owned(vm, IPA(at), SIZE_2M));
	assert_true(memory_owned(vm, IPA(at + 1), 1));
	assert_false(memory_owned(vm, IPA(at), 0));
	assert_false(memory_owned(vm, IPA(at), UINT64_MAX));
	assert_false(memory_owned(vm, IPA(at), -at));
	assert_false(memory_owned(vm, IPA(UINT64_MAX), 1));
	assert_false(memory_owned(vm, IPA(UINT64_MAX), 2));
	assert_false(memory_owned(vm, IPA(0), 1));
	assert_false(memory_owned(vm, IPA(at | UINT64_C(1) << 52), 1));
	vm_free(vm);
}

/* --- blocks of 1 GiB --- */

static void test_gigabytes(void **state)
{
	struct vm *vm = vm_make(2, 1, TABLES);
	struct memory_coverage coverage;
	pa_t at = PA(0);

	(void)state;
	assert_int_equal(memory_give(vm, &RANGE_ALL, 2 * SIZE_1G + SIZE_2M, &at), BH_OK);
	assert_int_equal(at.v, FAR);
	assert_true(fake_ram_is_zero(FAR, 2 * SIZE_1G + SIZE_2M));
	assert_true(is_mapped(vm, FAR + SIZE_1G, RWX, SIZE_1G));
	assert_true(is_mapped(vm, FAR + 2 * SIZE_1G, RWX, SIZE_2M));
	memory_coverage(vm, &coverage);
	assert_int_equal(coverage.blocks_1g, 2);
	assert_int_equal(coverage.blocks_2m, 1);
	assert_int_equal(coverage.pages_4k, 0);
	/* the next aligned gigabyte, not the next free unit */
	at = PA(0);
	assert_int_equal(memory_give(vm, &RANGE_ALL, SIZE_1G, &at), BH_OK);
	assert_int_equal(at.v, FAR + 3 * SIZE_1G);
	at = PA(0);
	assert_int_equal(memory_give(vm, &RANGE_ALL, 5 * SIZE_1G, &at), BH_ENOMEM);
	vm_free(vm);
}

static void test_gigabyte_unaligned(void **state)
{
	struct vm *vm = vm_make(2, 1, TABLES);
	struct memory_coverage coverage;
	pa_t at = PA(0);

	(void)state;
	/* more than a gigabyte is left, but none that is aligned */
	range_remove(&free_memory, FAR, SIZE_1G / 2);
	range_remove(&free_memory, FAR + SIZE_1G * 7 / 4, FAR_SIZE - SIZE_1G * 7 / 4);
	assert_int_equal(memory_give(vm, &RANGE_ALL, SIZE_1G, &at), BH_OK);
	assert_int_equal(at.v, FAR + SIZE_1G / 2);
	memory_coverage(vm, &coverage);
	assert_int_equal(coverage.blocks_1g, 0);
	assert_int_equal(coverage.blocks_2m, 512);
	vm_free(vm);
}

/* --- sharing --- */

static void test_share(void **state)
{
	struct vm *owner = vm_make(1, 1, TABLES), *borrower = vm_make(2, 1, TABLES);
	uint64_t at = FAKE_RAM_BASE + SIZE_2M, page = at + 7 * PAGE_SIZE;

	(void)state;
	assert_int_equal(give_at(owner, at, 2 * SIZE_2M), BH_OK);
	assert_int_equal(memory_share(owner, borrower, PA(page), 2 * PAGE_SIZE), BH_OK);
	assert_true(is_mapped(borrower, page, RW, PAGE_SIZE));
	assert_true(is_mapped(borrower, page + PAGE_SIZE, RW, PAGE_SIZE));
	assert_true(is_unmapped(borrower, page - 1) && is_unmapped(borrower, page + 2 * PAGE_SIZE));
	assert_true(is_mapped(owner, page, RWX, SIZE_2M));
	assert_false(memory_owned(owner, IPA(page), PAGE_SIZE));
	assert_false(memory_owned(owner, IPA(page - 1), 2));
	assert_false(memory_owned(owner, IPA(page + 2 * PAGE_SIZE - 1), 2));
	assert_true(memory_owned(owner, IPA(page - 1), 1));
	assert_true(memory_owned(owner, IPA(page + 2 * PAGE_SIZE), 1));
	assert_false(memory_owned(borrower, IPA(page), PAGE_SIZE));
	/*
	 * what is shared is shared with one only; a borrower does not share on; others' memory is
	 * not one's own
	 */
	assert_int_equal(memory_share(owner, borrower, PA(page + PAGE_SIZE), PAGE_SIZE), BH_EPERM);
	assert_int_equal(memory_share(borrower, owner, PA(page), PAGE_SIZE), BH_EPERM);
	assert_int_equal(memory_share(borrower, owner, PA(at), PAGE_SIZE), BH_EPERM);
	assert_int_equal(memory_share(owner, borrower, PA(at), 3 * SIZE_2M), BH_EPERM);
	assert_int_equal(memory_share(owner, borrower, PA(at), 0), BH_EPERM);
	vm_free(owner);
	vm_free(borrower);
}

static void test_show(void **state)
{
	struct vm *vm = vm_make(1, 1, TABLES);
	pa_t log;

	(void)state;
	assert_int_equal(memory_take(SIZE_2M, &log), BH_OK);
	assert_int_equal(memory_show(vm, log, 4 * PAGE_SIZE), BH_OK);
	assert_true(is_mapped(vm, log.v + 4 * PAGE_SIZE - 1, PT_R, PAGE_SIZE));
	assert_true(is_unmapped(vm, log.v + 4 * PAGE_SIZE));
	assert_false(memory_owned(vm, IPA(log.v), PAGE_SIZE));
	assert_int_equal(memory_map_device(vm, PA(0x9000000), PAGE_SIZE), BH_OK);
	assert_true(is_mapped(vm, 0x9000000, RW | PT_DEVICE, PAGE_SIZE));
	assert_false(memory_owned(vm, IPA(0x9000000), PAGE_SIZE));
	assert_int_equal(memory_map_device(vm, PA(UINT64_C(1) << 39), PAGE_SIZE), BH_ERANGE);
	vm_free(vm);
}

/* --- failures leave nothing behind --- */

/* A new gigabyte needs a table each: with `tables` of them, the one after fails. */
static void test_give_without_tables(void **state)
{
	(void)state;
	for (unsigned tables = 0; tables < 4; tables++) {
		struct vm *vm, *other;
		uint64_t total;

		memory_start(FAR, FAR_SIZE);
		vm = vm_make(2, 1, 1 + tables);
		other = vm_make(3, 1, TABLES);
		for (unsigned i = 0; i < tables; i++)
			assert_int_equal(give_at(vm, FAR + i * SIZE_1G, SIZE_2M), BH_OK);
		total = range_total(&free_memory);
		assert_int_equal(give_at(vm, FAR + tables * SIZE_1G, SIZE_2M), BH_ENOMEM);
		assert_int_equal(range_total(&free_memory), total);
		assert_true(is_free(FAR + tables * SIZE_1G, SIZE_2M));
		assert_false(memory_owned(vm, IPA(FAR + tables * SIZE_1G), SIZE_2M));
		assert_true(is_unmapped(vm, FAR + tables * SIZE_1G));
		assert_int_equal(vm_free_tables(vm), 0);
		/* half of it fits the tables there are: nothing of it is mapped */
		if (tables) {
			uint64_t at = FAR + tables * SIZE_1G - SIZE_2M;

			assert_int_equal(give_at(vm, at, 2 * SIZE_2M), BH_ENOMEM);
			assert_int_equal(range_total(&free_memory), total);
			assert_true(is_unmapped(vm, at));
			assert_false(memory_owned(vm, IPA(at), SIZE_2M));
		}
		assert_int_equal(give_at(other, FAR + tables * SIZE_1G, SIZE_2M), BH_OK);
		vm_free(vm);
		vm_free(other);
	}
}

/* Pages of two gigabytes need four tables. */
static void test_share_without_tables(void **state)
{
	struct vm *owner = vm_make(1, 1, TABLES);
	uint64_t at = FAR + SIZE_1G - SIZE_2M;

	(void)state;
	assert_int_equal(give_at(owner, at, 2 * SIZE_2M), BH_OK);
	for (unsigned tables = 0; tables <= 4; tables++) {
		struct vm *borrower = vm_make(2, 1, 1 + tables);
		uint64_t page = at + SIZE_2M - PAGE_SIZE;
		int status = memory_share(owner, borrower, PA(page), 2 * PAGE_SIZE);

		assert_int_equal(status, tables < 4 ? BH_ENOMEM : BH_OK);
		assert_int_equal(memory_owned(owner, IPA(page), 2 * PAGE_SIZE), status != BH_OK);
		assert_int_equal(is_unmapped(borrower, page), status != BH_OK);
		assert_int_equal(is_unmapped(borrower, page + PAGE_SIZE), status != BH_OK);
		assert_int_equal(vm_free_tables(borrower), status ? tables : 0);
		vm_free(borrower);
	}
	vm_free(owner);
}

static void test_share_malformed(void **state)
{
	struct vm *owner = vm_make(1, 1, TABLES), *borrower = vm_make(2, 1, TABLES);
	uint64_t at = FAKE_RAM_BASE + SIZE_2M;

	(void)state;
	assert_int_equal(give_at(owner, at, SIZE_2M), BH_OK);
	assert_int_equal(memory_share(owner, borrower, PA(at + 8), PAGE_SIZE), BH_EINVAL);
	assert_int_equal(memory_share(owner, borrower, PA(at), PAGE_SIZE - 8), BH_EINVAL);
	assert_int_equal(memory_share(owner, owner, PA(at), PAGE_SIZE), BH_EEXIST);
	assert_true(memory_owned(owner, IPA(at), SIZE_2M));
	assert_true(is_unmapped(borrower, at));
	vm_free(owner);
	vm_free(borrower);
}

static void test_share_records(void **state)
{
	struct vm *owner = vm_make(1, 1, TABLES), *borrower = vm_make(2, 1, TABLES);
	uint64_t at = FAKE_RAM_BASE + SIZE_2M, count = 0;

	(void)state;
	assert_int_equal(give_at(owner, at, 2 * SIZE_2M), BH_OK);
	while (memory_share(owner, borrower, PA(at + count * PAGE_SIZE), PAGE_SIZE) == BH_OK)
		count++;
	/* enough for every region of every VM */
	assert_true(count >= (MAX_VMS - 1) * MAX_REGIONS);
	assert_int_equal(memory_share(owner, borrower, PA(at + count * PAGE_SIZE), PAGE_SIZE),
			 BH_ENOMEM);
	assert_true(is_unmapped(borrower, at + count * PAGE_SIZE));
	assert_true(memory_owned(owner, IPA(at + count * PAGE_SIZE), PAGE_SIZE));
	vm_free(owner);
	vm_free(borrower);
}

/* The set of free ranges is full: nothing can be taken out of the middle of one. */
static void test_full_range_set(void **state)
{
	struct vm *vm = vm_make(2, 1, TABLES);
	uint64_t total, middle = FAKE_RAM_BASE + RAM_SIZE / 2;
	pa_t at = PA(0);

	(void)state;
	for (uint64_t i = 1; i < ARRAY_SIZE(free_ranges); i++)
		range_remove(&free_memory, FAKE_RAM_BASE + 2 * i * PAGE_SIZE, PAGE_SIZE);
	assert_int_equal(free_memory.count, ARRAY_SIZE(free_ranges));
	total = range_total(&free_memory);
	assert_int_equal(give_at(vm, middle, SIZE_2M), BH_ENOMEM);
	assert_int_equal(memory_give(vm, &RANGE_ALL, SIZE_2M, &at), BH_ENOMEM);
	assert_int_equal(at.v, 0);
	assert_int_equal(range_total(&free_memory), total);
	assert_false(memory_owned(vm, IPA(middle), SIZE_2M));
	assert_true(is_unmapped(vm, middle));
	/* up to the end of a range */
	assert_int_equal(give_at(vm, FAKE_RAM_BASE + RAM_SIZE - SIZE_2M, SIZE_2M), BH_OK);
	vm_free(vm);
}

/* --- the size of the address space --- */

static void test_roots(void **state)
{
	(void)state;
	for (unsigned bits = 39; bits <= 43; bits++) {
		uint64_t end = UINT64_C(1) << bits, far = end - SIZE_1G;
		struct vm *vm;
		uint64_t *root;

		memory_start(far, SIZE_1G);
		assert_int_equal(memory_ipa_bits(), bits);
		vm = vm_make(2, 1, (1u << (bits - 39)) + 2);
		root = vm->stage2.root;
		assert_int_equal((uint64_t)root % (PAGE_SIZE << (bits - 39)), 0);
		assert_int_equal(vm->vttbr, UINT64_C(2) << 48 | (uint64_t)root);
		assert_int_equal(vm_free_tables(vm), 2);
		assert_int_equal(give_at(vm, far, SIZE_1G), BH_OK);
		/* the last entry of the last root table is a block (bits 1:0 = 01) */
		assert_int_equal(root[(512u << (bits - 39)) - 1] & 3, 1);
		assert_int_equal(root[(512u << (bits - 39)) - 1] & UINT64_C(0xFFFFC0000000), far);
		for (unsigned i = 0; i < (512u << (bits - 39)) - 1; i++)
			assert_int_equal(root[i], 0);
		assert_true(memory_owned(vm, IPA(end - 1), 1));
		assert_false(memory_owned(vm, IPA(end - 1), 2));
		vm_free(vm);
	}
}

static void test_ram_beyond(void **state)
{
	uint64_t end = UINT64_C(1) << 43;

	(void)state;
	memory_start(UINT64_C(1) << 39, SIZE_2M);
	assert_int_equal(memory_ipa_bits(), 40);
	range_add(&ram, end, SIZE_2M);
	range_add(&free_memory, end, SIZE_2M);
	assert_int_equal(memory_init(&ram, &free_memory), BH_ERANGE);
}

static void test_bad_pools(void **state)
{
	struct vm *vm;

	(void)state;
	memory_start(UINT64_C(1) << 40, SIZE_2M);
	vm = vm_make_bare(2, 1, 3); /* a root of 41 bits is four tables */
	assert_int_equal(stage2_init(vm, memory_ipa_bits()), BH_ENOMEM);
	vm_free(vm);
	vm = vm_make_bare(2, 1, 8);
	vm->tables.free = *(void **)vm->tables.free; /* now it starts with the second page */
	assert_int_equal(stage2_init(vm, memory_ipa_bits()), BH_EINVAL);
	vm_free(vm);
}

/* No memory even for the table of owners, or only for that. */
static void test_no_memory(void **state)
{
	pa_t at;

	(void)state;
	free_memory.count = 0;
	assert_int_equal(memory_init(&ram, &free_memory), BH_ENOMEM);
	range_add(&free_memory, FAKE_RAM_BASE, SIZE_2M);
	assert_int_equal(memory_init(&ram, &free_memory), BH_OK);
	assert_int_equal(memory_take(SIZE_2M, &at), BH_ENOMEM);
}

static int ram_make(void **state)
{
	(void)state;
	return fake_ram_map(FAKE_RAM_BASE, RAM_SIZE) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_give_anywhere, machine_small),
		cmocka_unit_test_setup(test_give_fixed, machine_small),
		cmocka_unit_test_setup(test_ragged_ram, machine_small),
		cmocka_unit_test_setup(test_owned_limits, machine_small),
		cmocka_unit_test_setup(test_gigabytes, machine_large),
		cmocka_unit_test_setup(test_gigabyte_unaligned, machine_large),
		cmocka_unit_test_setup(test_share, machine_small),
		cmocka_unit_test_setup(test_show, machine_small),
		cmocka_unit_test(test_give_without_tables),
		cmocka_unit_test_setup(test_share_without_tables, machine_large),
		cmocka_unit_test_setup(test_share_malformed, machine_small),
		cmocka_unit_test_setup(test_share_records, machine_small),
		cmocka_unit_test_setup(test_full_range_set, machine_small),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_ram_beyond),
		cmocka_unit_test(test_bad_pools),
		cmocka_unit_test_setup(test_no_memory, machine_small),
	};

	return cmocka_run_group_tests(tests, ram_make, NULL);
}
