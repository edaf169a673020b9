/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sorted list of mappings. Programs have tens of them, so a list serves; for those with thousands, which change one
 * after the other, a search begins where the last one ended.
 */
#include <arch/layout.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/vma.h>

static struct vma *vma_of(struct list *link)
{
	return list_entry(link, struct vma, link);
}

struct vma *vma_from(struct address_space *space, uint64_t address)
{
	struct list *at = space->recent ? &space->recent->link : space->vmas.next;

	while (at->prev != &space->vmas && vma_of(at->prev)->end > address)
		at = at->prev;
	while (at != &space->vmas && vma_of(at)->end <= address)
		at = at->next;
	if (at == &space->vmas)
		return NULL;
	space->recent = vma_of(at);
	return space->recent;
}

struct vma *vma_at(struct address_space *space, uint64_t address)
{
	struct vma *vma = vma_from(space, address);

	return vma && vma->start <= address ? vma : NULL;
}

struct vma *vma_next(struct address_space *space, struct vma *vma)
{
	return vma->link.next == &space->vmas ? NULL : vma_of(vma->link.next);
}

bool vma_is_free(struct address_space *space, uint64_t start, uint64_t end)
{
	struct vma *vma = vma_from(space, start);

	return !vma || vma->start >= end;
}

uint64_t vma_covered_end(struct address_space *space, uint64_t start, uint64_t end)
{
	for (struct vma *vma = vma_from(space, start); vma && vma->start <= start && start < end;
	     vma = vma_next(space, vma))
		start = vma->end;
	return start < end ? start : end;
}

static uint64_t align_above(uint64_t at, uint64_t align, uint64_t offset)
{
	return ALIGN_UP(at - offset, align) + offset;
}

uint64_t vma_find_room(struct address_space *space, uint64_t size, uint64_t align, uint64_t offset)
{
	uint64_t at = align_above(USER_MMAP_LOW, align, offset);

	for (struct vma *vma = vma_from(space, at); vma && at <= USER_MMAP_TOP;
	     vma = vma_next(space, vma)) {
		if (vma->start >= at && vma->start - at >= size)
			break;
		if (vma->end > at)
			at = align_above(vma->end, align, offset);
	}
	return at <= USER_MMAP_TOP && size <= USER_MMAP_TOP - at ? at : 0;
}

static bool is_alike(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && a->prot == b->prot && a->kind == b->kind &&
	       numa_policy_is_same(a->policy, b->policy) &&
	       (a->kind == VMA_BACKED || a->kind == VMA_LAZY || a->kind == VMA_BRK);
}

static void vma_free(struct address_space *space, struct vma *vma)
{
	if (space->recent == vma)
		space->recent = vma->link.prev == &space->vmas ? NULL : vma_of(vma->link.prev);
	list_remove(&vma->link);
	kfree(vma);
}

void vma_merge(struct address_space *space, uint64_t start, uint64_t end)
{
	struct vma *vma = vma_from(space, start ? start - 1 : 0);

	while (vma && vma->start <= end) {
		struct vma *next = vma_next(space, vma);

		if (next && is_alike(vma, next)) {
			vma->end = next->end;
			vma_free(space, next);
		} else {
			vma = next;
		}
	}
}

static struct vma *vma_new(struct list *before, uint64_t start, uint64_t end,
			   const struct vma *like)
{
	struct vma *vma = kmalloc(sizeof(*vma));

	if (!vma)
		return NULL;
	*vma = (struct vma){
		.start = start,
		.end = end,
		.prot = like->prot,
		.kind = like->kind,
		.policy = like->policy,
	};
	list_add_before(before, &vma->link);
	return vma;
}

int vma_insert_apart(struct address_space *space, uint64_t start, uint64_t end,
		     const struct vma *like)
{
	struct vma *after = vma_from(space, start);

	return vma_new(after ? &after->link : &space->vmas, start, end, like) ? 0 : -ENOMEM;
}

int vma_insert(struct address_space *space, uint64_t start, uint64_t end, const struct vma *like)
{
	int status = vma_insert_apart(space, start, end, like);

	if (status == 0)
		vma_merge(space, start, end);
	return status;
}

static int split_at(struct address_space *space, uint64_t address)
{
	struct vma *vma = vma_at(space, address);

	if (!vma || vma->start == address)
		return 0;
	if (!vma_new(&vma->link, vma->start, address, vma))
		return -ENOMEM;
	vma->start = address;
	return 0;
}

int vma_split(struct address_space *space, uint64_t start, uint64_t end)
{
	int status = split_at(space, start);

	return status ? status : split_at(space, end);
}

void vma_remove(struct address_space *space, uint64_t start, uint64_t end)
{
	struct vma *vma = vma_from(space, start);

	while (vma && vma->start < end) {
		struct vma *next = vma_next(space, vma);

		vma_free(space, vma);
		vma = next;
	}
}
