/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writing into an address space from outside, page by page through the kernel's own mapping: for
 * the program loader. And what the caches need before new code is executed.
 */
#include <arch/memory.h>
#include <lwk/errno.h>
#include <lwk/vma.h>
#include <string.h>

/*
 * the kernel's address of `address`, and in *size at most how many bytes of it lie together; NULL:
 * not backed
 */
static char *reach(struct address_space *space, uint64_t address, uint64_t *size)
{
	struct pt_leaf leaf;
	uint64_t offset;

	if (!pt_lookup(&space->pt, address, &leaf))
		return NULL;
	offset = address - leaf.in;
	if (*size > leaf.size - offset)
		*size = leaf.size - offset;
	return (char *)phys_to_virt(leaf.pa) + offset;
}

int space_write(struct address_space *space, uint64_t address, const void *data, uint64_t size)
{
	const char *from = data;
	int status = space_fill(space, ALIGN_DOWN(address, PAGE_SIZE),
				ALIGN_UP(address + size, PAGE_SIZE), false);

	mutex_lock(&space->lock);
	while (size > 0 && !status) {
		uint64_t bytes = size;
		char *to = reach(space, address, &bytes);

		if (!to) {
			status = -EFAULT;
			break;
		}
		memcpy(to, from, bytes);
		address += bytes;
		from += bytes;
		size -= bytes;
	}
	mutex_unlock(&space->lock);
	return status;
}

static bool leaf_sync(void *arg, const struct pt_leaf *leaf)
{
	(void)arg;
	arch_sync_code(phys_to_virt(leaf->pa), leaf->size);
	return true;
}

void back_sync_code(struct address_space *space, uint64_t start, uint64_t end)
{
	pt_visit(&space->pt, start, end - start, leaf_sync, NULL);
}
