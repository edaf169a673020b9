/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The arm64 descriptor formats, bit by bit as the Arm ARM draws them (D8.3), and that attr gives
 * back what leaf was given.
 */
#include <lib/pt.h>
#include "unit.h"

#define V  UINT64_C(0x1)
#define PG UINT64_C(0x2)
#define AF UINT64_C(0x400)
#define SH UINT64_C(0x300)

#define NG      UINT64_C(0x800)
#define AP_USER UINT64_C(0x40)
#define AP_RO   UINT64_C(0x80)
#define PXN     UINT64_C(0x0020000000000000)
#define UXN     UINT64_C(0x0040000000000000)
#define INDX(n) ((uint64_t)(n) << 2)

#define SOME_PA UINT64_C(0x0000123456789000)
#define BASE    (SOME_PA | AF | SH | PG | V)

static uint64_t page(const struct pt_format *format, uint32_t attr)
{
	return format->leaf(3, PA(SOME_PA), attr);
}

static void test_mair(void **state)
{
	(void)state;
	assert_int_equal(PT_ARM64_MAIR & 0xff, 0xff);
	assert_int_equal(PT_ARM64_MAIR >> (8 * PT_ARM64_INDEX_DEVICE) & 0xff, 0x04);
	assert_int_equal(PT_ARM64_MAIR >> (8 * PT_ARM64_INDEX_NC) & 0xff, 0x44);
}

static void test_stage1_bits(void **state)
{
	const struct pt_format *f = &pt_arm64_stage1;

	(void)state;
	assert_true(page(f, PT_R) == (BASE | AP_RO | NG | UXN | PXN));
	assert_true(page(f, PT_R | PT_W | PT_GLOBAL) == (BASE | UXN | PXN));
	assert_true(page(f, PT_R | PT_X | PT_GLOBAL) == (BASE | AP_RO | UXN));
	assert_true(page(f, PT_R | PT_W | PT_USER) == (BASE | AP_USER | NG | UXN | PXN));
	assert_true(page(f, PT_R | PT_X | PT_USER) == (BASE | AP_USER | AP_RO | NG | PXN));
	assert_true(page(f, PT_R | PT_W | PT_DEVICE | PT_GLOBAL) == (BASE | INDX(1) | UXN | PXN));
	assert_true(page(f, PT_R | PT_W | PT_NC | PT_GLOBAL) == (BASE | INDX(2) | UXN | PXN));
	assert_true(f->leaf(2, PA(SIZE_2M), PT_R | PT_W | PT_GLOBAL) ==
		    (SIZE_2M | AF | SH | V | UXN | PXN));
	assert_true(f->leaf(1, PA(SIZE_1G), PT_R | PT_W | PT_GLOBAL) ==
		    (SIZE_1G | AF | SH | V | UXN | PXN));
}

static void test_el2_bits(void **state)
{
	const struct pt_format *f = &pt_arm64_el2;

	(void)state;
	assert_true(page(f, PT_R) == (BASE | AP_USER | AP_RO | UXN));
	assert_true(page(f, PT_R | PT_W) == (BASE | AP_USER | UXN));
	assert_true(page(f, PT_R | PT_X) == (BASE | AP_USER | AP_RO));
	assert_true(page(f, PT_R | PT_W | PT_DEVICE) == (BASE | INDX(1) | AP_USER | UXN));
	assert_true(page(f, PT_R | PT_GLOBAL) == page(f, PT_R));
	assert_true(page(f, PT_R | PT_USER) == 0);
}

static void test_stage2_bits(void **state)
{
	const struct pt_format *f = &pt_arm64_stage2;
	uint64_t r = UINT64_C(0x40), w = UINT64_C(0x80), xn = UXN;

	(void)state;
	assert_true(page(f, PT_R | PT_W | PT_X) == (BASE | INDX(15) | r | w));
	assert_true(page(f, PT_R | PT_W) == (BASE | INDX(15) | r | w | xn));
	assert_true(page(f, PT_R) == (BASE | INDX(15) | r | xn));
	assert_true(page(f, PT_W) == (BASE | INDX(15) | w | xn));
	assert_true(page(f, PT_R | PT_W | PT_DEVICE) == (BASE | INDX(1) | r | w | xn));
	assert_true(page(f, PT_R | PT_W | PT_NC) == (BASE | INDX(5) | r | w | xn));
	assert_true(page(f, PT_X) == 0);
	assert_true(page(f, PT_R | PT_USER) == 0);
	assert_true(page(f, PT_R | PT_GLOBAL) == 0);
}

static void check_round_trip(const struct pt_format *f, unsigned level, uint32_t attr)
{
	pa_t pa = PA(SOME_PA & ~(SIZE_1G - 1));
	uint64_t entry = f->leaf(level, pa, attr);

	if (entry == 0)
		return;
	if (f == &pt_arm64_el2)
		attr &= ~PT_GLOBAL; /* all of EL2 is */
	assert_true(f->attr(entry) == attr);
	assert_true(f->pa(entry).v == pa.v);
	assert_true(f->is_valid(entry) == !(attr & PT_HELD));
	assert_true(f->is_present(entry));
	assert_false(f->is_table(entry, level));
	assert_true(f->leaf(level, f->pa(entry), f->attr(entry)) == entry);
	/* held and revived, it is what it was; held keeps the rest */
	assert_true(f->leaf(level, pa, attr | PT_HELD) == (entry & ~V));
}

static void test_round_trips(void **state)
{
	const struct pt_format *formats[] = {&pt_arm64_stage1, &pt_arm64_el2, &pt_arm64_stage2};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(formats); i++)
		for (unsigned level = 1; level <= 3; level++)
			for (uint32_t attr = 0; attr < 1u << 9; attr++)
				check_round_trip(formats[i], level, attr);
}

static void test_not_expressible(void **state)
{
	const struct pt_format *formats[] = {&pt_arm64_stage1, &pt_arm64_el2, &pt_arm64_stage2};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
		const struct pt_format *f = formats[i];

		assert_true(f->leaf(0, PA(0), PT_R) == 0);
		assert_true(f->leaf(3, PA(UINT64_C(1) << 48), PT_R) == 0);
		assert_true(f->leaf(3, PA(1), PT_R) == 0);
		assert_true(page(f, PT_R | PT_DEVICE | PT_NC) == 0);
		assert_true(page(f, PT_R | 1u << 8) == 0);
		assert_true(page(f, PT_R | 1u << 31) == 0);
	}
	assert_true(page(&pt_arm64_stage1, PT_W) == 0);
	assert_true(page(&pt_arm64_stage1, PT_X | PT_USER) == 0);
	assert_true(page(&pt_arm64_el2, 0) == 0);
}

static void test_tables(void **state)
{
	const struct pt_format *f = &pt_arm64_stage1;
	uint64_t entry = f->table(PA(SOME_PA));

	(void)state;
	assert_true(entry == (SOME_PA | 3));
	assert_true(f->is_table(entry, 0) && f->is_table(entry, 1) && f->is_table(entry, 2));
	assert_false(f->is_table(entry, 3));
	assert_true(f->is_valid(entry) && f->is_present(entry));
	assert_true(f->pa(entry).v == SOME_PA);
	assert_false(f->is_present(0));
	/* a held page has bit 1 too, but is no link at any level */
	assert_false(f->is_table(page(f, PT_R | PT_HELD), 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mair),        cmocka_unit_test(test_stage1_bits),
		cmocka_unit_test(test_el2_bits),    cmocka_unit_test(test_stage2_bits),
		cmocka_unit_test(test_round_trips), cmocka_unit_test(test_not_expressible),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
