/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's half of the address space, and what user halves are built with.
 */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include <bulkhead/enclave.h>
#include <lib/pt.h>
#include <lib/range.h>

/*
 * Replaces the early tables: image with the permissions of its sections, `ram` (whole pages) in the
 * direct map. Once, on the boot core, before the page allocator exists. Panics when memory is too
 * scattered for the tables set aside.
 */
void mmu_init(const struct range_set *ram);
/* From here on kernel tables come from the page allocator; the root is complete and does not change any more. */
void mmu_use_page_allocator(void);
bool direct_map_has(pa_t base); /* this page */
/* Memory that came later, in the direct map. 0, or -1: no memory for tables, or beyond DIRECT_MAP_SIZE. */
int direct_map_add(pa_t base, uint64_t size);
/* Memory in units of 2 MiB that is given away: no core can reach it any more. From threads. 0 or -1: no memory for tables. */
int direct_map_remove(pa_t base, uint64_t size);
/* Device registers at a kernel address; any alignment. NULL: no memory. Never unmapped. */
void *io_map(pa_t base, uint64_t size);
/* Memory outside the allocator's (shared with another kernel), cacheable. Never unmapped. */
void *memory_map(pa_t base, uint64_t size);
/*
 * Memory of others, one piece behind the other, at most REGION_SIZE_MAX, at a place for each slot; and away again: no core can reach it any
 * more. From threads. NULL: no memory for tables, or the pieces are too large.
 */
void *region_map(unsigned slot, const struct enclave_blob *pieces, unsigned count,
		 bool is_read_only);
void region_unmap(unsigned slot, uint64_t size);
const uint64_t *mmu_kernel_root(void);
void mmu_fill_root(uint64_t *root); /* the upper half of a process's */

#endif
