/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program break. Memory behind it comes ahead of need once the heap is large, in 2 MiB pages,
 * so that a heap that grows in small steps does not end up in small pages.
 */
#include <arch/layout.h>
#include <lwk/errno.h>
#include <lwk/vma.h>

int space_brk_init(struct address_space *space, uint64_t start)
{
	if (!IS_ALIGNED(start, PAGE_SIZE) || start < USER_LOW || start >= USER_MMAP_LOW)
		return -ENOMEM;
	space->brk_start = start;
	space->brk = start;
	space->brk_backed = start;
	return 0;
}

static int heap_grow(struct address_space *space, uint64_t end)
{
	static const struct vma like = {.prot = PROT_READ | PROT_WRITE, .kind = VMA_BRK};
	uint64_t old = space->brk_backed;

	if (end > USER_MMAP_LOW || !vma_is_free(space, old, end) ||
	    space_promise(space, (end - old) >> PAGE_SHIFT) != 0)
		return -ENOMEM;
	if (vma_insert(space, old, end, &like) != 0) {
		space_promise_end(space, (end - old) >> PAGE_SHIFT);
		return -ENOMEM;
	}
	space->brk_backed = end;
	return 0;
}

static int heap_reach(struct address_space *space, uint64_t end)
{
	uint64_t ahead = ALIGN_UP(end, SIZE_2M);

	if (end <= space->brk_backed)
		return 0;
	if (end - space->brk_start > SIZE_2M && heap_grow(space, ahead) == 0)
		return 0;
	return heap_grow(space, end);
}

/*
 * Memory beyond the new break must read as zero when the break comes back: it is given back, or, without memory for
 * splitting what it is part of, the break stays.
 */
static int heap_shrink(struct address_space *space, uint64_t end)
{
	int status = space_split(space, end, space->brk_backed);

	if (status)
		return status;
	back_release(space, end, space->brk_backed);
	vma_remove(space, end, space->brk_backed);
	space->brk_backed = end;
	return 0;
}

/* makes the heap end there, as far as memory goes */
static int heap_set_end(struct address_space *space, uint64_t brk)
{
	uint64_t end = ALIGN_UP(brk, PAGE_SIZE);

	if (brk < space->brk && end < space->brk_backed)
		return heap_shrink(space, end);
	return heap_reach(space, end);
}

uint64_t space_brk(struct address_space *space, uint64_t brk)
{
	uint64_t old, end;

	mutex_lock(&space->lock);
	old = space->brk_backed;
	if (brk >= space->brk_start && brk < USER_MMAP_LOW && heap_set_end(space, brk) == 0)
		space->brk = brk;
	brk = space->brk;
	end = space->brk_backed;
	mutex_unlock(&space->lock);
	if (end > old)
		space_fill_promised(space, old, end - old);
	return brk;
}
