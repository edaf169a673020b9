// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See tables.h. Four levels of 512 entries (Intel SDM 3A 4.5, AMD APM 2 5.3). */
#include <linux/mm.h>
#include <linux/slab.h>
#include <asm/pgtable_types.h>
#include <inject.h>
#include "tables.h"

#define LEVELS     4u
#define ENTRIES    512u
#define ADDRESS    0x000FFFFFFFFFF000ull
#define LARGE_SIZE (1ull << 21)

int tables_init(struct tables *tables, u64 start, u64 room)
{
	*tables = (struct tables){.start = start, .room = room, .used = 1};
	tables->pages = inject_fails() ? NULL : kvcalloc(room, PAGE_SIZE, GFP_KERNEL);
	return tables->pages ? 0 : -ENOMEM;
}

static u64 *table_at(const struct tables *tables, u64 address)
{
	return tables->pages + (address - tables->start) / sizeof(u64);
}

/* The entry for `address` at `level` (1: pages of 4 KiB); NULL when there is no room for what leads to it. */
static u64 *find_entry(struct tables *tables, u64 address, unsigned int level)
{
	u64 *table = tables->pages;

	for (unsigned int at = LEVELS;; at--) {
		u64 *entry = &table[address >> (12 + 9 * (at - 1)) & (ENTRIES - 1)];

		if (at == level)
			return entry;
		if (!*entry) {
			if (tables->used == tables->room)
				return NULL;
			*entry = (tables->start + tables->used++ * PAGE_SIZE) | _PAGE_PRESENT |
				 _PAGE_RW;
		}
		table = table_at(tables, *entry & ADDRESS);
	}
}

void tables_map(struct tables *tables, u64 start, u64 size, u64 flags)
{
	for (u64 at = start; at < start + size;) {
		bool is_large = at % LARGE_SIZE == 0 && start + size - at >= LARGE_SIZE;
		u64 *entry = find_entry(tables, at, is_large ? 2 : 1);

		if (!entry) {
			tables->is_full = true;
			return;
		}
		*entry = at | flags | _PAGE_PRESENT | _PAGE_RW | (is_large ? _PAGE_PSE : 0);
		at += is_large ? LARGE_SIZE : PAGE_SIZE;
	}
}

int tables_put(struct tables *tables)
{
	if (!tables->is_full)
		memcpy(__va(tables->start), tables->pages, tables->used * PAGE_SIZE);
	kvfree(tables->pages);
	return tables->is_full ? -ENOSPC : 0;
}
