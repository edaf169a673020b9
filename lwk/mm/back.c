/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The memory behind mappings: zeroed blocks, as large as alignment and what is free allow; and
 * giving it back.
 */
#include <arch/memory.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/page.h>
#include <lwk/sched.h>
#include <lwk/vma.h>

#define PIECES 64u

uint32_t back_attr(uint32_t prot)
{
	if ((prot & PROT_MASK) == 0)
		return PT_USER | PT_HELD;
	return PT_USER | PT_R | (prot & PROT_WRITE ? PT_W : 0) | (prot & PROT_EXEC ? PT_X : 0);
}

static void pages_account(struct address_space *space, uint64_t bytes)
{
	space->pages += bytes >> PAGE_SHIFT;
	if (space->pages > space->pages_max)
		space->pages_max = space->pages;
}

/* in steps: a thread that waits for this core may have it in between */
static void block_clear(char *block, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += SIZE_2M) {
		arch_clear_pages(block + at, size - at < SIZE_2M ? size - at : SIZE_2M);
		sched_preempt_point();
	}
}

static int block_map(struct address_space *space, uint64_t va, unsigned order, uint32_t attr)
{
	void *block = page_alloc_user(order);

	if (!block)
		return -ENOMEM;
	block_clear(block, PAGE_SIZE << order);
	if (pt_map(&space->pt, va, virt_to_phys(block), PAGE_SIZE << order, attr) != 0) {
		page_free(block, order);
		return -ENOMEM;
	}
	pages_account(space, PAGE_SIZE << order);
	return 0;
}

/* the largest block for the start of [va, end) */
static unsigned order_for(uint64_t va, uint64_t end)
{
	unsigned order = 0;

	while (order < PAGE_ORDER_MAX && IS_ALIGNED(va, PAGE_SIZE << (order + 1)) &&
	       PAGE_SIZE << (order + 1) <= end - va)
		order++;
	return order;
}

int back_range(struct address_space *space, uint64_t start, uint64_t end, uint32_t prot)
{
	uint32_t attr = back_attr(prot);
	uint64_t va = start;

	if (((end - start) >> PAGE_SHIFT) + PAGE_RESERVE > page_free_count())
		return -ENOMEM;
	while (va < end) {
		unsigned order = order_for(va, end);

		while (block_map(space, va, order, attr) != 0) {
			if (order == 0) {
				back_release(space, start, va);
				return -ENOMEM;
			}
			order--;
		}
		va += PAGE_SIZE << order;
	}
	return 0;
}

struct collection {
	uint64_t start, end; /* the range; `end` shrinks to what was collected */
	struct {
		pa_t pa;
		uint64_t size;
	} piece[PIECES];
	unsigned count;
};

static bool piece_collect(void *arg, const struct pt_leaf *leaf)
{
	struct collection *c = arg;
	uint64_t start = leaf->in > c->start ? leaf->in : c->start;
	uint64_t end = leaf->in + leaf->size < c->end ? leaf->in + leaf->size : c->end;

	if (c->count == PIECES) {
		c->end = start;
		return false;
	}
	c->piece[c->count].pa = PA(leaf->pa.v + (start - leaf->in));
	c->piece[c->count].size = end - start;
	c->count++;
	return true;
}

uint64_t back_release(struct address_space *space, uint64_t start, uint64_t end)
{
	struct collection c;

	for (; start < end; start = c.end) {
		c.start = start;
		c.end = end;
		c.count = 0;
		pt_visit(&space->pt, start, end - start, piece_collect, &c);
		if (c.count == 0)
			return end;
		if (pt_unmap(&space->pt, start, c.end - start) != 0)
			return start;
		for (unsigned i = 0; i < c.count; i++) {
			page_free_range(c.piece[i].pa, c.piece[i].size);
			space->pages -= c.piece[i].size >> PAGE_SHIFT;
		}
	}
	return end;
}

static bool visit_stop(void *arg, const struct pt_leaf *leaf)
{
	(void)leaf;
	*(bool *)arg = false;
	return false;
}

bool back_is_empty(struct address_space *space, uint64_t start, uint64_t end)
{
	bool is_empty = true;

	pt_visit(&space->pt, start, end - start, visit_stop, &is_empty);
	return is_empty;
}
