/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loads and stores of emulated registers: what the syndrome says of them, what the guest's register
 * gets, and what is none of ours.
 */
#include "hv_fake/machine.h"
#include "hv_fake/vm_make.h"
#include "unit.h"
#include <hv/arm64/cpu.h>
#include <hv/arm64/mmio.h>
#include <hv/arm64/vcpu.h>

#define BASE  UINT64_C(0x08000000)
#define SIZE  UINT64_C(0x1000)
#define GIVES UINT64_C(0x8899AABBCCDDEEFF)

static struct mmio_access last;
static unsigned handled;
static enum mmio_result answer;
static struct vcpu *vcpu;

static enum mmio_result handler(struct vcpu *by, struct mmio_access *access)
{
	assert_ptr_equal(by, vcpu);
	last = *access;
	handled++;
	access->value = GIVES;
	return answer;
}

static uint32_t iss_of(unsigned log2, unsigned rt, uint32_t flags)
{
	return ISS_ISV | log2 << 22 | rt << 16 | flags | 0x07;
}

static bool access(uint32_t iss, uint64_t ipa)
{
	handled = 0;
	vcpu->pc = 0x1000;
	return mmio_emulate(&cpus[0], iss, ipa);
}

static void test_loads(void **state)
{
	static const struct {
		unsigned log2;
		uint32_t flags;
		uint64_t value;
	} loads[] = {
		{0, 0, 0xFF},
		{1, 0, 0xEEFF},
		{2, 0, 0xCCDDEEFF},
		{3, ISS_SF, GIVES},
		{0, ISS_SSE, 0xFFFFFFFF},
		{0, ISS_SSE | ISS_SF, UINT64_MAX},
		{1, ISS_SSE | ISS_SF, UINT64_C(0xFFFFFFFFFFFFEEFF)},
		{2, ISS_SSE | ISS_SF, UINT64_C(0xFFFFFFFFCCDDEEFF)},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		vcpu->x[7] = 1;
		assert_true(access(iss_of(loads[i].log2, 7, loads[i].flags), BASE + 8));
		assert_int_equal(vcpu->x[7], loads[i].value);
		assert_int_equal(vcpu->pc, 0x1004);
		assert_int_equal(last.offset, 8);
		assert_int_equal(last.size, 1u << loads[i].log2);
		assert_false(last.write);
	}
	/* register 31 is none */
	assert_true(access(iss_of(2, 31, 0), BASE));
	assert_int_equal(vcpu->pc, 0x1004);
}

static void test_stores(void **state)
{
	(void)state;
	vcpu->x[30] = GIVES;
	assert_true(access(iss_of(1, 30, ISS_WNR), BASE + SIZE - 2));
	assert_true(last.write);
	assert_int_equal(last.value, 0xEEFF);
	assert_int_equal(last.offset, SIZE - 2);
	assert_int_equal(vcpu->x[30], GIVES);
	assert_true(access(iss_of(3, 30, ISS_WNR | ISS_SF), BASE));
	assert_int_equal(last.value, GIVES);
	assert_true(access(iss_of(3, 31, ISS_WNR | ISS_SF), BASE));
	assert_int_equal(last.value, 0);
}

static void refused(uint32_t iss, uint64_t ipa)
{
	vcpu->x[3] = 5;
	assert_false(access(iss, ipa));
	assert_int_equal(vcpu->x[3], 5);
	assert_int_equal(vcpu->pc, 0x1000);
	assert_int_equal(handled, 0);
}

static void test_refused(void **state)
{
	(void)state;
	refused(iss_of(2, 3, 0) & ~ISS_ISV, BASE);
	refused(iss_of(2, 3, ISS_S1PTW), BASE);
	refused(iss_of(2, 3, ISS_CM | ISS_WNR), BASE);
	refused(iss_of(2, 3, 0), BASE - 4);
	refused(iss_of(2, 3, 0), BASE + SIZE);
	refused(iss_of(2, 3, 0), BASE + 2); /* unaligned */
	refused(iss_of(3, 3, 0), BASE + 4);
	refused(iss_of(3, 3, 0), UINT64_MAX - 7);
	/* beyond the end of a region that is no multiple of the access */
	refused(iss_of(3, 3, 0), BASE + 0x10000);
}

static void test_results(void **state)
{
	(void)state;
	answer = MMIO_AGAIN;
	vcpu->x[3] = 5;
	assert_true(access(iss_of(2, 3, 0), BASE));
	assert_int_equal(handled, 1);
	assert_int_equal(vcpu->x[3], 5);
	assert_int_equal(vcpu->pc, 0x1000);
	answer = MMIO_FAULT;
	assert_false(access(iss_of(2, 3, 0), BASE));
	assert_int_equal(vcpu->x[3], 5);
	assert_int_equal(vcpu->pc, 0x1000);
	answer = MMIO_DONE;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loads),
		cmocka_unit_test(test_stores),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_results),
	};
	struct vm *vm;

	fake_machine_reset(1);
	vm = vm_make_bare(2, 1, 1);
	vcpu = &vm->vcpus[0];
	cpus[0].current = vcpu;
	if (mmio_add(vm, BASE, SIZE, handler) || mmio_add(vm, BASE + 0x10000, 4, handler))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
