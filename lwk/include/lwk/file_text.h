/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files whose text is made when they are read: /proc and /sys. The text is made anew by every read from position 0; what follows
 * comes from the same text.
 */
#ifndef LWK_FILE_TEXT_H
#define LWK_FILE_TEXT_H

#include <bulkhead/types.h>

struct text {
	char *data;
	size_t size;
	size_t length; /* of the whole text, even when that does not fit into size */
};

/*
 * Prints the file's text by text_print, in the context of the reading process, under the node's lock. Called again when the
 * buffer was small.
 */
typedef void (*text_printer)(struct text *text, void *argument);
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_append(struct text *text, const void *data, size_t size); /* as it is */
void text_print_list(struct text *text, uint64_t mask);             /* "0-2,5" */

/* Makes the read-only file `path` (absolute, missing directories are made). 0, -EEXIST, -ENOTDIR or -ENOMEM. */
int text_file_register(const char *path, text_printer print, void *argument);
/* The same for a text that never changes. */
int text_constant_register(const char *path, const char *text);
struct node;
/* A file without a name, with one reference; NULL: no memory. */
struct node *text_node_create(text_printer print, void *argument);

#endif
