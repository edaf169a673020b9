/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The login VM's distributor register by register: what it says of itself, what of others' interrupts is there (nothing), sizes of accesses, and
 * what is left of it after a VM's end. Against a model: test_hv_vdist.c.
 */
#include "hv_fake/dist_node.h"
#include "hv_fake/gic.h"
#include "hv_fake/machine.h"
#include "unit.h"
#include <bulkhead/types.h>
#include <hv/arm64/vdist.h>

#define VCPUS   3u
#define PRIVATE 32u

static void expect(uint64_t offset, uint32_t size, uint64_t value)
{
	assert_int_equal(dist_read(0, DIST_GICD + offset, size), value);
}

static void test_identity_v3(void **state)
{
	uint64_t last = DIST_GICR + 2 * DIST_STRIDE;

	(void)state;
	dist_node_make(3, VCPUS);
	expect(0xFFE8, 4, 0x3B); /* PIDR2: GICv3 */
	expect(0x0004, 4, 0x07480000 | (gic->lines - 1));
	expect(0x0008, 4, 0x4200043B);
	/* processor numbers and affinities; the last one says so */
	assert_int_equal(dist_read(1, DIST_GICR + DIST_STRIDE + 8, 8), UINT64_C(1) << 32 | 1 << 8);
	assert_int_equal(dist_read(1, last + 8, 4), 2 << 8 | 1 << 4);
	assert_int_equal(dist_read(1, last + 12, 4), 2);
	assert_int_equal(dist_read(0, last + 0xFFE8, 4), 0x3B);
	/* a redistributor sleeps until it is woken */
	assert_int_equal(dist_read(0, last + 0x14, 4), 6);
	dist_write(0, last + 0x14, 4, 0);
	assert_int_equal(dist_read(2, last + 0x14, 4), 0);
	assert_int_equal(dist_read(2, last, 4), 0); /* no write is pending */
	dist_node_free();
}

static void test_identity_v2(void **state)
{
	(void)state;
	dist_node_make(2, VCPUS);
	expect(0xFE8, 4, 0x2B);
	expect(0x004, 4, (gic->lines - 1) | (VCPUS - 1) << 5);
	/* who reads */
	assert_int_equal(dist_read(2, DIST_GICD + 0x800, 4), 0x04040404);
	assert_int_equal(dist_read(1, DIST_GICD + 0x81F, 1), 2);
	/* interfaces that are not there cannot be targets */
	dist_write(0, DIST_GICD + 0x800 + 36, 1, 0xFC);
	expect(0x800 + 36, 1, 4);
	dist_node_free();
}

/* Reads as zero and ignores writes, whatever the size. */
static void nothing_at(uint64_t address)
{
	for (uint32_t size = 1; size <= 8; size *= 2) {
		if (address % size)
			continue;
		dist_write(0, address, size, ~UINT64_C(0));
		assert_int_equal(dist_read(0, address, size), 0);
	}
}

static void test_others_interrupts(void **state)
{
	(void)state;
	dist_node_make(3, VCPUS);
	/* of SPIs 32 to 63 two are the VM's; 64 to 95 one; 96 and beyond 287 none */
	dist_write(0, DIST_GICD + 0x104, 4, ~0u);
	expect(0x104, 4, 1u << 1 | 1u << 4 | 1u << 14 | 1u << 31);
	dist_write(0, DIST_GICD + 0x084, 4, ~0u);
	expect(0x084, 4, 1u << 1 | 1u << 4 | 1u << 14 | 1u << 31);
	nothing_at(DIST_GICD + 0x10C);
	nothing_at(DIST_GICD + 0x17C);
	nothing_at(DIST_GICD + 0x100);           /* private ones are in GICR */
	nothing_at(DIST_GICD + 0x400 + 34);      /* another's priority */
	nothing_at(DIST_GICD + 0x6000 + 8 * 34); /* and route */
	nothing_at(DIST_GICD + 0x800);           /* ITARGETSR, with affinity routing */
	nothing_at(DIST_GICD + 0xC00);
	nothing_at(DIST_GICD + 0xF00);
	nothing_at(DIST_GICD + 0x8000);
	nothing_at(DIST_GICR + DIST_SGI + 0x104);
	nothing_at(DIST_GICR + DIST_SGI + 0x420);
	nothing_at(DIST_GICR + 0x70);
	for (uint32_t id = PRIVATE; id < 288; id++)
		assert_false(fake_spis[id].enabled); /* no group is on */
	dist_write(0, DIST_GICD, 4, 3);
	for (uint32_t id = PRIVATE; id < 288; id++)
		assert_int_equal(fake_spis[id].enabled, id == 33 || id == 36 || id == 63);
	dist_node_free();
}

static void test_widths(void **state)
{
	(void)state;
	dist_node_make(3, VCPUS);
	/* a route by halves, and the bits that it has */
	dist_write(0, DIST_GICD + 0x6000 + 8 * 36 + 4, 4, 0xFFFFFFFF);
	dist_write(0, DIST_GICD + 0x6000 + 8 * 36, 4, 0xFFFFFFFF);
	expect(0x6000 + 8 * 36, 8, UINT64_C(0xFF00FFFFFF));
	expect(0x6000 + 8 * 36 + 4, 4, 0xFF);
	dist_write(0, DIST_GICD + 0x6000 + 8 * 36, 8, 2);
	expect(0x6000 + 8 * 36, 4, 2);
	/* four priorities at once, one of them another's */
	dist_write(0, DIST_GICD + 0x400 + 32, 4, 0xFFFFFFFF);
	expect(0x400 + 32, 4, 0x0000F800);
	expect(0x400 + 33, 1, 0xF8);
	/* sizes that a register does not have */
	dist_write(0, DIST_GICD + 0x400 + 32, 2, 0);
	dist_write(0, DIST_GICD + 0x104, 1, 0xFF);
	dist_write(0, DIST_GICD + 0x100, 8, ~UINT64_C(0));
	expect(0x400 + 32, 4, 0x0000F800);
	expect(0x104, 4, 0);
	expect(0x104, 2, 0);
	expect(0x400 + 32, 8, 0);
	dist_node_free();
}

/* What one VM leaves is not there for the next: nothing enabled, nothing active. */
static void test_reset(void **state)
{
	struct vm *vm;

	(void)state;
	vm = dist_node_make(3, VCPUS);
	dist_write(0, DIST_GICD, 4, 3);
	dist_write(0, DIST_GICD + 0x104, 4, 1u << 1 | 1u << 4);
	fake_spis[33].level = fake_spis[36].level = true;
	dist_settle();
	fake_core_select(0);
	assert_int_equal(fake_guest_acknowledge(), 33);
	for (uint32_t v = 0; v < VCPUS; v++)
		dist_leave(v);
	assert_true(fake_spis[33].active && fake_spis[36].active);
	vdist_reset(vm);
	assert_false(fake_spis[33].active || fake_spis[36].active);
	assert_false(fake_spis[33].enabled || fake_spis[36].enabled);
	dist_enter(0, 0);
	expect(0x104, 4, 0);
	expect(0x204, 4, 1u << 1 | 1u << 4); /* the lines are up */
	expect(0x304, 4, 0);
	assert_int_equal(fake_guest_acknowledge(), 1023);
	dist_node_free();
}

/* A VM that has ended takes no interrupt, and none comes again and again. */
static void test_ended(void **state)
{
	struct vm *vm;

	(void)state;
	vm = dist_node_make(3, VCPUS);
	dist_write(0, DIST_GICD, 4, 3);
	dist_write(0, DIST_GICD + 0x104, 4, 1u << 1);
	for (uint32_t v = 0; v < VCPUS; v++)
		dist_leave(v);
	vm->ended = 1;
	fake_spis[33].level = true;
	dist_settle();
	assert_false(fake_spis[33].enabled || fake_spis[33].active);
	dist_node_free();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity_v3),
		cmocka_unit_test(test_identity_v2),
		cmocka_unit_test(test_others_interrupts),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
