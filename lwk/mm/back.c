/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The memory behind mappings, under the lock of their space: what is there, and giving it back.
 * Pages are freed only after no core can reach them any more, which pt_unmap sees to.
 */
#include <lwk/errno.h>
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

int space_promise(struct address_space *space, uint64_t pages)
{
	if (!page_promise(pages))
		return -ENOMEM;
	space->promised += pages;
	return 0;
}

void space_promise_renew(struct address_space *space, uint64_t pages)
{
	space->promised += pages;
	page_promise_renew(pages);
}

void space_promise_end(struct address_space *space, uint64_t pages)
{
	space->promised -= pages;
	page_promise_end(pages);
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

	if (c->count == PIECES) {
		c->end = leaf->in;
		return false;
	}
	c->piece[c->count].pa = leaf->pa;
	c->piece[c->count].size = leaf->size;
	c->count++;
	return true;
}

static uint64_t pages_release(struct address_space *space, uint64_t start, uint64_t end)
{
	struct collection c;
	uint64_t bytes = 0;

	for (; start < end; start = c.end) {
		c.start = start;
		c.end = end;
		c.count = 0;
		pt_visit(&space->pt, start, end - start, piece_collect, &c);
		if (c.count == 0)
			break;
		(void)pt_unmap(&space->pt, start, c.end - start);
		for (unsigned i = 0; i < c.count; i++) {
			page_free_range(c.piece[i].pa, c.piece[i].size);
			bytes += c.piece[i].size;
		}
		sched_preempt_point();
	}
	space->pages -= bytes >> PAGE_SHIFT;
	return bytes >> PAGE_SHIFT;
}

/* the parts of the range that mappings promise, less what was there */
static void promise_release(struct address_space *space, uint64_t start, uint64_t end)
{
	for (struct vma *vma = vma_from(space, start); vma && vma->start < end;
	     vma = vma_next(space, vma)) {
		uint64_t low = vma->start > start ? vma->start : start;
		uint64_t high = vma->end < end ? vma->end : end;

		if (vma_is_promised(vma))
			space_promise_end(space, ((high - low) >> PAGE_SHIFT) -
							 back_count(space, low, high));
	}
}

void back_release(struct address_space *space, uint64_t start, uint64_t end)
{
	promise_release(space, start, end);
	pages_release(space, start, end);
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

struct count {
	uint64_t start, end, bytes;
};

static bool leaf_count(void *arg, const struct pt_leaf *leaf)
{
	struct count *count = arg;
	uint64_t low = leaf->in > count->start ? leaf->in : count->start;
	uint64_t end = leaf->in + leaf->size;

	count->bytes += (end < count->end ? end : count->end) - low;
	return true;
}

uint64_t back_count(struct address_space *space, uint64_t start, uint64_t end)
{
	struct count count = {.start = start, .end = end};

	pt_visit(&space->pt, start, end - start, leaf_count, &count);
	return count.bytes >> PAGE_SHIFT;
}
