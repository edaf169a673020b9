/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory ownership against a model that keeps for every page of RAM what each VM may do with it:
 * random gifts, shares and mappings, with enough tables and with few; after each, the VMs' stage-2
 * tables allow exactly what the model says.
 */
#include "hv_fake/machine.h"
#include "hv_fake/vm_make.h"
#include "unit.h"
#include <bulkhead/status.h>
#include <hv/arm64/memory.h>

#define VMS        5
#define LIVES      25
#define STEPS      120
#define UNITS      64u
#define HOLE       40u /* four units without RAM */
#define HOLE_END   44u
#define UNIT_PAGES (SIZE_2M / PAGE_SIZE)
#define PAGES      (UNITS * UNIT_PAGES)
#define SHARES_MAX 256

static struct random rng;
static struct range ram_ranges[8], free_ranges[2 * UNITS];
static struct range_set ram, free_memory;
static struct vm *machine_vms[VMS];

/*
 * the model: access of each VM to each page, as PT_ bits; who owns each unit (0: free, NOBODY: the
 * hypervisor's or no RAM)
 */
#define NOBODY 0xFF
static uint8_t access[VMS][PAGES], owner[UNITS];
static unsigned shares;
static unsigned results[2][5]; /* [refused, done] of each kind of step */

static uint64_t address_of(uint64_t page)
{
	return FAKE_RAM_BASE + page * PAGE_SIZE;
}

static uint64_t unit_address(uint64_t unit)
{
	return FAKE_RAM_BASE + unit * SIZE_2M;
}

/* --- the tables against the model --- */

struct visit {
	unsigned vm;
	uint64_t next; /* page that the model is to be compared from */
};

static void expect_no_access(unsigned vm, uint64_t from, uint64_t to)
{
	for (; from < to; from++)
		if (access[vm][from])
			fail_msg("VM %u lacks page %llu", vm + 1, (unsigned long long)from);
}

static bool leaf_compare(void *arg, const struct pt_leaf *leaf)
{
	struct visit *visit = arg;
	uint64_t first = (leaf->in - FAKE_RAM_BASE) / PAGE_SIZE;
	uint64_t end = first + leaf->size / PAGE_SIZE;

	if (leaf->in < FAKE_RAM_BASE || end > PAGES || leaf->pa.v != leaf->in)
		fail_msg("VM %u reaches %llx", visit->vm + 1, (unsigned long long)leaf->pa.v);
	expect_no_access(visit->vm, visit->next, first);
	for (uint64_t page = first; page < end; page++)
		if (access[visit->vm][page] != leaf->attr)
			fail_msg("VM %u, page %llu: %x instead of %x", visit->vm + 1,
				 (unsigned long long)page, leaf->attr, access[visit->vm][page]);
	visit->next = end;
	return true;
}

static void tables_compare(unsigned vm)
{
	struct visit visit = {.vm = vm};

	pt_visit(&machine_vms[vm]->stage2, 0, UINT64_C(1) << 39, leaf_compare, &visit);
	expect_no_access(vm, visit.next, PAGES);
}

/*
 * Two VMs reach a page only when one owns it and the other borrowed it, or when it is the
 * hypervisor's and shown.
 */
static void isolation_check(void)
{
	for (uint64_t page = 0; page < PAGES; page++) {
		unsigned owners = 0, borrowers = 0, readers = 0;

		for (unsigned vm = 0; vm < VMS; vm++) {
			owners += (access[vm][page] & PT_X) != 0;
			borrowers += access[vm][page] == (PT_R | PT_W);
			readers += access[vm][page] == PT_R;
		}
		assert_true(owners <= 1 && borrowers <= owners && (!readers || !owners));
		if (owner[page / UNIT_PAGES] == NOBODY || owner[page / UNIT_PAGES] == 0)
			assert_int_equal(owners, 0);
	}
}

static bool is_shared(uint64_t page)
{
	for (unsigned vm = 0; vm < VMS; vm++)
		if (access[vm][page] == (PT_R | PT_W))
			return true;
	return false;
}

static bool is_owned(unsigned vm, uint64_t first, uint64_t count)
{
	for (uint64_t page = first; page < first + count; page++)
		if (page >= PAGES || owner[page / UNIT_PAGES] != vm + 1 || is_shared(page))
			return false;
	return count > 0;
}

static bool units_free(uint64_t unit, uint64_t count)
{
	for (uint64_t u = unit; u < unit + count; u++)
		if (u >= UNITS || owner[u] != 0)
			return false;
	return count > 0;
}

static bool any_units_free(uint64_t count)
{
	for (uint64_t unit = 0; unit < UNITS; unit++)
		if (units_free(unit, count))
			return true;
	return false;
}

/* --- steps --- */

static void note(unsigned kind, int status)
{
	results[status == BH_OK][kind]++;
}

/* ENOMEM for want of a table is known by its leaving the VM without one. */
static bool tables_may_lack(unsigned vm)
{
	return vm_free_tables(machine_vms[vm]) < 4;
}

static void step_give(unsigned vm)
{
	uint64_t count = 1 + random_below(&rng, 4), unit = random_below(&rng, UNITS);
	bool fixed = random_one_in(&rng, 2);
	struct range where = {unit_address(unit), unit_address(unit + count)};
	pa_t at = PA(0);
	bool possible = fixed ? units_free(unit, count) : any_units_free(count);
	unsigned tables = vm_free_tables(machine_vms[vm]);
	int status = memory_give(machine_vms[vm], fixed ? &where : &RANGE_ALL, count * SIZE_2M,
				 &at);

	note(fixed ? 0 : 1, status);
	if (status) {
		assert_int_equal(status, BH_ENOMEM);
		assert_true(!possible || tables_may_lack(vm));
		assert_int_equal(vm_free_tables(machine_vms[vm]), tables);
		return;
	}
	assert_true(possible);
	unit = (at.v - FAKE_RAM_BASE) / SIZE_2M;
	assert_true(IS_ALIGNED(at.v, SIZE_2M) && units_free(unit, count));
	assert_true(fake_ram_is_zero(at.v, count * SIZE_2M));
	assert_true(fake_is_cleaned(at.v, count * SIZE_2M));
	memset(&owner[unit], (int)vm + 1, count);
	memset(&access[vm][unit * UNIT_PAGES], PT_R | PT_W | PT_X, count * UNIT_PAGES);
}

static void step_share(unsigned vm)
{
	unsigned borrower = (unsigned)random_below(&rng, VMS);
	uint64_t first = random_below(&rng, PAGES), count = 1 + random_below(&rng, 700);
	bool possible;
	int status;

	/* mostly memory of the VM's own */
	for (int i = 0; i < 16 && owner[first / UNIT_PAGES] != vm + 1; i++)
		first = random_below(&rng, PAGES);
	if (random_one_in(&rng, 2))
		count = 1 + random_below(&rng, 16);
	while (borrower == vm)
		borrower = (unsigned)random_below(&rng, VMS);
	possible = is_owned(vm, first, count);
	status = memory_share(machine_vms[vm], machine_vms[borrower], PA(address_of(first)),
			      count * PAGE_SIZE);
	note(2, status);
	if (!possible) {
		assert_int_equal(status, BH_EPERM);
		return;
	}
	if (status) {
		assert_int_equal(status, BH_ENOMEM);
		assert_true(shares == SHARES_MAX || tables_may_lack(borrower));
		return;
	}
	shares++;
	memset(&access[borrower][first], PT_R | PT_W, count);
}

/* Pages of a unit that memory_take took. */
static void step_show(unsigned vm)
{
	uint64_t first = random_below(&rng, UNIT_PAGES), count = 1 + random_below(&rng, 8);
	bool mapped = false;
	pa_t at;
	int status;

	if (random_one_in(&rng, 4) && memory_take(SIZE_2M, &at) == BH_OK) {
		assert_true(units_free((at.v - FAKE_RAM_BASE) / SIZE_2M, 1));
		owner[(at.v - FAKE_RAM_BASE) / SIZE_2M] = NOBODY;
	}
	/* the unit with the table of owners is the hypervisor's always */
	for (uint64_t page = first; page < first + count; page++)
		mapped = mapped || page >= UNIT_PAGES || access[vm][page];
	if (first + count > UNIT_PAGES)
		return;
	status = memory_show(machine_vms[vm], PA(address_of(first)), count * PAGE_SIZE);
	note(3, status);
	if (mapped) {
		assert_true(status == BH_EEXIST);
		return;
	}
	if (status) {
		assert_int_equal(status, BH_ENOMEM);
		assert_true(tables_may_lack(vm));
		return;
	}
	memset(&access[vm][first], PT_R, count);
}

static void step_owned(unsigned vm)
{
	uint64_t unit = random_below(&rng, UNITS), size = 1 + random_below(&rng, 3 * SIZE_2M);
	uint64_t at = unit_address(unit) + random_below(&rng, SIZE_2M);
	uint64_t first = (at - FAKE_RAM_BASE) / PAGE_SIZE;
	uint64_t last;
	bool owned;

	if (random_one_in(&rng, 2))
		size = 1 + random_below(&rng, 2 * PAGE_SIZE);
	last = (at + size - 1 - FAKE_RAM_BASE) / PAGE_SIZE;
	owned = memory_owned(machine_vms[vm], IPA(at), size);
	note(4, owned ? BH_OK : BH_EPERM);
	assert_int_equal(owned, is_owned(vm, first, last - first + 1));
	/* what one owns is reachable for nobody else */
	for (unsigned other = 0; owned && other < VMS; other++)
		for (uint64_t page = first; page <= last && other != vm; page++)
			assert_int_equal(access[other][page], 0);
}

static void step(void)
{
	unsigned vm = (unsigned)random_below(&rng, VMS);

	switch (random_below(&rng, 8)) {
	case 0:
	case 1:
		step_give(vm);
		break;
	case 2:
	case 3:
	case 4:
		step_share(vm);
		break;
	case 5:
		step_show(vm);
		break;
	default:
		step_owned(vm);
	}
}

/* --- */

static void ram_add(uint64_t unit, uint64_t end)
{
	range_add(&ram, unit_address(unit), (end - unit) * SIZE_2M);
	range_add(&free_memory, unit_address(unit), (end - unit) * SIZE_2M);
	/* what a former life left */
	for (uint64_t page = unit * UNIT_PAGES; page < end * UNIT_PAGES; page++)
		memset((void *)(address_of(page) + random_below(&rng, PAGE_SIZE)), 0xA5, 1);
}

static void machine_start(bool few_tables)
{
	ram = (struct range_set)RANGE_SET(ram_ranges);
	free_memory = (struct range_set)RANGE_SET(free_ranges);
	fake_machine_reset(4);
	ram_add(0, HOLE);
	ram_add(HOLE_END, UNITS);
	assert_int_equal(memory_init(&ram, &free_memory), BH_OK);
	memset(access, 0, sizeof(access));
	memset(owner, 0, sizeof(owner));
	owner[0] = NOBODY;
	memset(&owner[HOLE], NOBODY, HOLE_END - HOLE);
	shares = 0;
	for (unsigned i = 0; i < VMS; i++)
		machine_vms[i] = vm_make((uint16_t)(i + 1), 1,
					 few_tables ? 1 + (unsigned)random_below(&rng, 8)
						    : 1 + UNITS + 2);
}

static void test_random(void **state)
{
	(void)state;
	rng = random_start();
	for (unsigned life = 0; life < LIVES; life++) {
		machine_start(life % 2);
		for (unsigned i = 0; i < STEPS; i++) {
			step();
			if (i % 8 == 0)
				for (unsigned vm = 0; vm < VMS; vm++)
					tables_compare(vm);
		}
		isolation_check();
		for (unsigned vm = 0; vm < VMS; vm++) {
			tables_compare(vm);
			vm_free(machine_vms[vm]);
		}
	}
	for (unsigned kind = 0; kind < 5; kind++) {
		print_message("step %u: %u refused, %u done\n", kind, results[0][kind],
			      results[1][kind]);
		assert_true(results[0][kind] > 20 && results[1][kind] > 20);
	}
}

static int ram_make(void **state)
{
	(void)state;
	return fake_ram_map(FAKE_RAM_BASE, UNITS * SIZE_2M) ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_random, ram_make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
