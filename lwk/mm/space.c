/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Address spaces: making and destroying them, mapping, unmapping, protecting. The list of mappings
 * and the tables change together under the space's lock; an operation that fails half-way leaves
 * both in step.
 */
#include <arch/layout.h>
#include <arch/memory.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/page.h>
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
	return true;
}

void address_space_destroy(struct address_space *space)
{
	arch_space_free(&space->arch); /* flushes: only then may pages be used for anything else */
	pt_visit(&space->pt, 0, USER_TOP, leaf_free, NULL);
	pt_destroy(&space->pt);
	page_free(space->pt.root, 0);
	vma_remove(space, 0, USER_TOP);
	kfree(space);
}

static bool is_valid_range(uint64_t address, uint64_t size)
{
	return IS_ALIGNED(address | size, PAGE_SIZE) && size > 0 && size <= USER_TOP &&
	       address >= USER_LOW && address <= USER_TOP - size;
}

static int map_locked(struct address_space *space, uint64_t address, uint64_t size, uint32_t prot,
		      enum vma_kind kind)
{
	int status = 0;

	if (kind == VMA_BACKED || kind == VMA_BRK)
		status = back_range(space, address, address + size, prot);
	if (status == 0)
		status = vma_insert(space, address, address + size, prot, kind);
	if (status && (kind == VMA_BACKED || kind == VMA_BRK))
		back_release(space, address, address + size);
	return status;
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

static int unmap_locked(struct address_space *space, uint64_t address, uint64_t size)
{
	uint64_t reached;

	if (has_guard(space, address, address + size))
		return -EINVAL;
	if (vma_split(space, address, address + size) != 0)
		return -ENOMEM;
	reached = back_release(space, address, address + size);
	if (reached < address + size && vma_split(space, address, reached) != 0)
		return -ENOMEM;
	vma_remove(space, address, reached);
	return reached < address + size ? -ENOMEM : 0;
}

int space_map_at(struct address_space *space, uint64_t address, uint64_t size, uint32_t prot,
		 enum vma_kind kind, bool replace)
{
	int status = 0;

	if (!is_valid_range(address, size))
		return -ENOMEM;
	mutex_lock(&space->lock);
	if (replace)
		status = unmap_locked(space, address, size);
	else if (!vma_is_free(space, address, address + size))
		status = -EEXIST;
	if (status == 0)
		status = map_locked(space, address, size, prot, kind);
	mutex_unlock(&space->lock);
	return status;
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
	return vma_find_room(space, size, alignment_for(size));
}

int space_map_anywhere(struct address_space *space, uint64_t hint, uint64_t size, uint32_t prot,
		       enum vma_kind kind, uint64_t *address)
{
	int status = -ENOMEM;

	if (size == 0 || !IS_ALIGNED(size, PAGE_SIZE))
		return -EINVAL;
	mutex_lock(&space->lock);
	*address = size < USER_TOP ? space_choose(space, hint, size) : 0;
	if (*address)
		status = map_locked(space, *address, size, prot, kind);
	mutex_unlock(&space->lock);
	return status;
}

int space_unmap(struct address_space *space, uint64_t address, uint64_t size)
{
	int status;

	if (!is_valid_range(address, size))
		return -EINVAL;
	mutex_lock(&space->lock);
	status = unmap_locked(space, address, size);
	mutex_unlock(&space->lock);
	return status;
}

static int protect_locked(struct address_space *space, uint64_t start, uint64_t end, uint32_t prot)
{
	if (!vma_is_covered(space, start, end))
		return -ENOMEM;
	if (has_guard(space, start, end))
		return -EACCES;
	if (vma_split(space, start, end) != 0 ||
	    pt_protect(&space->pt, start, end - start, back_attr(prot)) != 0)
		return -ENOMEM;
	for (struct vma *vma = vma_from(space, start); vma && vma->start < end;
	     vma = vma_next(space, vma))
		vma->prot = prot;
	vma_merge(space, start, end);
	return 0;
}

int space_protect(struct address_space *space, uint64_t address, uint64_t size, uint32_t prot)
{
	int status;

	if (!is_valid_range(address, size))
		return -ENOMEM;
	mutex_lock(&space->lock);
	status = protect_locked(space, address, address + size, prot);
	mutex_unlock(&space->lock);
	return status;
}

static int discard_locked(struct address_space *space, uint64_t start, uint64_t end)
{
	uint64_t reached;

	if (!vma_is_covered(space, start, end) || vma_split(space, start, end) != 0)
		return -ENOMEM;
	for (struct vma *vma = vma_from(space, start); vma && vma->start < end;
	     vma = vma_next(space, vma)) {
		if (vma->kind == VMA_BACKED)
			vma->kind = VMA_LAZY;
	}
	reached = back_release(space, start, end);
	vma_merge(space, start, end);
	return reached < end ? -ENOMEM : 0;
}

int space_discard(struct address_space *space, uint64_t address, uint64_t size)
{
	int status;

	if (!is_valid_range(address, size))
		return -ENOMEM;
	mutex_lock(&space->lock);
	status = discard_locked(space, address, address + size);
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
