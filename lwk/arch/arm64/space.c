/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ASIDs and TTBR0. An ASID is given out once at a time and flushed before it is free again, so that
 * it never names two spaces; ASID 0 belongs to the empty table that kernel threads may have.
 * asid_lock guards the map of used ones.
 */
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/memory.h>
#include <arch/space.h>
#include <arch/tables.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/spinlock.h>

#define ASID_COUNT  65536u
#define ASID_SHIFT  48
#define FLUSH_PAGES 32u /* more than that: the whole ASID */
#define TLBI_ADDRESS(va, asid) \
	((uint64_t)(asid) << ASID_SHIFT | (((va) >> PAGE_SHIFT) & 0xfffffffffff))

const struct pt_format *const arch_user_pt_format = &pt_arm64_stage1;

static struct spinlock asid_lock;
static uint64_t asid_used[ASID_COUNT / 64] = {1};
static unsigned asid_hint = 1;

static bool asid_take(unsigned asid)
{
	uint64_t bit = UINT64_C(1) << asid % 64;

	if (asid_used[asid / 64] & bit)
		return false;
	asid_used[asid / 64] |= bit;
	asid_hint = asid + 1;
	return true;
}

static int asid_alloc(unsigned *asid)
{
	unsigned count = 1u << cpu_asid_bits();
	int status = -EAGAIN;

	spin_lock(&asid_lock);
	for (unsigned i = 0; i < count && status; i++) {
		*asid = (asid_hint + i) % count;
		if (asid_take(*asid))
			status = 0;
	}
	spin_unlock(&asid_lock);
	return status;
}

static void *table_alloc(void *ctx)
{
	(void)ctx;
	return page_alloc_zeroed(0);
}

static void table_free(void *ctx, void *table)
{
	(void)ctx;
	page_free(table, 0);
}

static void flush_asid(const struct arch_space *space)
{
	dsb(ishst);
	__asm__ volatile("tlbi aside1is, %0" ::"r"((uint64_t)space->asid << ASID_SHIFT) : "memory");
	dsb(ish);
	isb();
}

static void user_flush(void *ctx, uint64_t in, uint64_t size)
{
	const struct arch_space *space = ctx;

	if (size > FLUSH_PAGES * PAGE_SIZE) {
		flush_asid(space);
		return;
	}
	dsb(ishst);
	for (uint64_t va = in; va < in + size; va += PAGE_SIZE)
		__asm__ volatile("tlbi vae1is, %0" ::"r"(TLBI_ADDRESS(va, space->asid)) : "memory");
	dsb(ish);
	isb();
}

const struct pt_ops arch_user_pt_ops = {
	.alloc = table_alloc,
	.free = table_free,
	.to_pa = tables_to_pa,
	.to_va = tables_to_va,
	.publish = tables_publish,
	.flush = user_flush,
};

int arch_space_init(struct arch_space *space, void *root)
{
	int status = asid_alloc(&space->asid);

	if (status == 0)
		space->ttbr0 = (uint64_t)space->asid << ASID_SHIFT | virt_to_phys(root).v;
	return status;
}

void arch_space_free(struct arch_space *space)
{
	flush_asid(space);
	spin_lock(&asid_lock);
	asid_used[space->asid / 64] &= ~(UINT64_C(1) << space->asid % 64);
	spin_unlock(&asid_lock);
}

static void ttbr0_set(uint64_t value)
{
	struct core *core = core_self();

	if (core->arch.ttbr0 == value)
		return;
	core->arch.ttbr0 = value;
	sysreg_write(ttbr0_el1, value);
	isb();
}

void arch_space_activate(const struct arch_space *space)
{
	ttbr0_set(space->ttbr0);
}

void arch_space_leave(void)
{
	ttbr0_set(virt_to_phys(tables_empty).v);
}
