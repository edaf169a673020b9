/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory for what is touched, or filled ahead. What is to be done is decided under the space's
 * lock, the block allocated and zeroed without it, so that threads zero side by side, and attached
 * under it again if it is still wanted: if not, the block goes back, and who touched touches again.
 */
#include <arch/barrier.h>
#include <arch/memory.h>
#include <bulkhead/status.h>
#include <lwk/errno.h>
#include <lwk/page.h>
#include <lwk/sched.h>
#include <lwk/thread.h>
#include <lwk/vma.h>

#define ORDER_2M    9u
#define ORDER_SMALL 4u /* of stacks, and where 2 MiB do not fit */

struct piece {
	uint64_t start;
	unsigned order;
	bool is_promised;
	struct numa_place place;
};

static bool is_permitted(const struct vma *vma, enum access access)
{
	if (access == ACCESS_WRITE)
		return vma->prot & PROT_WRITE;
	if (access == ACCESS_EXEC)
		return vma->prot & PROT_EXEC;
	return vma->prot != 0;
}

static bool piece_fits(struct address_space *space, uint64_t start, unsigned order, uint64_t low,
		       uint64_t high)
{
	uint64_t size = PAGE_SIZE << order;

	return start >= low && high - start >= size && back_is_empty(space, start, start + size);
}

static unsigned order_below(unsigned order, bool is_whole)
{
	if (is_whole)
		return order - 1;
	return order > ORDER_SMALL ? ORDER_SMALL : 0;
}

/* The piece around an address that has no memory, within [low, high) of the mapping. */
static void piece_choose(struct address_space *space, const struct vma *vma, uint64_t address,
			 uint64_t low, uint64_t high, bool is_whole, struct piece *piece)
{
	struct numa_policy policy = vma->policy;
	unsigned order = is_whole ? PAGE_ORDER_MAX : ORDER_2M;

	if (vma->kind == VMA_STACK)
		order = ORDER_SMALL;
	while (order > 0 &&
	       !piece_fits(space, ALIGN_DOWN(address, PAGE_SIZE << order), order, low, high))
		order = order_below(order, is_whole);
	if (policy.mode == NUMA_DEFAULT)
		policy = thread_current()->numa_policy;
	piece->start = ALIGN_DOWN(address, PAGE_SIZE << order);
	piece->order = order;
	piece->is_promised = vma_is_promised(vma);
	piece->place = numa_place(policy, address);
}

/* in steps: a thread that waits for this core may have it in between */
static void block_clear(char *block, uint64_t size)
{
	for (uint64_t at = 0; at < size; at += SIZE_2M) {
		arch_clear_pages(block + at, size - at < SIZE_2M ? size - at : SIZE_2M);
		sched_preempt_point();
	}
}

static void *block_try(const struct piece *piece, struct numa_place place)
{
	void *block;

	if (!piece->is_promised && !page_is_available(piece->order))
		return NULL;
	block = page_alloc_at(piece->order, place);
	if (block && piece->is_promised)
		page_promise_end(UINT64_C(1) << piece->order);
	return block;
}

/*
 * A block for the piece, or for a smaller one around the address; rather small ones of the wanted
 * node than a large one of another.
 */
static void *block_alloc(struct piece *piece, uint64_t address)
{
	const struct numa_place places[] = {{.node = piece->place.node}, piece->place};
	unsigned wanted = piece->order;

	for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
		for (piece->order = wanted;; piece->order--) {
			void *block = block_try(piece, places[i]);

			if (block) {
				piece->start = ALIGN_DOWN(address, PAGE_SIZE << piece->order);
				return block;
			}
			if (piece->order == 0)
				break;
		}
	}
	return NULL;
}

/* -EAGAIN: it is not wanted any more, not there, or not so */
static int block_map(struct address_space *space, const struct piece *piece, const void *block)
{
	uint64_t size = PAGE_SIZE << piece->order;
	struct vma *vma = vma_at(space, piece->start);
	int status;

	if (!vma || vma->kind == VMA_GUARD || vma->end - piece->start < size ||
	    vma_is_promised(vma) != piece->is_promised)
		return -EAGAIN;
	status = pt_map(&space->pt, piece->start, virt_to_phys(block), size, back_attr(vma->prot));
	if (status != BH_OK)
		return status == BH_ENOMEM ? -ENOMEM : -EAGAIN;
	space->pages += size >> PAGE_SHIFT;
	if (space->pages > space->pages_max)
		space->pages_max = space->pages;
	if (piece->is_promised)
		space->promised -= size >> PAGE_SHIFT;
	return 0;
}

/* 0, -EAGAIN: another thread was first, look again; -ENOMEM */
static int piece_supply(struct address_space *space, struct piece *piece, uint64_t address)
{
	void *block = block_alloc(piece, address);
	int status;

	if (!block)
		return -ENOMEM;
	block_clear(block, PAGE_SIZE << piece->order);
	arch_memory_barrier(); /* another core that walks the tables finds zeros, and what it writes stays */
	mutex_lock(&space->lock);
	status = block_map(space, piece, block);
	mutex_unlock(&space->lock);
	if (status) {
		if (piece->is_promised)
			page_promise_renew(UINT64_C(1) << piece->order);
		page_free(block, piece->order);
	}
	return status;
}

/* FAULT_NO_MEMORY: memory is wanted, `piece` says which */
static enum fault fault_look(struct address_space *space, uint64_t address, enum access access,
			     struct piece *piece)
{
	struct vma *vma = vma_at(space, address);
	struct pt_leaf leaf;

	if (!vma || vma->kind == VMA_GUARD)
		return FAULT_NO_MAPPING;
	if (!is_permitted(vma, access))
		return FAULT_DENIED;
	if (pt_lookup(&space->pt, address, &leaf))
		return FAULT_RESOLVED; /* another thread was first */
	piece_choose(space, vma, address, vma->start, vma->end, false, piece);
	return FAULT_NO_MEMORY;
}

enum fault address_space_fault(struct address_space *space, uint64_t address, enum access access)
{
	struct piece piece;
	enum fault fault;

	mutex_lock(&space->lock);
	fault = fault_look(space, address, access, &piece);
	mutex_unlock(&space->lock);
	if (fault == FAULT_NO_MEMORY && piece_supply(space, &piece, address) != -ENOMEM)
		fault = FAULT_RESOLVED;
	return fault;
}

/* The first address from `at` on that may be accessed and has no memory, with its piece; or `end`. */
static uint64_t gap_find(struct address_space *space, uint64_t at, uint64_t end, bool is_whole,
			 struct piece *piece)
{
	uint64_t start = at;

	for (struct vma *vma = vma_from(space, at); vma && at < end; vma = vma_from(space, at)) {
		uint64_t low = vma->start > start ? vma->start : start;
		uint64_t high = vma->end < end ? vma->end : end;
		struct pt_leaf leaf;

		at = vma->start > at ? vma->start : at;
		if (at >= end)
			break;
		if (vma->prot == 0) {
			at = vma->end;
		} else if (pt_lookup(&space->pt, at, &leaf)) {
			at = leaf.in + leaf.size;
		} else {
			piece_choose(space, vma, at, low, high, is_whole, piece);
			return at;
		}
	}
	return end;
}

int space_fill(struct address_space *space, uint64_t start, uint64_t end, bool is_whole)
{
	struct piece piece;

	for (uint64_t at = start; at < end;) {
		mutex_lock(&space->lock);
		at = gap_find(space, at, end, is_whole, &piece);
		mutex_unlock(&space->lock);
		if (at < end && piece_supply(space, &piece, at) == -ENOMEM)
			return -ENOMEM;
		sched_preempt_point();
	}
	return 0;
}

int space_check(struct address_space *space, uint64_t address, uint64_t size)
{
	uint64_t end = address + size;
	int status;

	mutex_lock(&space->lock);
	status = vma_covered_end(space, address, end) == end ? 0 : -ENOMEM;
	mutex_unlock(&space->lock);
	return status;
}

static bool is_all_permitted(struct address_space *space, uint64_t start, uint64_t end,
			     enum access access)
{
	bool is_permitted_all = true;

	mutex_lock(&space->lock);
	for (struct vma *vma = vma_from(space, start); vma && vma->start < end;
	     vma = vma_next(space, vma))
		is_permitted_all = is_permitted_all && is_permitted(vma, access);
	mutex_unlock(&space->lock);
	return is_permitted_all;
}

int space_populate(struct address_space *space, uint64_t address, uint64_t size, enum access access)
{
	int status = space_check(space, address, size);

	if (status == 0 && !is_all_permitted(space, address, address + size, access))
		status = -EINVAL;
	return status ? status : space_fill(space, address, address + size, true);
}

void space_residency(struct address_space *space, uint64_t address, uint8_t *pages, unsigned count)
{
	struct pt_leaf leaf;

	mutex_lock(&space->lock);
	for (unsigned i = 0; i < count; i++)
		pages[i] = pt_lookup(&space->pt, address + i * PAGE_SIZE, &leaf);
	mutex_unlock(&space->lock);
}
