/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the entry to the test. One image, two roles: see remote.h for what the secondaries do.
 */
#include <bulkhead/smccc.h>
#include <lib/string.h>
#include <tests/guest/runtime/call.h>
#include <tests/guest/runtime/check.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/core.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/guest.h>
#include <tests/guest/runtime/remote.h>
#include <tests/guest/runtime/space.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>

#define CPACR_VECTORS (3u << 24 | 3u << 20 | 3u << 16) /* SME, FP, SVE */

/* called from start.S, with the MMU off */
struct core *boot(const void *fdt);

struct core cores[CORES_MAX];
static __attribute__((aligned(16))) uint8_t stacks[CORES_MAX][CORE_STACK];

static void core_main(struct core *core)
{
	sysreg_write(cpacr_el1, CPACR_VECTORS);
	gic_start();
	core->body(core);
	for (;;)
		psci(PSCI_CPU_OFF, 0, 0, 0);
}

int64_t core_turn_on(uint32_t index, void (*body)(struct core *core), uint64_t argument)
{
	struct core *core = &cores[index];

	memset(core, 0, sizeof(*core));
	core->stack_top = stacks[index] + CORE_STACK;
	core->index = index;
	core->main = core_main;
	core->body = body;
	core->argument = argument;
	dsb(ish);
	return psci(PSCI_CPU_ON_64, guest.mpidr[index], (uint64_t)core_entry, (uint64_t)core);
}

static void tests_list(void)
{
	for (const struct guest_test *t = _guest_tests; t < _guest_tests_end; t++)
		say("test %s", t->name);
}

static void test_run(void)
{
	char wanted[40];

	guest_word("test", wanted, sizeof(wanted));
	for (const struct guest_test *t = _guest_tests; t < _guest_tests_end; t++) {
		if (strcmp(t->name, wanted) == 0) {
			peers_start();
			t->run();
			return;
		}
	}
	if (strcmp(wanted, "list") == 0)
		tests_list();
	else
		check(false, "there is a test \"%s\"", wanted);
}

static void primary_main(struct core *core)
{
	(void)core;
	ptimer_stop();
	gic_start();
	gic_enable(INTID_PTIMER, true);
	test_run();
	checks_finish();
	guest_off();
}

static void guest_main(struct core *core)
{
	sysreg_write(cpacr_el1, CPACR_VECTORS);
	isb();
	if (!guest_read((const void *)core->argument))
		guest_off();
	if (guest.primary)
		primary_main(core);
	else
		agent_main(core);
}

struct core *boot(const void *fdt)
{
	space_init();
	cores[0].stack_top = stacks[0] + CORE_STACK;
	cores[0].main = guest_main;
	cores[0].argument = (uint64_t)fdt;
	return &cores[0];
}
