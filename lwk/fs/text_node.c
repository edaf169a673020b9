/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files whose text is printed when they are read. An open file keeps the text of its last read from position 0.
 */
#include <lib/fmt.h>
#include <lib/string.h>
#include <lwk/errno.h>
#include <lwk/file_text.h>
#include <lwk/fs_tree.h>
#include <lwk/heap.h>

#define FIRST_SIZE 1024u
#define SIZE_LIMIT (1u << 20) /* a text that does not fit is cut */

void text_print(struct text *text, const char *format, ...)
{
	size_t room = text->length < text->size ? text->size - text->length : 0;
	va_list args;

	va_start(args, format);
	text->length += fmt_vprint(room ? text->data + text->length : NULL, room, format, args);
	va_end(args);
}

void text_append(struct text *text, const void *data, size_t size)
{
	size_t room = text->length < text->size ? text->size - text->length : 0;

	if (room)
		memcpy(text->data + text->length, data, size < room ? size : room);
	text->length += size;
}

void text_print_list(struct text *text, uint64_t mask)
{
	const char *separator = "";

	for (unsigned bit = 0; bit < 64; bit++) {
		unsigned last = bit;

		if (!(mask >> bit & 1))
			continue;
		while (last < 63 && mask >> (last + 1) & 1)
			last++;
		text_print(text, last > bit ? "%s%u-%u" : "%s%u", separator, bit, last);
		separator = ",";
		bit = last;
	}
}

/* prints into a buffer that is large enough */
static int make_text(const struct text_node *node, struct text *text)
{
	size_t size = FIRST_SIZE;

	for (;; size *= 2) {
		kfree(text->data);
		*text = (struct text){.data = kmalloc(size), .size = size};
		if (!text->data) {
			text->size = 0;
			return -ENOMEM;
		}
		node->print(text, node->argument);
		if (text->length < size)
			return 0;
		if (size >= SIZE_LIMIT) {
			text->length = size - 1; /* fmt terminated it */
			return 0;
		}
	}
}

long text_node_read(struct text_node *node, struct text *text, const struct io_buffer *to,
		    uint64_t offset)
{
	size_t bytes;
	int error = 0;

	if (offset == 0 || !text->data)
		error = make_text(node, text);
	if (error)
		return error;
	if (offset >= text->length)
		return 0;
	bytes = text->length - (size_t)offset;
	if (bytes > to->size)
		bytes = to->size;
	error = io_buffer_put(to, 0, text->data + offset, bytes);
	return error ? error : (long)bytes;
}

struct node *text_node_create(text_printer print, void *argument)
{
	struct text_node *node = node_create(NODE_TEXT, sizeof(*node), 0444);

	if (!node)
		return NULL;
	node->print = print;
	node->argument = argument;
	return &node->node;
}

int text_file_register(const char *path, text_printer print, void *argument)
{
	return tree_plant(path, text_node_create(print, argument));
}

static void print_constant(struct text *text, void *constant)
{
	text_print(text, "%s", (const char *)constant);
}

int text_constant_register(const char *path, const char *constant)
{
	return text_file_register(path, print_constant, (void *)(uintptr_t)constant);
}
