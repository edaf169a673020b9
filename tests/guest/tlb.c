/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Translations of one vCPU are not used by another, though both use the same virtual address and
 * the same ASID on the same core; and a vCPU that moves finds none that it has flushed on another
 * core, with no more than a local TLBI.
 */
#include <bulkhead/ffa.h>
#include <bulkhead/hypercall.h>
#include <bulkhead/smccc.h>
#include <lib/string.h>
#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/schedule.h>
#include <tests/guest/runtime/space.h>
#include <tests/guest/runtime/test.h>
#include <tests/guest/runtime/timer.h>
#include <tests/guest/runtime/wall.h>
#include <tests/guest/runtime/workers.h>

#define VCPUS   4
#define ASID    (UINT64_C(5) << 48)
#define ENTRIES 512

/* an address space of a vCPU's own: its window is one page, which is different for each */
static __attribute__((aligned(4096))) uint64_t tables[VCPUS][4][ENTRIES];
static __attribute__((aligned(4096))) volatile uint64_t data[VCPUS][2][ENTRIES];

static uint64_t bad[VCPUS];

static uint64_t value_of(const struct core *core, unsigned page)
{
	return UINT64_C(0x71b) << 48 | (uint64_t)guest.id << 32 | core->index << 8 | page;
}

static void page_show(const struct core *core, unsigned page)
{
	tables[core->index][3][0] = ENTRY_PAGE_LOCAL((uint64_t)data[core->index][page]);
	dsb(ishst);
}

/* Moves the core to its own address space; the window's address. */
static volatile uint64_t *space_enter(const struct core *core)
{
	uint64_t(*own)[ENTRIES] = tables[core->index];
	uint64_t va = space_window(0);

	for (unsigned page = 0; page < 2; page++)
		data[core->index][page][0] = value_of(core, page);
	memset(own[2], 0, 2 * sizeof(own[2]));
	own[2][0] = ENTRY_TABLE((uint64_t)own[3]);
	page_show(core, 0);
	space_copy(own[0], ENTRY_TABLE((uint64_t)own[2]));
	sysreg_write(ttbr0_el1, (uint64_t)own[0] | ASID);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	return (volatile uint64_t *)va;
}

static void same_address(struct core *core)
{
	volatile uint64_t *window;

	/* space_window is shared: one vCPU at a time */
	window = space_enter(core);
	for (uint64_t i = 0; i < core->argument; i++) {
		bad[core->index] += *window != value_of(core, 0);
		call(FFA_YIELD);
	}
}

static void same_address_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();
	uint64_t before = sysreg_read(ttbr0_el1);
	bool others = true;

	memset(bad, 0, sizeof(bad));
	for (uint32_t i = 1; i < guest.vcpus && i < VCPUS; i++)
		core_turn_on(i, same_address, in[0]);
	core->argument = in[0];
	same_address(core);
	while (others) {
		others = false;
		for (uint32_t i = 1; i < guest.vcpus && i < VCPUS; i++)
			others = others || psci(PSCI_AFFINITY_INFO_64, guest.mpidr[i], 0, 0) ==
						   PSCI_AFFINITY_ON;
		call(FFA_YIELD);
	}
	sysreg_write(ttbr0_el1, before);
	isb();
	for (uint32_t i = 0; i < VCPUS; i++)
		out[0] += bad[i];
	out[1] = 1;
}

GUEST_TEST(tlb_same_asid)
{
	const struct schedule how = {1, 100000, false, 20000000};
	struct remote r;

	for (unsigned i = 0; i < 2; i++) {
		r = remote_schedule(peer_take(), same_address_serve, 200, 0, &how);
		check(r.end == REMOTE_DONE && r.out[1] == 1 && r.out[0] == 0,
		      "%u vCPUs of VM %u, one address, one ASID, one core: each reads its own (%s, %llu bad)",
		      VCPUS, peers[i].id, remote_text(&r), (unsigned long long)r.out[0]);
	}
}

/*
 * Reads its page, and changes it each time it was moved to the next core, with a TLBI of this core
 * only.
 */
static void moving_serve(const uint64_t in[4], uint64_t out[REMOTE_WORDS])
{
	struct core *core = core_this();
	uint64_t before = sysreg_read(ttbr0_el1);
	volatile uint64_t *window = space_enter(core);

	for (uint64_t i = 0; i < in[0]; i++) {
		unsigned page = i / 2 % 2;

		if (i % 2 == 0) {
			tables[core->index][3][0] = 0;
			dsb(ishst);
			__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
			page_show(core, page);
			isb();
		}
		out[0] += *window != value_of(core, page);
		call(FFA_YIELD);
	}
	sysreg_write(ttbr0_el1, before);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	out[1] = 1;
}

GUEST_TEST(tlb_moving)
{
	const struct schedule moving = {guest.vcpus, 100000, true, 20000000};
	struct remote r;

	workers_start(guest.vcpus);
	r = remote_schedule(peer_take(), moving_serve, 300, 0, &moving);
	check(r.end == REMOTE_DONE && r.out[1] == 1 && r.out[0] == 0,
	      "a vCPU that flushed where it was finds nothing old where it comes back to (%s, %llu bad)",
	      remote_text(&r), (unsigned long long)r.out[0]);
}
