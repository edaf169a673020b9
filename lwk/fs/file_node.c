/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Content of regular files. Bytes that nobody wrote are never copied: they come from the initial archive, or are zero. The first
 * write to a page makes a copy of it. After a fault in the middle of a page nothing beyond the file's end stays behind.
 */
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/fs_node.h>
#include <lwk/heap.h>

static size_t min_size(size_t a, uint64_t b)
{
	return a < b ? a : (size_t)b;
}

/* bytes of the archive from `offset` on, up to `bytes` */
static size_t archive_part(const struct file_node *file, uint64_t offset, size_t bytes)
{
	return offset < file->archive_size ? min_size(bytes, file->archive_size - offset) : 0;
}

/* one piece within a page */
static int read_piece(const struct file_node *file, const struct io_buffer *to, size_t done,
		      uint64_t offset, size_t bytes)
{
	const uint8_t *page = page_tree_find(&file->pages, offset / PAGE_SIZE);
	size_t archived;
	int error = 0;

	if (page)
		return io_buffer_put(to, done, page + offset % PAGE_SIZE, bytes);
	archived = archive_part(file, offset, bytes);
	if (archived)
		error = io_buffer_put(to, done, file->archive + offset, archived);
	if (!error && archived < bytes)
		error = io_buffer_clear(to, done + archived, bytes - archived);
	return error;
}

long file_node_read(struct file_node *file, const struct io_buffer *to, uint64_t offset)
{
	size_t done = 0, bytes;

	if (offset >= file->size)
		return 0;
	bytes = min_size(to->size, file->size - offset);
	while (done < bytes) {
		size_t piece = min_size(bytes - done, PAGE_SIZE - offset % PAGE_SIZE);
		int error = read_piece(file, to, done, offset, piece);

		if (error)
			return done ? (long)done : error;
		done += piece;
		offset += piece;
	}
	return (long)done;
}

/* A page for a hole: what a reader sees there now, but for the bytes that the caller overwrites. */
static uint8_t *page_for_hole(const struct file_node *file, uint64_t offset, size_t bytes)
{
	uint64_t start = ALIGN_DOWN(offset, PAGE_SIZE);
	uint8_t *page = page_alloc_user(0);

	if (page && bytes < PAGE_SIZE) {
		size_t archived = archive_part(file, start, PAGE_SIZE);

		memset(page, 0, PAGE_SIZE);
		if (archived)
			memcpy(page, file->archive + start, archived);
	}
	return page;
}

static int write_hole(struct file_node *file, const struct io_buffer *from, size_t done,
		      uint64_t offset, size_t bytes)
{
	uint8_t *page = page_for_hole(file, offset, bytes);
	int error;

	if (!page)
		return -ENOSPC;
	error = io_buffer_get(from, done, page + offset % PAGE_SIZE, bytes);
	if (!error && page_tree_add(&file->pages, offset / PAGE_SIZE, page))
		error = -ENOSPC;
	if (error)
		page_free(page, 0);
	return error;
}

static int write_piece(struct file_node *file, const struct io_buffer *from, size_t done,
		       uint64_t offset, size_t bytes)
{
	uint8_t *page = page_tree_find(&file->pages, offset / PAGE_SIZE);
	uint64_t beyond = offset > file->size ? offset : file->size;
	int error;

	if (!page)
		return write_hole(file, from, done, offset, bytes);
	error = io_buffer_get(from, done, page + offset % PAGE_SIZE, bytes);
	if (error && offset + bytes > beyond)
		memset(page + beyond % PAGE_SIZE, 0, (size_t)(offset + bytes - beyond));
	return error;
}

long file_node_write(struct file_node *file, const struct io_buffer *from, uint64_t offset)
{
	size_t done = 0, bytes = from->size;

	if (bytes == 0)
		return 0;
	if (offset >= FILE_SIZE_MAX)
		return -EFBIG;
	bytes = min_size(bytes, FILE_SIZE_MAX - offset);
	while (done < bytes) {
		size_t piece = min_size(bytes - done, PAGE_SIZE - offset % PAGE_SIZE);
		int error = write_piece(file, from, done, offset, piece);

		if (error && !done)
			return error;
		if (error)
			break;
		done += piece;
		offset += piece;
		if (offset > file->size)
			file->size = offset;
	}
	node_touch(&file->node);
	return (long)done;
}

void file_node_resize(struct file_node *file, uint64_t size)
{
	if (size <= file->size) { /* memory behind the end goes, too */
		uint8_t *page = page_tree_find(&file->pages, size / PAGE_SIZE);
		size_t within = (size_t)(size % PAGE_SIZE);

		page_tree_free(&file->pages, size / PAGE_SIZE + (within != 0), UINT64_MAX);
		if (page && within)
			memset(page + within, 0, PAGE_SIZE - within);
		if (file->archive_size > size)
			file->archive_size = size;
	}
	file->size = size;
	node_touch(&file->node);
}
