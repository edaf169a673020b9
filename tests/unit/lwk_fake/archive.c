/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fields in the order of the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
 */
#include "archive.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append(struct archive *archive, const void *data, size_t size)
{
	size_t padded = (archive->size + size + 3) & ~(size_t)3;

	archive->data = realloc(archive->data, padded);
	memset(archive->data + archive->size, 0, padded - archive->size);
	if (size)
		memcpy(archive->data + archive->size, data, size);
	archive->size = padded;
}

void archive_add(struct archive *archive, const char *name, unsigned mode, const void *data,
		 size_t size)
{
	size_t length = strlen(name) + 1;
	char header[110 + 256 + 1];

	snprintf(header, sizeof(header),
		 "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X%s", 1u, mode, 0u, 0u,
		 1u, 1000000u, size, 0u, 0u, 0u, 0u, length, 0u, name);
	append(archive, header, 110 + length);
	append(archive, data, size);
}

void archive_end(struct archive *archive)
{
	archive_add(archive, "TRAILER!!!", 0, NULL, 0);
}
