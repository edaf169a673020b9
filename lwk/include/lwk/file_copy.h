/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copying from file to file inside the kernel.
 */
#ifndef LWK_FILE_COPY_H
#define LWK_FILE_COPY_H

#include <lwk/file.h>

struct file_copy {
	struct file *from, *to;
	uint64_t *from_at; /* moves on; NULL: the file's position, which moves */
	uint64_t *to_at;
};

/* Up to `count` bytes, or what there is. Bytes or, when there were none, -errno of the reading or the writing. */
long file_copy(const struct file_copy *copy, uint64_t count);

#endif
