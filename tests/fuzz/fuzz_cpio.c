/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libFuzzer on the cpio reader: it comes to an end, and every entry lies in the archive.
 */
#include "fuzz.h"
#include <bulkhead/status.h>
#include <lib/cpio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpio cpio = {.data = data, .size = size};
	struct cpio_entry entry;
	size_t last = 0;
	int found;

	while ((found = cpio_next(&cpio, &entry)) == 1) {
		CHECK(cpio.at > last && cpio.at <= size);
		last = cpio.at;
		touch(entry.name, strlen(entry.name) + 1);
		touch(entry.data, entry.size);
	}
	CHECK(found == 0 || found == BH_ECORRUPT);
	CHECK(cpio_find(data, size, "manifest.dtb", &entry) <= 1);
	return 0;
}
