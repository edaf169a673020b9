/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writes a cpio archive (newc) for a test, into a heap block of exactly its size.
 */
#ifndef TESTS_UNIT_LWK_FAKE_ARCHIVE_H
#define TESTS_UNIT_LWK_FAKE_ARCHIVE_H

#include <stddef.h>

struct archive {
	char *data;
	size_t size;
};

void archive_add(struct archive *archive, const char *name, unsigned mode, const void *data,
		 size_t size);
void archive_end(struct archive *archive);

#endif
