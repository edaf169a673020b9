/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel memory: small objects by kmalloc, pages by page_alloc. Both answer NULL when there is
 * none; whoever asks on behalf of a process passes -ENOMEM on. Both may be called with interrupts
 * masked and under spin locks; neither sleeps.
 */
#ifndef LWK_HEAP_H
#define LWK_HEAP_H

#include <bulkhead/types.h>

/*
 * 16-byte aligned; more than 2016 bytes are rounded up to a power of two of pages, page-aligned. Up
 * to 1 GiB.
 */
void *kmalloc(size_t size);
void *kzalloc(size_t size);
void kfree(void *object); /* NULL is allowed */

struct heap_stats {
	uint64_t objects; /* allocated and not freed */
	uint64_t pages;   /* 4 KiB pages that the heap holds */
};
void heap_get_stats(struct heap_stats *stats);

#define PAGE_ORDER_MAX 18u /* 1 GiB */

/*
 * 2^order pages, physically contiguous and aligned to their size, contents undefined; kernel
 * virtual address in the direct map; of the NUMA node of the calling core, if it has any
 */
void *page_alloc(unsigned order);
void *page_alloc_zeroed(unsigned order);
void *page_alloc_near(unsigned order, unsigned node); /* of this NUMA node, if it has any */
void page_free(void *pages, unsigned order);
uint64_t page_free_count(void);  /* exact, in 4 KiB pages */
uint64_t page_total_count(void); /* pages the allocator was given */

/*
 * Pages that processes get neither as memory nor for files: with them the kernel can still delete a file, or start
 * and end a process, when a job has taken everything.
 */
#define PAGE_RESERVE 64u

/* page_alloc for the memory and the files of processes */
void *page_alloc_user(unsigned order);

#endif
