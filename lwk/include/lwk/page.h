/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Set-up and details of the page allocator, for the memory code; what everyone uses is in heap.h.
 */
#ifndef LWK_PAGE_H
#define LWK_PAGE_H

#include <bulkhead/types.h>
#include <lwk/heap.h>

/*
 * Gives the allocator [base, base + size), whole pages in the direct map. Its metadata, one byte a
 * page, is taken from the range itself. -ENOMEM when there are too many ranges.
 */
int page_add_range(pa_t base, uint64_t size);

/* Frees any page-aligned part of allocated blocks; the rest of a block stays allocated. */
void page_free_range(pa_t base, uint64_t size);

/* the order of the allocated block that starts at `pages`; -1 when none does */
int page_order(const void *pages);

#endif
