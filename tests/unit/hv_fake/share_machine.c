/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See share_machine.h.
 */
#include "share_machine.h"
#include "../unit.h"
#include "machine.h"
#include <hv/arm64/call.h>
#include <hv/arm64/cpu.h>

struct sm sm;
struct vm *machine_vms[VMS];
bool dying[VMS];

uint64_t address_of(uint32_t page)
{
	return page == SM_NOWHERE ? UINT64_C(0x8000000000) : FAKE_RAM_BASE + page * PAGE_SIZE;
}

struct visit {
	unsigned vm;
	uint32_t next;
};

static void expect_no_reach(unsigned vm, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		if (sm.reach[vm][from])
			fail_msg("VM %u lacks page %u", vm + 1, from);
}

static bool leaf_compare(void *arg, const struct pt_leaf *leaf)
{
	struct visit *visit = arg;
	uint32_t first = (uint32_t)((leaf->in - FAKE_RAM_BASE) / PAGE_SIZE);
	uint32_t end = first + (uint32_t)(leaf->size / PAGE_SIZE);

	assert_true(leaf->in >= FAKE_RAM_BASE && end <= SM_PAGES && leaf->pa.v == leaf->in);
	expect_no_reach(visit->vm, visit->next, first);
	for (uint32_t p = first; p < end; p++)
		if (sm.reach[visit->vm][p] != leaf->attr)
			fail_msg("VM %u, page %u: %x instead of %x", visit->vm + 1, p, leaf->attr,
				 sm.reach[visit->vm][p]);
	visit->next = end;
	return true;
}

void tables_compare(void)
{
	for (unsigned vm = 0; vm < VMS; vm++) {
		struct visit visit = {.vm = vm};

		if (dying[vm])
			continue;
		pt_visit(&machine_vms[vm]->stage2, 0, UINT64_C(1) << 39, leaf_compare, &visit);
		expect_no_reach(vm, visit.next, SM_PAGES);
	}
}

void contents_compare(void)
{
	for (uint32_t p = 0; p < SM_PAGES; p++) {
		const uint64_t *words = (const uint64_t *)address_of(p);
		bool mailbox = false;

		for (unsigned v = 0; v < VMS; v++)
			mailbox = mailbox || sm.mailbox[v][0] == p || sm.mailbox[v][1] == p;
		if (sm.owner[p] == SM_NOBODY || mailbox)
			continue;
		if (words[0] != sm.content[p] || words[511] != sm.content[p])
			fail_msg("page %u holds %llx and %llx, not %llx", p,
				 (unsigned long long)words[0], (unsigned long long)words[511],
				 (unsigned long long)sm.content[p]);
	}
}

struct vcpu *call_by(unsigned vm, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3,
		     uint64_t x4)
{
	struct vcpu *vcpu = &machine_vms[vm]->vcpus[0];
	uint64_t x[8] = {function, x1, x2, x3, x4};

	memcpy(vcpu->x, x, sizeof(x));
	cpus[0].current = vcpu;
	call_dispatch(&cpus[0]);
	return vcpu;
}

int32_t error_in(const struct vcpu *vcpu)
{
	return vcpu->x[0] == FFA_ERROR ? (int32_t)vcpu->x[2] : 0;
}

uint8_t *tx_of(unsigned vm)
{
	return (uint8_t *)address_of(sm.mailbox[vm][0]);
}

static const uint8_t *rx_of(unsigned vm)
{
	return (const uint8_t *)address_of(sm.mailbox[vm][1]);
}

void response_compare(unsigned vm, const struct sm_share *share, uint8_t attr, uint64_t length)
{
	bool v1_0 = machine_vms[vm]->ffa_version == FFA_VERSION_1_0;
	const struct ffa_mem_header *h = (const void *)rx_of(vm);
	uint32_t at = v1_0 ? 32 : 48;
	const struct ffa_mem_access *access = (const void *)(rx_of(vm) + at);
	const struct ffa_mem_composite *composite = (const void *)(access + 1);
	const struct ffa_mem_range *ranges = (const void *)(composite + 1);
	uint32_t pages = 0;

	/* both versions have these at the same place */
	assert_int_equal(h->sender, share->owner + 1);
	assert_int_equal(h->attributes, FFA_MEM_NORMAL);
	assert_int_equal(h->flags, (uint32_t)share->kind << 3 | (share->zeroed ? 1 : 0));
	assert_true(h->handle == share->handle && h->tag == share->tag && h->access_count == 1);
	assert_true(v1_0 ? h->access_size == 0 : h->access_size == 16 && h->access_offset == 48);
	assert_int_equal(access->receiver, vm + 1);
	assert_int_equal(access->permissions, (attr & SM_W ? 2 : 1) | (attr & SM_X ? 8 : 4));
	assert_int_equal(access->composite_offset, at + 16);
	assert_int_equal(composite->range_count, share->range_count);
	for (uint32_t i = 0; i < share->range_count; i++) {
		assert_true(ranges[i].address == address_of(share->ranges[i].page) &&
			    ranges[i].page_count == share->ranges[i].count && !ranges[i].reserved);
		pages += ranges[i].page_count;
	}
	assert_int_equal(composite->page_count, pages);
	assert_int_equal(length, at + 32 + 16 * share->range_count);
}
