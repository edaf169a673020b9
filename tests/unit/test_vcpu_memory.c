/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the hypervisor reads for a guest (hv/x86/memory.c) with tables of the guest's that are right, and that are anything: it never looks at a
 * page that is neither the guest's nor a nested table.
 */
#include "unit.h"
#include <hv/x86/vcpu.h>
#include <string.h>
#include <sys/mman.h>

#include <hv/x86/memory.c>

#define PAGES  64u
#define OWNED  40u /* the first are the guest's */
#define TABLES 44u /* up to here the nested tables; behind them others' */
#define ROUNDS 20000u
#define RIGHTS 7u

static uint64_t memory[PAGES][512];
static uint64_t cr3, cr4;

uint64_t backend_cr3(void)
{
	return cr3;
}

uint64_t backend_cr4(void)
{
	return cr4;
}

void *window(uint64_t physical)
{
	assert_true(physical / 4096 < TABLES);
	return memory[physical / 4096];
}

/* Everything to itself, by 4 KiB, as far as it is the guest's; the APIC's page is the last of these. */
static void nested_make(struct vcpu_config *to)
{
	memset(memory, 0, sizeof(memory));
	for (unsigned i = 0; i < 3; i++)
		memory[OWNED + i][0] = (OWNED + i + 1) * 4096 | RIGHTS;
	for (unsigned i = 0; i < OWNED; i++)
		memory[OWNED + 3][i] = i * 4096 | RIGHTS;
	to->nested = OWNED * 4096;
	to->apic = (OWNED - 1) * 4096;
}

static int setup(void **state)
{
	struct vcpu_config *page = mmap((void *)VCPU_CONFIG, 4096, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	*state = page;
	return page == MAP_FAILED;
}

static void test_right(void **state)
{
	char text[16];

	nested_make(*state);
	cr3 = 0, cr4 = 0x20;
	for (unsigned i = 0; i < 3; i++)
		memory[i][1] = (i + 1) * 4096 | PRESENT;
	memory[3][1] = 5 * 4096 | PRESENT;
	memory[3][2] = 7 * 4096 | PRESENT;
	memcpy((char *)memory[5] + 4092, "four", 4);
	memcpy(memory[7], "more", 4);
	assert_true(guest_read(0x8040201000 + 4092, text, 8));
	assert_memory_equal(text, "fourmore", 8);
	assert_false(guest_read(0x8040203000, text, 1));
	assert_false(guest_read(0x8040202000 + 4095, text, 2));
	/* large: what it shows of the guest's, and no more */
	memory[1][1] = LARGE | PRESENT;
	assert_true(guest_read(0x8040000000 + 5 * 4096 + 4092, text, 4));
	assert_false(guest_read(0x8040000000 + (OWNED + 1) * 4096, text, 1));
	assert_false(guest_read(0x8040000000 + (OWNED - 1) * 4096, text, 1));
	cr4 |= 0x1000; /* five levels */
	assert_false(guest_read(0x8040000000, text, 1));
}

static void test_none(void **state)
{
	struct vcpu_config *page = *state;
	char text[1];

	nested_make(page);
	page->nested = 0;
	cr3 = 0;
	memory[0][0] = PRESENT | LARGE;
	assert_false(guest_read(0, text, 1));
}

static void test_anything(void **state)
{
	struct random random = random_start();

	nested_make(*state);
	cr4 = 0x20;
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t *entry = &memory[random_below(&random, OWNED)][random_below(&random, 8)];
		char bytes[16];

		*entry = random_below(&random, 2 * PAGES) * 4096 | random_below(&random, 256);
		if (random_below(&random, 16) == 0)
			*entry = random_next(&random);
		cr3 = random_below(&random, PAGES) * 4096;
		(void)guest_read(random_below(&random, 8) << 39 | random_below(&random, 8) << 30 |
					 random_below(&random, 8) << 21 |
					 random_below(&random, 8 * 4096),
				 bytes, sizeof(bytes));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_anything),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
