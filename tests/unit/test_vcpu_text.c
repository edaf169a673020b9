/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a core's hypervisor has written down, in words; a record of nonsense is cut, and ends. */
#include "unit.h"
#include <bulkhead/fault.h>
#include <lib/vcpu_text.h>
#include <string.h>

static char text[VCPU_TEXT_MAX];

static void check_has(const char *words)
{
	if (strstr(text, words) == NULL)
		fail_msg("no '%s' in\n%s", words, text);
}

static struct vcpu_report report = {
	.version = VCPU_VERSION,
	.phase = VCPU_FAULTED,
	.denied = 2,
	.denied_last = {0x1b, 0},
	.trace = {{VCPU_EXIT_MEMORY, 0, 0xffffffff80001234}, {VCPU_EXIT_CPUID, 0, 0x1111}},
	.traced = VCPU_TRACES + 1,
	.fault =
		{
			.cause = BH_FAULT_MEMORY_WRITE,
			.reason = VCPU_EXIT_MEMORY,
			.address = 0x100000,
			.virtual_address = 0xffff800000100000,
			.rip = 0xffffffff80001234,
			.r = {[0] = 0xaa, [15] = 0xff},
			.cr3 = 0x5000,
			.frames = {0xffffffff80002000, 0xffffffff80003000},
		},
};

static void test_memory(void **state)
{
	(void)state;
	vcpu_text(&report, 1, 3, text);
	check_has("address   0x100000 (physical), 0xffff800000100000 (virtual)\n");
	check_has("place     pc 0xffffffff80001234, core 1 (Linux's CPU 3)\n");
	check_has(
		"called    from 0xffffffff80002000\ncalled    from 0xffffffff80003000\nexit code memory");
	check_has("denied    2 before, the last 0x1b\n");
	check_has("exit      cpuid at pc 0x1111\n");
	check_has("exit      memory at pc 0xffffffff80001234\nregisters\n    rax 00000000000000aa");
	check_has("    r15 00000000000000ff\n    rip ffffffff80001234");
	check_has("    cr3 0000000000005000    cr4");
	assert_null(strstr(text, "dropped"));
}

static void test_port(void **state)
{
	struct vcpu_report other = {.fault = {.cause = BH_FAULT_PORT, .address = 0x64, .rip = 7}};

	(void)state;
	vcpu_text(&other, 0, 1, text);
	check_has("port      0x64\nplace     pc 0x7, core 0");
}

static void test_nonsense(void **state)
{
	struct vcpu_report other;

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		memset(&other, (int)byte, sizeof(other));
		memset(text, 'x', sizeof(text));
		vcpu_text(&other, UINT32_MAX, UINT32_MAX, text);
		assert_non_null(memchr(text, '\0', sizeof(text)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
