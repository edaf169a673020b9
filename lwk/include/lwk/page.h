/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Set-up and details of the page allocator, for the memory code; what everyone uses is in heap.h.
 */
#ifndef LWK_PAGE_H
#define LWK_PAGE_H

#include <bulkhead/types.h>
#include <lwk/heap.h>
#include <lwk/numa.h>

/*
 * Gives the allocator [base, base + size) of a node, whole pages in the direct map. Its metadata,
 * one byte a page, is taken from the range itself. -ENOMEM when there are too many ranges.
 */
int page_add_range(pa_t base, uint64_t size, unsigned node);

/*
 * Memory that comes and goes while the kernel runs, in units of 2 MiB, in the direct map. page_unit_add: memory from outside or one that
 * was removed; -EEXIST: it is here; -ENOMEM. page_unit_remove: an allocated block of order 9, which is not the allocator's any more.
 */
int page_unit_add(pa_t unit, unsigned node);
void page_unit_remove(void *unit);

/* page_alloc from the wanted node or, nearest first, from another one that is allowed */
void *page_alloc_at(unsigned order, struct numa_place place);

/*
 * Memory that was promised to a process and is taken when it is touched: 4 KiB pages that nobody
 * else gets as memory of processes meanwhile. False when there are not so many. Whoever allocates
 * promised pages ends their promise, and renews it should the pages go back unused.
 */
bool page_promise(uint64_t pages);
void page_promise_renew(uint64_t pages);
void page_promise_end(uint64_t pages);
uint64_t page_promised_count(void);
/* whether 2^order pages are neither promised nor kept for the kernel */
bool page_is_available(unsigned order);
/* whether a program may be granted 2^order pages: then some are left for what is touched without a grant */
bool page_is_grantable(unsigned order);

/* Frees any page-aligned part of allocated blocks; the rest of a block stays allocated. */
void page_free_range(pa_t base, uint64_t size);

/* the order of the allocated block that starts at `pages`; -1 when none does */
int page_order(const void *pages);

/* of one node, in 4 KiB pages */
unsigned page_node(pa_t page);
uint64_t page_node_free_count(unsigned node);
uint64_t page_node_total_count(unsigned node);

#endif
