/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory for a range of a regular file before it is written, and back from it. Caller holds the node's lock.
 */
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/fs_node.h>
#include <lwk/heap.h>

/* a page of its own for a hole, with what a reader sees there */
static int fill_hole(struct file_node *file, uint64_t index)
{
	uint64_t start = index * PAGE_SIZE;
	uint8_t *page = page_alloc_user(0);
	int error;

	if (!page)
		return -ENOSPC;
	memset(page, 0, PAGE_SIZE);
	if (start < file->archive_size) {
		uint64_t rest = file->archive_size - start;

		memcpy(page, file->archive + start, rest < PAGE_SIZE ? (size_t)rest : PAGE_SIZE);
	}
	error = page_tree_add(&file->pages, index, page);
	if (error)
		page_free(page, 0);
	return error ? -ENOSPC : 0;
}

int file_node_allocate(struct file_node *file, uint64_t start, uint64_t end)
{
	uint64_t last = (end - 1) / PAGE_SIZE;

	/* what cannot be is told before memory is taken for half of it */
	if (last - start / PAGE_SIZE >= page_free_count() + file->pages.count)
		return -ENOSPC;
	for (uint64_t index = start / PAGE_SIZE; index <= last; index++) {
		int error = page_tree_find(&file->pages, index) ? 0 : fill_hole(file, index);

		if (error)
			return error;
	}
	return 0;
}

/* part of a page, or a page that hides bytes of the archive */
static int clear_piece(struct file_node *file, uint64_t start, size_t bytes)
{
	uint64_t index = start / PAGE_SIZE;
	uint8_t *page = page_tree_find(&file->pages, index);
	int error = 0;

	if (!page && start >= file->archive_size)
		return 0;
	if (!page)
		error = fill_hole(file, index);
	if (!error)
		memset((uint8_t *)page_tree_find(&file->pages, index) + start % PAGE_SIZE, 0,
		       bytes);
	return error;
}

int file_node_clear(struct file_node *file, uint64_t start, uint64_t end)
{
	uint64_t whole = ALIGN_UP(start > file->archive_size ? start : file->archive_size,
				  PAGE_SIZE);
	uint64_t whole_end = ALIGN_DOWN(end, PAGE_SIZE);
	int error = 0;

	/* whole pages that hide nothing at once, what is in front and behind piece by piece */
	while (start < end && !error) {
		uint64_t next = ALIGN_DOWN(start, PAGE_SIZE) + PAGE_SIZE;

		if (start == whole && whole < whole_end) {
			page_tree_free(&file->pages, start / PAGE_SIZE, whole_end / PAGE_SIZE);
			next = whole_end;
		} else {
			error = clear_piece(file, start,
					    (size_t)((next < end ? next : end) - start));
		}
		start = next;
	}
	return error;
}
