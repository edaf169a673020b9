// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See memory.h. The ledger of nodes is atomic; all else is the caller's. */
#include <linux/atomic.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/sched/signal.h>
#include <inject.h>
#include "kernel.h"
#include "memory.h"

/* Linux's memory for old devices is left to it. */
#define FIRST_PFN  (16ul << (20 - PAGE_SHIFT))
#define KEEP_PAGES (32ul << (20 - PAGE_SHIFT)) /* of each node */

static atomic64_t taken[MAX_NUMNODES];

static void clear_units(u64 start, u64 units)
{
	for (u64 at = start; at < start + units * ENCLAVE_UNIT; at += PAGE_SIZE) {
		clear_page(__va(at));
		if (at % ENCLAVE_UNIT == 0)
			cond_resched();
	}
}

void memory_give(u64 start, u64 units)
{
	u32 node = (u32)page_to_nid(pfn_to_page(PHYS_PFN(start)));

	clear_units(start, units);
	for (u64 pfn = PHYS_PFN(start); pfn < PHYS_PFN(start + units * ENCLAVE_UNIT); pfn++)
		__free_page(pfn_to_page(pfn));
	atomic64_sub((s64)units, &taken[node]);
}

/* All pages exist and are the node's, and of one zone, as Linux wants it. */
static bool is_of_node(unsigned long pfn, unsigned long count, u32 node)
{
	for (unsigned long at = pfn; at < pfn + count; at += UNIT_PAGES) {
		struct page *page = pfn_to_online_page(at);

		if (!page || page_to_nid(page) != (int)node || PageReserved(page) ||
		    page_zone(page) != page_zone(pfn_to_page(pfn)) ||
		    !pfn_to_online_page(at + UNIT_PAGES - 1))
			return false;
	}
	return true;
}

/* Beyond what Linux wants to keep. */
static bool can_spare(u32 node, unsigned long pages)
{
	unsigned long spare = kernel_pages_spare(node);

	return pages < spare && spare - pages >= KEEP_PAGES;
}

u64 memory_spare(u32 node)
{
	unsigned long spare = node < MAX_NUMNODES && node_online((int)node)
				      ? kernel_pages_spare(node)
				      : 0;

	return spare > KEEP_PAGES ? (spare - KEEP_PAGES) / UNIT_PAGES : 0;
}

static bool try_run(unsigned long pfn, u32 node, unsigned long pages)
{
	if (!is_of_node(pfn, pages, node) || kernel_pages_take(pfn, pages))
		return false;
	clear_units(PFN_PHYS(pfn), pages / UNIT_PAGES);
	atomic64_add((s64)(pages / UNIT_PAGES), &taken[node]);
	return true;
}

static int why_to_end(const struct memory_search *search)
{
	if (fatal_signal_pending(current))
		return -EINTR;
	return search->is_over && search->is_over(search->who) ? -EPIPE : 0;
}

u64 memory_take_run(u32 node, u64 units, struct memory_search *search, int *error)
{
	unsigned long pages = units * UNIT_PAGES, start, end, pfn;

	*error = -ENOMEM;
	if (node >= MAX_NUMNODES || !node_online((int)node) || inject_fails())
		return 0;
	start = ALIGN(max(node_start_pfn((int)node), FIRST_PFN), UNIT_PAGES);
	end = search->from ? PHYS_PFN(search->from)
			   : ALIGN_DOWN(node_end_pfn((int)node), UNIT_PAGES);
	if (units == 0 || units > PHYS_PFN(ULONG_MAX) / UNIT_PAGES || end < start ||
	    end - start < pages || !can_spare(node, pages))
		return 0;
	for (pfn = end - pages; pfn >= start; pfn -= UNIT_PAGES) {
		int why = why_to_end(search);

		if (why) {
			*error = why;
			return 0;
		}
		cond_resched();
		if (!try_run(pfn, node, pages))
			continue;
		search->from = PFN_PHYS(pfn);
		return PFN_PHYS(pfn);
	}
	return 0;
}

static bool touch(const struct enclave_range *range, u64 start, u64 end)
{
	return start <= range->start + range->size && range->start <= end;
}

int memory_add(struct memory *memory, u64 start, u64 units, u32 node)
{
	struct enclave_range merged = {.start = start, .size = units * ENCLAVE_UNIT, .node = node};
	unsigned int i = 0;

	while (i < memory->count) {
		struct enclave_range *range = &memory->ranges[i];
		u64 end = max(merged.start + merged.size, range->start + range->size);

		if (range->node != node ||
		    !touch(range, merged.start, merged.start + merged.size)) {
			i++;
			continue;
		}
		merged.start = min(merged.start, range->start);
		merged.size = end - merged.start;
		*range = memory->ranges[--memory->count];
		i = 0;
	}
	if (memory->count == MEMORY_RANGES_MAX)
		return -ENOSPC;
	memory->ranges[memory->count++] = merged;
	return 0;
}

bool memory_has(const struct memory *memory, u64 start, u64 size)
{
	for (unsigned int i = 0; i < memory->count; i++) {
		const struct enclave_range *range = &memory->ranges[i];

		if (start >= range->start && size <= range->size &&
		    start - range->start <= range->size - size)
			return true;
	}
	return false;
}

int memory_remove(struct memory *memory, u64 start)
{
	for (unsigned int i = 0; i < memory->count; i++) {
		struct enclave_range *range = &memory->ranges[i];
		u64 before, behind;

		if (start % ENCLAVE_UNIT || start < range->start ||
		    start >= range->start + range->size)
			continue;
		before = start - range->start;
		behind = range->size - before - ENCLAVE_UNIT;
		if (before && behind) {
			/* one is left for a unit that is on offer */
			if (memory->count >= MEMORY_RANGES_MAX - 1)
				return -ENOSPC;
			memory->ranges[memory->count] = *range;
			memory->ranges[memory->count].start = start + ENCLAVE_UNIT;
			memory->ranges[memory->count++].size = behind;
			range->size = before;
		} else if (before) {
			range->size = before;
		} else if (behind) {
			range->start += ENCLAVE_UNIT;
			range->size = behind;
		} else {
			*range = memory->ranges[--memory->count];
		}
		return 0;
	}
	return -ENOENT;
}

u64 memory_units(const struct memory *memory)
{
	u64 size = 0;

	for (unsigned int i = 0; i < memory->count; i++)
		size += memory->ranges[i].size;
	return size / ENCLAVE_UNIT;
}

int memory_take(struct memory *memory, u32 node, u64 units)
{
	struct memory_search search = {};

	if (units > 0 &&
	    (node >= MAX_NUMNODES || !node_online((int)node) ||
	     units > PHYS_PFN(ULONG_MAX) / UNIT_PAGES || !can_spare(node, units * UNIT_PAGES)))
		return -ENOMEM;
	for (; units > 0; units--) {
		int error;
		u64 start = memory_take_run(node, 1, &search, &error);

		if (!start)
			return error;
		error = memory_add(memory, start, 1, node);
		if (error) {
			memory_give(start, 1);
			return error;
		}
	}
	return 0;
}

void memory_give_all(struct memory *memory)
{
	for (unsigned int i = 0; i < memory->count; i++)
		memory_give(memory->ranges[i].start, memory->ranges[i].size / ENCLAVE_UNIT);
	memory->count = 0;
}

u64 memory_taken(u32 node)
{
	return (u64)atomic64_read(&taken[node]);
}
