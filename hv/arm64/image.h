/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The header of an arm64 kernel image (Linux, Documentation/arm64/booting).
 */
#ifndef HV_ARM64_IMAGE_H
#define HV_ARM64_IMAGE_H

#include <assert.h>
#include <bulkhead/types.h>

struct image_header {
	uint32_t code[2];
	uint64_t text_offset;
	uint64_t image_size;
	uint64_t flags;
	uint64_t reserved[3];
	uint32_t magic;
	uint32_t reserved2;
};
static_assert(sizeof(struct image_header) == 64, "arm64 boot protocol");
#define IMAGE_MAGIC 0x644D5241u /* "ARM\x64" */

/* It is an image, and wants to be loaded where that is possible. */
static inline bool image_header_is_valid(const struct image_header *header)
{
	return header->magic == IMAGE_MAGIC && header->text_offset < SIZE_2M &&
	       IS_ALIGNED(header->text_offset, 8);
}

#endif
