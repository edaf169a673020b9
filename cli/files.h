/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files that come back from a job (--out).
 */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <cli/bulkhead.h>
#include <zlib.h>

#define FILES_OVERHEAD \
	(UINT64_C(16)  \
	 << 20) /* headers and names, beside contents that lie in the enclave's memory */

struct files {
	z_stream stream;
	uint64_t limit; /* bytes that they stand for */
	uint8_t *data;
	size_t have, room;
	bool is_whole;
	const char *error; /* what is wrong; static */
};

/* False without memory. files_end() in any case. */
bool files_begin(struct files *files, uint64_t limit);
/* The next bytes of the archive. */
void files_put(struct files *files, const void *data, size_t size);
/* Writes them below the directory; false with what is wrong in link. */
bool files_store(struct files *files, const char *directory, struct bulkhead *link);
void files_end(struct files *files);

#endif
