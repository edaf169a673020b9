/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The newc reader. Every archive must end with its trailer: one that was cut off between two
 * entries is corrupt too. Nothing is read outside of [data, data+size).
 */
#include <lib/cpio.h>
#include <lib/string.h>
#include <bulkhead/status.h>

/* the header: a magic and 13 fields of 8 hexadecimal digits */
#define MAGIC        "070701"
#define MAGIC_LENGTH 6
#define FIELD_LENGTH 8
#define HEADER_SIZE  (MAGIC_LENGTH + 13 * FIELD_LENGTH)
#define ALIGNMENT    UINT64_C(4) /* of names and data, from the header */

enum field { FIELD_MODE = 1, FIELD_MTIME = 5, FIELD_FILESIZE = 6, FIELD_NAMESIZE = 11 };

#define TRAILER "TRAILER!!!"

static bool read_field(const uint8_t *header, enum field field, uint32_t *value)
{
	const uint8_t *digits = header + MAGIC_LENGTH + FIELD_LENGTH * (unsigned)field;

	*value = 0;
	for (unsigned i = 0; i < FIELD_LENGTH; i++) {
		uint8_t c = digits[i];
		uint8_t lower = c | 0x20;

		if (c >= '0' && c <= '9')
			*value = *value << 4 | (uint32_t)(c - '0');
		else if (lower >= 'a' && lower <= 'f')
			*value = *value << 4 | (uint32_t)(lower - 'a' + 10);
		else
			return false;
	}
	return true;
}

static const char *strip_root(const char *name)
{
	for (;;) {
		if (name[0] == '/')
			name++;
		else if (name[0] == '.' && name[1] == '/')
			name += 2;
		else
			return *name ? name : ".";
	}
}

/*
 * Reads the entry at cpio->at and moves behind it; 1 or BH_ECORRUPT. No sum below can wrap: the
 * fields have 32 bits.
 */
static int read_entry(struct cpio *cpio, struct cpio_entry *entry)
{
	const uint8_t *header = cpio->data + cpio->at;
	uint64_t left = cpio->size - cpio->at, data_at, end;
	uint32_t name_size, file_size;
	const char *name = (const char *)header + HEADER_SIZE;

	if (left < HEADER_SIZE || memcmp(header, MAGIC, MAGIC_LENGTH) != 0)
		return BH_ECORRUPT;
	if (!read_field(header, FIELD_MODE, &entry->mode) ||
	    !read_field(header, FIELD_MTIME, &entry->mtime) ||
	    !read_field(header, FIELD_FILESIZE, &file_size) ||
	    !read_field(header, FIELD_NAMESIZE, &name_size))
		return BH_ECORRUPT;
	data_at = ALIGN_UP((uint64_t)HEADER_SIZE + name_size, ALIGNMENT);
	end = data_at + file_size;
	if (name_size == 0 || end > left || name[name_size - 1] != '\0')
		return BH_ECORRUPT;
	entry->name = strip_root(name);
	entry->data = header + data_at;
	entry->size = file_size;
	end = ALIGN_UP(end, ALIGNMENT);
	cpio->at += (size_t)(end < left ? end : left);
	return 1;
}

static void skip_padding(struct cpio *cpio)
{
	while (cpio->at < cpio->size && cpio->data[cpio->at] == 0)
		cpio->at++;
}

int cpio_next(struct cpio *cpio, struct cpio_entry *entry)
{
	do {
		if (!cpio->inside)
			skip_padding(cpio);
		if (cpio->at == cpio->size)
			return cpio->inside ? BH_ECORRUPT : 0;
		if (read_entry(cpio, entry) < 0)
			return BH_ECORRUPT;
		cpio->inside = strcmp(entry->name, TRAILER) != 0;
	} while (!cpio->inside);
	return 1;
}

int cpio_find(const void *archive, size_t size, const char *name, struct cpio_entry *entry)
{
	struct cpio cpio = {.data = archive, .size = size};
	int status;

	do
		status = cpio_next(&cpio, entry);
	while (status == 1 && strcmp(entry->name, name) != 0);
	return status;
}
