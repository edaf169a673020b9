/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The list of mappings of an address space; for the memory code only. Everything here is under the
 * space's lock. Invariant: ascending, disjoint, none empty.
 */
#ifndef LWK_VMA_H
#define LWK_VMA_H

#include <lwk/address_space.h>

/* The mapping that `address` lies in, or the next one above; NULL when there is none. */
struct vma *vma_from(struct address_space *space, uint64_t address);
/* The mapping that `address` lies in, or NULL. */
struct vma *vma_at(struct address_space *space, uint64_t address);
struct vma *vma_next(struct address_space *space, struct vma *vma);

bool vma_is_free(struct address_space *space, uint64_t start, uint64_t end);
/* How far mappings reach from `start` on without a hole, at most to `end`. */
uint64_t vma_covered_end(struct address_space *space, uint64_t start, uint64_t end);
/*
 * Room for `size` bytes, `offset` above a multiple of `align`, in the part for mmap; 0 when there is
 * none.
 */
uint64_t vma_find_room(struct address_space *space, uint64_t size, uint64_t align, uint64_t offset);

/* Adds a mapping where nothing is, otherwise as `like`, merged with its like neighbours. 0 or -ENOMEM. */
int vma_insert(struct address_space *space, uint64_t start, uint64_t end, const struct vma *like);
/* The same, not merged: for a mapping that is about to change. vma_merge ends that. */
int vma_insert_apart(struct address_space *space, uint64_t start, uint64_t end,
		     const struct vma *like);
/* Makes mappings end at `start` and `end`. 0 or -ENOMEM. */
int vma_split(struct address_space *space, uint64_t start, uint64_t end);
/* Removes the mappings in the range, whose ends have been split. */
void vma_remove(struct address_space *space, uint64_t start, uint64_t end);
/* Merges like neighbours in and around the range. */
void vma_merge(struct address_space *space, uint64_t start, uint64_t end);

/*
 * Where a mapping of `size` goes: `hint` when that is free, else where large pages fit; 0 for
 * nowhere.
 */
uint64_t space_choose(struct address_space *space, uint64_t hint, uint64_t size);
/* The same for pages that are at `address`: their sizes will fit there, too. */
uint64_t space_choose_like(struct address_space *space, uint64_t address, uint64_t size);

/* Whether its pages are promised (page.h), where they are not there yet. */
static inline bool vma_is_promised(const struct vma *vma)
{
	return vma->kind == VMA_BACKED || vma->kind == VMA_BRK;
}

/* After it the range can be changed apart from what is around it. -ENOMEM: nothing has changed. */
int space_split(struct address_space *space, uint64_t start, uint64_t end);
/* Removes what is mapped in the range, and the memory behind it. 0; -EINVAL: a guard is in it; -ENOMEM. */
int space_unmap_locked(struct address_space *space, uint64_t start, uint64_t end);

/* Promises pages to the space; -ENOMEM. */
int space_promise(struct address_space *space, uint64_t pages);
void space_promise_renew(struct address_space *space, uint64_t pages); /* what it just freed */
void space_promise_end(struct address_space *space, uint64_t pages);

/*
 * The memory behind (mm/back.c). What goes through space->pt without it keeps space->pages in step.
 */
uint32_t back_attr(uint32_t prot); /* of leaves */
bool back_is_empty(struct address_space *space, uint64_t start, uint64_t end);
uint64_t back_count(struct address_space *space, uint64_t start, uint64_t end); /* pages there */
/* Makes what was written into pages of the range fit to execute: mm/write.c. */
void back_sync_code(struct address_space *space, uint64_t start, uint64_t end);
/*
 * Frees the memory behind [start, end), whose ends pt_split has cut, and ends the promise of what is
 * not there.
 */
void back_release(struct address_space *space, uint64_t start, uint64_t end);

/*
 * Without the lock: what an ordinary mapping is given when it is made. On a machine with several
 * nodes that is nothing: whoever touches it says where it goes. Memory was promised, so that what
 * cannot be had now (no page for a table) may come with the touch; -ENOMEM tells who wants to know.
 */
int space_fill_promised(struct address_space *space, uint64_t address, uint64_t size);

#endif
