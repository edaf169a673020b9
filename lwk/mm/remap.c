/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mremap: a mapping is resized in place, or its pages are attached elsewhere; nothing is copied.
 */
#include <arch/layout.h>
#include <lwk/errno.h>
#include <lwk/vma.h>

/* Maps in one tree while it is walked: the walk is restarted for each leaf. */
static bool leaf_first(void *arg, const struct pt_leaf *leaf)
{
	*(struct pt_leaf *)arg = *leaf;
	return false;
}

/* Attaches the pages of [start, end) a second time at `to`. */
static int pages_attach(struct address_space *space, uint64_t start, uint64_t end, uint64_t to)
{
	uint64_t at = start;

	while (at < end) {
		struct pt_leaf leaf = {.size = 0};
		uint64_t low, high;

		pt_visit(&space->pt, at, end - at, leaf_first, &leaf);
		if (leaf.size == 0)
			break;
		low = leaf.in > at ? leaf.in : at;
		high = leaf.in + leaf.size < end ? leaf.in + leaf.size : end;
		if (pt_map(&space->pt, to + (low - start), PA(leaf.pa.v + (low - leaf.in)),
			   high - low, leaf.attr) != 0) {
			if (at > start)
				(void)pt_unmap(&space->pt, to, at - start);
			return -ENOMEM;
		}
		at = high;
	}
	return 0;
}

/* The tables only: from [start, start + size) to `to`. */
static int pages_move(struct address_space *space, uint64_t start, uint64_t size, uint64_t to)
{
	int status = pages_attach(space, start, start + size, to);

	if (status == 0 && pt_unmap(&space->pt, start, size) != 0) {
		(void)pt_unmap(&space->pt, to, size);
		status = -ENOMEM;
	}
	return status;
}

static int grow_in_place(struct address_space *space, uint64_t start, uint64_t end,
			 const struct vma *vma)
{
	uint32_t prot = vma->prot;
	enum vma_kind kind = vma->kind;
	int status = 0;

	if (vma->end != start || end > USER_MMAP_TOP || !vma_is_free(space, start, end))
		return -EEXIST;
	if (kind == VMA_BACKED)
		status = back_range(space, start, end, prot);
	if (status == 0) {
		status = vma_insert(space, start, end, prot, kind);
		if (status)
			back_release(space, start, end);
	}
	return status;
}

static int move_elsewhere(struct address_space *space, const struct vma *old, uint64_t start,
			  uint64_t old_size, uint64_t new_size, uint64_t *new_start)
{
	uint64_t to = space_choose(space, 0, new_size);
	uint32_t prot = old->prot;
	enum vma_kind kind = old->kind;
	int status = -ENOMEM;

	if (!to || vma_split(space, start, start + old_size) != 0)
		return -ENOMEM;
	if (kind == VMA_BACKED && back_range(space, to + old_size, to + new_size, prot) != 0)
		return -ENOMEM;
	if (vma_insert_apart(space, to, to + new_size, prot, kind) == 0) {
		status = pages_move(space, start, old_size, to);
		if (status)
			vma_remove(space, to, to + new_size);
	}
	if (status) {
		back_release(space, to + old_size, to + new_size);
		return status;
	}
	vma_remove(space, start, start + old_size);
	vma_merge(space, to, to + new_size);
	*new_start = to;
	return 0;
}

static int remap_locked(struct address_space *space, uint64_t start, uint64_t old_size,
			uint64_t new_size, bool may_move, uint64_t *new_start)
{
	struct vma *vma = vma_at(space, start);
	int status;

	if (!vma || vma->end - start < old_size || vma->kind == VMA_GUARD)
		return -EFAULT;
	*new_start = start;
	if (new_size <= old_size)
		return 0;
	if (vma->kind != VMA_BACKED && vma->kind != VMA_LAZY)
		return -ENOMEM;
	status = grow_in_place(space, start + old_size, start + new_size, vma);
	if (status == 0 || !may_move)
		return status ? -ENOMEM : 0;
	return move_elsewhere(space, vma, start, old_size, new_size, new_start);
}

int space_remap(struct address_space *space, uint64_t address, uint64_t old_size, uint64_t new_size,
		bool may_move, uint64_t *new_address)
{
	int status;

	if (!IS_ALIGNED(address | old_size | new_size, PAGE_SIZE) || old_size == 0 ||
	    new_size == 0 || old_size > USER_TOP || new_size > USER_TOP)
		return -EINVAL;
	mutex_lock(&space->lock);
	status = remap_locked(space, address, old_size, new_size, may_move, new_address);
	mutex_unlock(&space->lock);
	if (status == 0 && new_size < old_size)
		status = space_unmap(space, address + new_size, old_size - new_size);
	return status;
}
