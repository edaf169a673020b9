/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Address spaces: making and destroying them, mapping, unmapping, protecting. The list of mappings
 * and the tables change together under the space's lock. What an operation allocates it allocates
 * before it changes anything, so that one that fails has done nothing.
 */
#include <arch/layout.h>
#include <arch/memory.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/page.h>
#include <lwk/sched.h>
#include <lwk/vma.h>
#include <string.h>

#define VA_BITS 48

struct address_space *address_space_create(void)
{
	struct address_space *space = kzalloc(sizeof(*space));
	void *root = space ? page_alloc_zeroed(0) : NULL;

	if (!root || arch_space_init(&space->arch, root) != 0) {
		if (root)
			page_free(root, 0);
		kfree(space);
		return NULL;
	}
	space->pt = (struct pt){
		.format = arch_user_pt_format,
		.ops = &arch_user_pt_ops,
		.ctx = &space->arch,
		.root = root,
		.in_bits = VA_BITS,
	};
	mutex_init(&space->lock);
	list_init(&space->vmas);
	return space;
}

static bool leaf_free(void *arg, const struct pt_leaf *leaf)
{
	(void)arg;
	page_free_range(leaf->pa, leaf->size);
	sched_preempt_point();
	return true;
}

void address_space_destroy(struct address_space *space)
{
	arch_space_free(&space->arch); /* flushes: only then may pages be used for anything else */
	pt_visit(&space->pt, 0, USER_TOP, leaf_free, NULL);
	pt_destroy(&space->pt);
	page_free(space->pt.root, 0);
	page_promise_end(space->promised);
	vma_remove(space, 0, USER_TOP);
	kfree(space);
}

static bool is_valid_range(uint64_t address, uint64_t size)
{
	return IS_ALIGNED(address | size, PAGE_SIZE) && size > 0 && size <= USER_TOP &&
	       address >= USER_LOW && address <= USER_TOP - size;
}

static bool has_guard(struct address_space *space, uint64_t start, uint64_t end)
{
	for (struct vma *vma = vma_from(space, start); vma && vma->start < end;
	     vma = vma_next(space, vma)) {
		if (vma->kind == VMA_GUARD)
			return true;
	}
	return false;
}

int space_split(struct address_space *space, uint64_t start, uint64_t end)
{
	if (vma_split(space, start, end) == 0 && pt_split(&space->pt, start, end - start) == 0)
		return 0;
	vma_merge(space, start, end);
	return -ENOMEM;
}

int space_unmap_locked(struct address_space *space, uint64_t start, uint64_t end)
{
	if (vma_is_free(space, start, end))
		return 0;
	if (has_guard(space, start, end))
		return -EINVAL;
	if (space_split(space, start, end) != 0)
		return -ENOMEM;
	back_release(space, start, end);
	vma_remove(space, start, end);
	return 0;
}

static int map_locked(struct address_space *space, uint64_t address, uint64_t size,
		      const struct vma *like)
{
	uint64_t promised = vma_is_promised(like) ? size >> PAGE_SHIFT : 0;

	if (promised && space_promise(space, promised) != 0)
		return -ENOMEM;
	if (vma_insert(space, address, address + size, like) != 0) {
		space_promise_end(space, promised);
		return -ENOMEM;
	}
	return 0;
}

int space_fill_promised(struct address_space *space, uint64_t address, uint64_t size)
{
	return numa_count == 1 ? space_fill(space, address, address + size, true) : 0;
}

static int map_fill(struct address_space *space, uint64_t address, uint64_t size,
		    enum vma_kind kind)
{
	int status = kind == VMA_BACKED ? space_fill_promised(space, address, size) : 0;

	if (status)
		(void)space_unmap(space, address, size);
	return status;
}

int space_map_at(struct address_space *space, uint64_t address, uint64_t size, uint32_t prot,
		 enum vma_kind kind, bool replace)
{
	const struct vma like = {.prot = prot, .kind = kind};
	int status = 0;

	if (!is_valid_range(address, size))
		return -ENOMEM;
	mutex_lock(&space->lock);
	if (replace)
		status = space_unmap_locked(space, address, address + size);
	else if (!vma_is_free(space, address, address + size))
		status = -EEXIST;
	if (status == 0)
		status = map_locked(space, address, size, &like);
	mutex_unlock(&space->lock);
	return status ? status : map_fill(space, address, size, kind);
}

/* so that the largest pages fit */
static uint64_t alignment_for(uint64_t size)
{
	if (size >= SIZE_1G)
		return SIZE_1G;
	return size >= SIZE_2M ? SIZE_2M : PAGE_SIZE;
}

uint64_t space_choose(struct address_space *space, uint64_t hint, uint64_t size)
{
	if (IS_ALIGNED(hint, PAGE_SIZE) && is_valid_range(hint, size) &&
	    vma_is_free(space, hint, hint + size))
		return hint;
	return vma_find_room(space, size, alignment_for(size), 0);
}

uint64_t space_choose_like(struct address_space *space, uint64_t address, uint64_t size)
{
	uint64_t align = alignment_for(size);

	return vma_find_room(space, size, align, address & (align - 1));
}

int space_map_anywhere(struct address_space *space, uint64_t hint, uint64_t size, uint32_t prot,
		       enum vma_kind kind, uint64_t *address)
{
	const struct vma like = {.prot = prot, .kind = kind};
	int status = -ENOMEM;

	if (size == 0 || !IS_ALIGNED(size, PAGE_SIZE))
		return -EINVAL;
	mutex_lock(&space->lock);
	*address = size < USER_TOP ? space_choose(space, hint, size) : 0;
	if (*address)
		status = map_locked(space, *address, size, &like);
	mutex_unlock(&space->lock);
	return status ? status : map_fill(space, *address, size, kind);
}

int space_unmap(struct address_space *space, uint64_t address, uint64_t size)
{
	int status;

	if (!is_valid_range(address, size))
		return -EINVAL;
	mutex_lock(&space->lock);
	status = space_unmap_locked(space, address, address + size);
	mutex_unlock(&space->lock);
	return status;
}

static int protect_locked(struct address_space *space, uint64_t start, uint64_t end, uint32_t prot)
{
	bool is_code = false;

	if (has_guard(space, start, end))
		return -EACCES;
	if (space_split(space, start, end) != 0)
		return -ENOMEM;
	for (struct vma *vma = vma_from(space, start); vma && vma->start < end;
	     vma = vma_next(space, vma)) {
		is_code = is_code || (prot & ~vma->prot & PROT_EXEC);
		vma->prot = prot;
	}
	if (is_code)
		back_sync_code(space, start, end);
	(void)pt_protect(&space->pt, start, end - start, back_attr(prot));
	vma_merge(space, start, end);
	return 0;
}

int space_protect(struct address_space *space, uint64_t address, uint64_t size, uint32_t prot)
{
	uint64_t end;
	int status = 0;

	if (!is_valid_range(address, size))
		return -ENOMEM;
	mutex_lock(&space->lock);
	end = vma_covered_end(space, address, address + size);
	if (end > address)
		status = protect_locked(space, address, end, prot);
	if (status == 0 && end < address + size)
		status = -ENOMEM;
	mutex_unlock(&space->lock);
	return status;
}

/* What was granted with memory has none of its own after that: it is a reservation from then on. */
static int discard_locked(struct address_space *space, uint64_t start, uint64_t end)
{
	if (has_guard(space, start, end))
		return -EINVAL;
	if (space_split(space, start, end) != 0)
		return -ENOMEM;
	back_release(space, start, end);
	for (struct vma *vma = vma_from(space, start); vma && vma->start < end;
	     vma = vma_next(space, vma)) {
		if (vma->kind == VMA_BACKED)
			vma->kind = VMA_LAZY;
		else if (vma->kind == VMA_BRK)
			space_promise_renew(space, (vma->end - vma->start) >> PAGE_SHIFT);
	}
	vma_merge(space, start, end);
	return 0;
}

int space_discard(struct address_space *space, uint64_t address, uint64_t size)
{
	int status = 0;

	if (!is_valid_range(address, size))
		return -ENOMEM;
	mutex_lock(&space->lock);
	if (!vma_is_free(space, address, address + size))
		status = discard_locked(space, address, address + size);
	if (status == 0 && vma_covered_end(space, address, address + size) < address + size)
		status = -ENOMEM;
	mutex_unlock(&space->lock);
	return status;
}

void space_visit(struct address_space *space, void (*fn)(void *arg, const struct vma *vma),
		 void *arg)
{
	mutex_lock(&space->lock);
	list_for_each (link, &space->vmas)
		fn(arg, list_entry(link, struct vma, link));
	mutex_unlock(&space->lock);
}
