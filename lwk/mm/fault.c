/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Page faults: what a reservation permits is backed now.
 */
#include <lwk/errno.h>
#include <lwk/vma.h>

#define SMALL_PIECE (16 * PAGE_SIZE)

static bool is_permitted(const struct vma *vma, enum access access)
{
	if (access == ACCESS_WRITE)
		return vma->prot & PROT_WRITE;
	if (access == ACCESS_EXEC)
		return vma->prot & PROT_EXEC;
	return vma->prot != 0;
}

/*
 * the aligned piece of `size` around the address, when all of it belongs to the mapping and none is
 * there yet
 */
static int back_piece(struct address_space *space, const struct vma *vma, uint64_t address,
		      uint64_t size)
{
	uint64_t start = ALIGN_DOWN(address, size);

	if (start < vma->start || start + size > vma->end ||
	    !back_is_empty(space, start, start + size))
		return -EEXIST;
	return back_range(space, start, start + size, vma->prot);
}

static enum fault back_touched(struct address_space *space, const struct vma *vma, uint64_t address)
{
	if (vma->kind != VMA_STACK && back_piece(space, vma, address, SIZE_2M) == 0)
		return FAULT_RESOLVED;
	if (back_piece(space, vma, address, SMALL_PIECE) == 0 ||
	    back_piece(space, vma, address, PAGE_SIZE) == 0)
		return FAULT_RESOLVED;
	return FAULT_NO_MEMORY;
}

static enum fault fault_resolve(struct address_space *space, uint64_t address, enum access access)
{
	struct vma *vma = vma_at(space, address);
	struct pt_leaf leaf;

	if (!vma || vma->kind == VMA_GUARD)
		return FAULT_NO_MAPPING;
	if (!is_permitted(vma, access))
		return FAULT_DENIED;
	if (pt_lookup(&space->pt, address, &leaf))
		return FAULT_RESOLVED; /* another thread was first */
	return back_touched(space, vma, address);
}

enum fault address_space_fault(struct address_space *space, uint64_t address, enum access access)
{
	enum fault fault;

	mutex_lock(&space->lock);
	fault = fault_resolve(space, address, access);
	mutex_unlock(&space->lock);
	return fault;
}

int space_back(struct address_space *space, uint64_t address, uint64_t size)
{
	int status = 0;

	mutex_lock(&space->lock);
	for (uint64_t at = ALIGN_DOWN(address, PAGE_SIZE); at < address + size && !status;
	     at += PAGE_SIZE) {
		if (fault_resolve(space, at, ACCESS_READ) != FAULT_RESOLVED)
			status = -ENOMEM;
	}
	mutex_unlock(&space->lock);
	return status;
}
