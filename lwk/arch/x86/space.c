/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CR3. A core notes in the space that it will use it before it does, and takes the note back when it has loaded another root, which drops
 * all of its translations that are not global: so those who change tables know whom to ask.
 */
#include <arch/context.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <arch/space.h>
#include <arch/tables.h>
#include <arch/tlb.h>
#include <lwk/core.h>
#include <lwk/heap.h>
#include <string.h>

#define ROOT_HALF   256u
#define FLUSH_PAGES 32u /* more than that: everything */

const struct pt_format *arch_user_pt_format = &pt_x86_2m;

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

static uint64_t core_bit(const struct core *core)
{
	return UINT64_C(1) << core->index;
}

static void user_flush(void *ctx, uint64_t in, uint64_t size)
{
	struct arch_space *space = ctx;
	uint64_t mask, self = core_bit(core_self());

	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* tables written before we ask who uses them */
	mask = __atomic_load_n(&space->cores, __ATOMIC_RELAXED);
	if (mask & self && size <= FLUSH_PAGES * PAGE_SIZE) {
		for (uint64_t va = in; va < in + size; va += PAGE_SIZE)
			__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
		mask &= ~self;
	}
	tlb_flush_cores(mask);
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
	space->root = root;
	mmu_fill_root(space->root);
	return 0;
}

/* The root's upper half is not this tree's to free. */
void arch_space_free(struct arch_space *space)
{
	memset(space->root + ROOT_HALF, 0, ROOT_HALF * sizeof(*space->root));
}

static void space_set(struct arch_space *space, const uint64_t *root)
{
	struct core *core = core_self();
	struct arch_space *previous = core->arch.space;

	if (previous == space)
		return;
	if (space)
		__atomic_fetch_or(&space->cores, core_bit(core), __ATOMIC_SEQ_CST);
	core->arch.space = space;
	cr3_write(virt_to_phys(root).v);
	if (previous)
		__atomic_fetch_and(&previous->cores, ~core_bit(core), __ATOMIC_RELEASE);
}

void arch_space_activate(struct arch_space *space)
{
	uint64_t flags = arch_irq_save();

	space_set(space, space->root);
	arch_irq_restore(flags);
}

void arch_space_leave(void)
{
	uint64_t flags = arch_irq_save();

	space_set(NULL, mmu_kernel_root());
	arch_irq_restore(flags);
}
