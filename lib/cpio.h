/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reader for cpio archives in "newc" format (070701, as the kernel's initramfs), hostile ones
 * included. Concatenated archives and zero padding between them are followed.
 */
#ifndef LIB_CPIO_H
#define LIB_CPIO_H

#include <bulkhead/types.h>

struct cpio {
	const uint8_t *data;
	size_t size;
	size_t at;
	bool inside; /* an archive has begun and its trailer is still to come */
};

struct cpio_entry {
	const char *name; /* NUL-terminated, without leading "/" or "./"; the root itself is "." */
	const void *data;
	uint64_t size; /* bytes of data */
	uint32_t mode; /* as st_mode */
	uint32_t mtime;
};

/*
 * 1 and *entry filled, 0 at the end, BH_ECORRUPT. Start with data and size set and the rest zero.
 * An archive without its trailer, that is one that was cut off, is corrupt.
 */
int cpio_next(struct cpio *cpio, struct cpio_entry *entry);
/* 1 found, 0 not there, BH_ECORRUPT */
int cpio_find(const void *archive, size_t size, const char *name, struct cpio_entry *entry);

#endif
