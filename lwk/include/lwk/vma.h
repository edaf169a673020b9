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
bool vma_is_covered(struct address_space *space, uint64_t start, uint64_t end);
/* Room for `size` bytes at a multiple of `align` in the part for mmap; 0 when there is none. */
uint64_t vma_find_room(struct address_space *space, uint64_t size, uint64_t align);

/* Adds a mapping where nothing is, merged with its like neighbours. 0 or -ENOMEM. */
int vma_insert(struct address_space *space, uint64_t start, uint64_t end, uint32_t prot,
	       enum vma_kind kind);
/* The same, not merged: for a mapping that is about to change. vma_merge ends that. */
int vma_insert_apart(struct address_space *space, uint64_t start, uint64_t end, uint32_t prot,
		     enum vma_kind kind);
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

/* the memory behind (mm/back.c); 0 or -ENOMEM, and then nothing changed */
int back_range(struct address_space *space, uint64_t start, uint64_t end, uint32_t prot);
/*
 * Frees the memory behind [start, end). Returns how far it came: `end`, or less when there was no
 * memory to split a large page.
 */
uint64_t back_release(struct address_space *space, uint64_t start, uint64_t end);
bool back_is_empty(struct address_space *space, uint64_t start, uint64_t end);
uint32_t back_attr(uint32_t prot); /* of leaves */

#endif
