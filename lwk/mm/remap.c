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

/* Attaches the pages of [start, end), whose ends are split, a second time at `to`. */
static int pages_attach(struct address_space *space, uint64_t start, uint64_t end, uint64_t to)
{
	for (uint64_t at = start; at < end;) {
		struct pt_leaf leaf = {.size = 0};

		pt_visit(&space->pt, at, end - at, leaf_first, &leaf);
		if (leaf.size == 0)
			break;
		if (pt_map(&space->pt, to + (leaf.in - start), leaf.pa, leaf.size, leaf.attr) !=
		    0) {
			(void)pt_unmap(&space->pt, to, end - start);
			return -ENOMEM;
		}
		at = leaf.in + leaf.size;
	}
	return 0;
}

/* Growth is granted before anything changes; the pages come by space_fill, or when touched. */
static int growth_promise(struct address_space *space, const struct vma *vma, uint64_t bytes)
{
	return vma_is_promised(vma) && bytes ? space_promise(space, bytes >> PAGE_SHIFT) : 0;
}

static void growth_end(struct address_space *space, const struct vma *vma, uint64_t bytes)
{
	if (vma_is_promised(vma) && bytes)
		space_promise_end(space, bytes >> PAGE_SHIFT);
}

static int grow_in_place(struct address_space *space, const struct vma *vma, uint64_t start,
			 uint64_t end)
{
	int status;

	if (vma->end != start || end > USER_MMAP_TOP || !vma_is_free(space, start, end))
		return -EEXIST;
	status = growth_promise(space, vma, end - start);
	if (status == 0 && vma_insert(space, start, end, vma) != 0) {
		growth_end(space, vma, end - start);
		status = -ENOMEM;
	}
	return status;
}

/* The old mapping without its pages: gone, or kept as a reservation. */
static void old_finish(struct address_space *space, const struct remap *r)
{
	struct vma *vma = vma_at(space, r->address);

	(void)pt_unmap(&space->pt, r->address, r->old_size);
	if (!r->keeps_old)
		vma_remove(space, r->address, r->address + r->old_size);
	else if (vma->kind == VMA_BACKED)
		vma->kind = VMA_LAZY;
}

static int move_to(struct address_space *space, const struct remap *r, uint64_t to)
{
	uint64_t growth = r->new_size > r->old_size ? r->new_size - r->old_size : 0;
	struct vma like;
	int status;

	if (vma_split(space, r->address, r->address + r->old_size) != 0 ||
	    pt_split(&space->pt, r->address, r->old_size) != 0)
		return -ENOMEM;
	like = *vma_at(space, r->address);
	status = growth_promise(space, &like, growth);
	if (status)
		return status;
	status = vma_insert_apart(space, to, to + r->new_size, &like);
	if (status == 0) {
		status = pages_attach(space, r->address, r->address + r->old_size, to);
		if (status)
			vma_remove(space, to, to + r->new_size);
	}
	if (status) {
		growth_end(space, &like, growth);
		vma_merge(space, r->address, r->address + r->old_size);
		return status;
	}
	old_finish(space, r);
	vma_merge(space, to, to + r->new_size);
	return 0;
}

/* What holds for a mapping that grows or moves: it is one, and not of a kind that stays. */
static int resize_check(const struct vma *vma, const struct remap *r)
{
	if (vma->end - r->address < r->old_size)
		return -EFAULT;
	return vma->kind == VMA_BRK ? -ENOMEM : 0;
}

static int remap_locked(struct address_space *space, const struct remap *r, uint64_t *new_address)
{
	struct vma *vma = vma_at(space, r->address);
	int status;

	if (!vma || vma->kind == VMA_GUARD)
		return -EFAULT;
	if (!r->is_fixed && r->new_size <= r->old_size && !r->keeps_old)
		return 0;
	status = resize_check(vma, r);
	if (status)
		return status;
	if (!r->is_fixed && !r->keeps_old) {
		status = grow_in_place(space, vma, r->address + r->old_size,
				       r->address + r->new_size);
		if (status == 0 || !r->may_move)
			return status ? -ENOMEM : 0;
	}
	if (!r->is_fixed)
		*new_address = space_choose_like(space, r->address, r->new_size);
	return *new_address ? move_to(space, r, *new_address) : -ENOMEM;
}

static bool is_valid(const struct remap *r)
{
	if (!IS_ALIGNED(r->address | r->old_size | r->new_size, PAGE_SIZE) || r->old_size == 0 ||
	    r->new_size == 0 || r->old_size > USER_TOP || r->new_size > USER_TOP ||
	    r->address > USER_TOP - r->old_size)
		return false;
	if (r->keeps_old && (!r->may_move || r->old_size != r->new_size))
		return false;
	if (!r->is_fixed)
		return true;
	return r->may_move && IS_ALIGNED(r->target, PAGE_SIZE) && r->target >= USER_LOW &&
	       r->target <= USER_TOP - r->new_size &&
	       (r->target + r->new_size <= r->address || r->address + r->old_size <= r->target);
}

/*
 * What the target replaces goes, and what a shrinking mapping loses; with the lock held until the target is taken, or
 * another thread could map something there.
 */
static int make_way(struct address_space *space, struct remap *r)
{
	int status = vma_at(space, r->address) ? 0 : -EFAULT;

	if (status == 0 && r->is_fixed)
		status = space_unmap_locked(space, r->target, r->target + r->new_size);
	if (status == 0 && r->new_size < r->old_size) {
		status = space_unmap_locked(space, r->address + r->new_size,
					    r->address + r->old_size);
		r->old_size = r->new_size;
	}
	return status;
}

int space_remap(struct address_space *space, const struct remap *request, uint64_t *new_address)
{
	struct remap r = *request;
	int status;

	if (!is_valid(&r))
		return -EINVAL;
	*new_address = r.is_fixed ? r.target : r.address;
	mutex_lock(&space->lock);
	status = make_way(space, &r);
	if (status == 0)
		status = remap_locked(space, &r, new_address);
	mutex_unlock(&space->lock);
	if (status == 0 && r.new_size > r.old_size)
		space_fill_promised(space, *new_address + r.old_size, r.new_size - r.old_size);
	return status;
}
