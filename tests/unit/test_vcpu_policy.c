/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The bitmaps by hand-counted bits (Intel SDM 3C 24.6.9, AMD APM 2 15.11), and the area of a core's hypervisor. */
#include "unit.h"
#include <lib/vcpu_area.h>
#include <lib/vcpu_policy.h>
#include <stdlib.h>
#include <string.h>

static uint8_t msrs[VCPU_MSR_BITMAP_SIZE], ports[VCPU_IO_BITMAP_SIZE];

static bool bit(const uint8_t *map, uint32_t number)
{
	return map[number / 8] >> number % 8 & 1;
}

static bool vmx_exits(uint32_t msr, bool is_write)
{
	uint32_t base = msr < 0x2000 ? msr : 0x2000 + (msr & 0x1fff);

	return bit(msrs, base + (is_write ? 0x4000 : 0));
}

static bool svm_exits(uint32_t msr, bool is_write)
{
	uint32_t vector = msr < 0x2000 ? 0 : msr < 0xC0010000 ? 0x800 : 0x1000;

	return bit(msrs + vector, 2 * (msr & 0x1fff) + is_write);
}

static void test_floor(void **state)
{
	(void)state;
	vcpu_bitmaps_make(VCPU_SVM, 0, msrs, ports);
	assert_true(svm_exits(0xC0000080, false) && svm_exits(0xC0000080, true)); /* EFER */
	assert_true(svm_exits(0xC0010117, false) && svm_exits(0xC0010117, true)); /* VM_HSAVE_PA */
	assert_true(svm_exits(0x1b, true) && !svm_exits(0x1b, false));
	assert_true(svm_exits(0x10, true) && svm_exits(0x3b, true) && !svm_exits(0x10, false));
	assert_false(svm_exits(0xC0000100, true) || svm_exits(0x830, true));
	vcpu_bitmaps_make(VCPU_VMX, 0, msrs, ports);
	assert_true(vmx_exits(0x480, false) && vmx_exits(0x3a, true) && vmx_exits(0x200, true));
	assert_false(vmx_exits(0xC0000080, true) || vmx_exits(0x6e0, true));
	for (size_t i = 0; i < sizeof(ports); i++)
		assert_int_equal(ports[i], 0);
}

static void test_features(void **state)
{
	(void)state;
	vcpu_bitmaps_make(VCPU_VMX, VCPU_MSR | VCPU_IO | VCPU_IPI, msrs, ports);
	assert_true(vmx_exits(0x400, false) && vmx_exits(0xC0000102 + 0x20, true));
	assert_false(vmx_exits(0xC0000102, true) || vmx_exits(0x80b, true) ||
		     vmx_exits(0x838, true));
	assert_true(vmx_exits(0x830, true) && vmx_exits(0x835, true) && !vmx_exits(0x830, false));
	assert_true(bit(ports, 0x64) && bit(ports, 0xffff));
}

#define GRANT(kind, ways, first, last) (&(struct enclave_grant){kind, ways, 0, first, last})
#define BOTH                           (ENCLAVE_GRANT_READ | ENCLAVE_GRANT_WRITE)

static void test_grants(void **state)
{
	(void)state;
	vcpu_bitmaps_make(VCPU_SVM, VCPU_MSR | VCPU_IO, msrs, ports);
	assert_true(vcpu_grant_apply(VCPU_SVM, msrs, ports,
				     GRANT(ENCLAVE_GRANT_PORT, BOTH, 0x3f8, 0x3f9)));
	assert_true(!bit(ports, 0x3f8) && !bit(ports, 0x3f9) && bit(ports, 0x3fa) &&
		    bit(ports, 0x3f7));
	assert_true(vcpu_grant_apply(VCPU_SVM, msrs, ports,
				     GRANT(ENCLAVE_GRANT_MSR, ENCLAVE_GRANT_READ, 0x400, 0x400)));
	assert_true(!svm_exits(0x400, false) && svm_exits(0x400, true) && svm_exits(0x401, false));
	assert_true(vcpu_grant_apply(VCPU_SVM, msrs, ports,
				     GRANT(ENCLAVE_GRANT_MSR, BOTH, 0xC0011020, 0xC0011021)));
	assert_true(!svm_exits(0xC0011020, true) && !svm_exits(0xC0011021, false));
	assert_false(vcpu_grant_apply(VCPU_VMX, msrs, ports,
				      GRANT(ENCLAVE_GRANT_MSR, BOTH, 0xC0011020, 0xC0011020)));
}

/* What undoes the floor is not granted, nor what a range has of it. */
static void test_grants_refused(void **state)
{
	static const struct {
		uint16_t kind, ways;
		uint64_t first, last;
		bool is_good;
	} table[] = {
		{0, BOTH, 1, 1, false},
		{ENCLAVE_GRANT_MMIO + 1, BOTH, 1, 1, false},
		{ENCLAVE_GRANT_PORT, BOTH, 0x3f8, 0x3ff, true},
		{ENCLAVE_GRANT_PORT, BOTH, 0x80, 0x80, true},
		{ENCLAVE_GRANT_PORT, BOTH, 0xd00, 0xffff, true},
		{ENCLAVE_GRANT_PORT, BOTH, 0xffff, 0x10000, false},
		{ENCLAVE_GRANT_PORT, BOTH, 0x3ff, 0x3f8, false},
		{ENCLAVE_GRANT_PORT, ENCLAVE_GRANT_READ, 0x3f8, 0x3ff, false},
		{ENCLAVE_GRANT_PORT, 0, 0x3f8, 0x3ff, false},
		{ENCLAVE_GRANT_PORT, 7, 0x3f8, 0x3ff, false},
		{ENCLAVE_GRANT_PORT, BOTH, 0x64, 0x64, false},
		{ENCLAVE_GRANT_PORT, BOTH, 0xcf9, 0xcf9, false},
		{ENCLAVE_GRANT_PORT, BOTH, 0xc00, 0xd00, false},
		{ENCLAVE_GRANT_PORT, BOTH, 0, 0xffff, false},
		{ENCLAVE_GRANT_MSR, BOTH, 0x1a0, 0x1a0, true},
		{ENCLAVE_GRANT_MSR, ENCLAVE_GRANT_WRITE, 0x199, 0x199, true},
		{ENCLAVE_GRANT_MSR, ENCLAVE_GRANT_READ, 0x200, 0x20f, true},
		{ENCLAVE_GRANT_MSR, ENCLAVE_GRANT_WRITE, 0x200, 0x20f, false},
		{ENCLAVE_GRANT_MSR, BOTH, 0, 0x1fff, false},
		{ENCLAVE_GRANT_MSR, BOTH, 0x1000, 0x2000, false},
		{ENCLAVE_GRANT_MSR, BOTH, 0x3000, 0x3000, false},
		{ENCLAVE_GRANT_MSR, ENCLAVE_GRANT_READ, 0xC0000080, 0xC0000080, false},
		{ENCLAVE_GRANT_MSR, BOTH, 0xC0000104, 0xC0001fff, true},
		{ENCLAVE_GRANT_MSR, BOTH, 0xC0000104, 0xC0011fff, false},
		{ENCLAVE_GRANT_MSR, BOTH, 0xC0010200, 0xC001020b, true},
		{ENCLAVE_GRANT_MSR, ENCLAVE_GRANT_READ, 0xC0010117, 0xC0010117, false},
		{ENCLAVE_GRANT_MSR, BOTH, 0xC0011000, 0xC0012000, false},
		{ENCLAVE_GRANT_MSR, BOTH, UINT64_MAX, UINT64_MAX, false},
		{ENCLAVE_GRANT_MSR, ENCLAVE_GRANT_WRITE, 0x830, 0x830, false},
		{ENCLAVE_GRANT_MSR, ENCLAVE_GRANT_WRITE, 0x560, 0x560, false},
		{ENCLAVE_GRANT_MMIO, BOTH, 0xfed00000, 0xfed00fff, true},
		{ENCLAVE_GRANT_MMIO, ENCLAVE_GRANT_READ, 0xfed00000, 0xfed00fff, true},
		{ENCLAVE_GRANT_MMIO, ENCLAVE_GRANT_WRITE, 0xfed00000, 0xfed00fff, false},
		{ENCLAVE_GRANT_MMIO, BOTH, 0xfed00000, 0xfed00ffe, false},
		{ENCLAVE_GRANT_MMIO, BOTH, 0xfed00008, 0xfed00fff, false},
		{ENCLAVE_GRANT_MMIO, BOTH, 0xfec00000, 0xfec00fff, false},
		{ENCLAVE_GRANT_MMIO, BOTH, 0xfe000000, 0xffffffff, false},
		{ENCLAVE_GRANT_MMIO, BOTH, 0xfee00000, 0xfee00fff, false},
		{ENCLAVE_GRANT_MMIO, BOTH, 0, UINT64_MAX, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *why = vcpu_grant_refusal(
			GRANT(table[i].kind, table[i].ways, table[i].first, table[i].last));

		if ((why == NULL) != table[i].is_good)
			fail_msg("row %zu: %s", i, why);
	}
}

static void test_image(void **state)
{
	struct vcpu_image image = {
		.magic = VCPU_IMAGE_MAGIC,
		.version = VCPU_VERSION,
		.backend = VCPU_SVM,
		.entry = VCPU_IMAGE + 32,
		.code_size = 0x1000,
		.file_size = sizeof(image),
		.memory_size = 0x1000,
	};
	struct vcpu_image bad;

	(void)state;
	assert_true(vcpu_image_is_sound(&image, sizeof(image)));
	assert_false(vcpu_image_is_sound(&image, sizeof(image) - 1));
#define WRONG(field, value)  \
	bad = image;         \
	bad.field = (value); \
	assert_false(vcpu_image_is_sound(&bad, sizeof(bad)))
	WRONG(magic, 0);
	WRONG(version, VCPU_VERSION + 1);
	WRONG(entry, VCPU_IMAGE + 0x1000);
	WRONG(entry, VCPU_IMAGE - 1);
	WRONG(code_size, 0x1001);
	WRONG(memory_size, VCPU_IMAGE_MAX + 1);
}

/* Every page of the area is seen once, at its place; nothing is both written and executed. */
static void test_area(void **state)
{
	struct vcpu_image image = {.entry = VCPU_IMAGE, .code_size = 0x2000};
	struct vcpu_config config = {.apic = 0xfee00000, .posted = 7};
	uint8_t *area = aligned_alloc(4096, VCPU_AREA_SIZE);
	const uint64_t physical = 0x40000000;
	const uint64_t *table = (const uint64_t *)(void *)(area + 3 * 4096);
	unsigned seen[VCPU_AREA_SIZE / 4096] = {0}, others = 0;

	(void)state;
	vcpu_area_make(area, physical, &image, sizeof(image), 0x8000, &config);
	for (unsigned i = 0; i < 512; i++) {
		uint64_t at = table[i] & 0x000ffffffffff000;

		if (!(table[i] & 1))
			continue;
		if (at >= physical && at < physical + VCPU_AREA_SIZE)
			seen[(at - physical) / 4096]++;
		else
			others++;
		if (i != 8)
			assert_false((table[i] & 2) && !(table[i] >> 63));
	}
	assert_int_equal(others, 2); /* the trampoline's, the APIC's */
	for (unsigned i = 3; i < VCPU_AREA_SIZE / 4096; i++)
		assert_int_equal(seen[i], 1);
	assert_true((table[VCPU_CONFIG >> 12] & 2) == 0);
	assert_true(vcpu_area_config(area)->posted == 7);
	assert_true(vcpu_area_config(area)->control == physical + 16 * 4096);
	assert_true((table[VCPU_CONTROL >> 12] & ~UINT64_C(0x8000000000000fff)) ==
		    physical + 16 * 4096);
	free(area);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floor),  cmocka_unit_test(test_features),
		cmocka_unit_test(test_grants), cmocka_unit_test(test_grants_refused),
		cmocka_unit_test(test_image),  cmocka_unit_test(test_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
