/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A walk of two tables as the processor does it without any cache (AMD APM 2 15.25, Intel SDM 3C 28.3.2): each table of the guest's and the page
 * in the end has an address that the nested tables translate. The tables are those of an enclave that runs: what a reference is
 * counted for has been read.
 */
#include "protect.h"
#include <lib/fmt.h>
#include <string.h>

#define ENTRIES    512u
#define PRESENT    UINT64_C(1)
#define LARGE      UINT64_C(0x80)
#define ADDRESS    UINT64_C(0x000ffffffffff000)
#define LEVEL_LAST 3u
#define LINE       96

/* by the level of the leaf, of the guest's tables and of the nested ones */
static struct walks {
	uint64_t count;
	unsigned least, most;
} found[LEVEL_LAST + 1][LEVEL_LAST + 1];

static uint64_t leaf_size(unsigned level)
{
	return UINT64_C(1) << (39 - 9 * level);
}

/* The entries that are read to translate the address; 0: it is not the enclave's. */
static unsigned nested_references(const struct pt *nested, uint64_t address, unsigned *level)
{
	const uint64_t *table = nested->root;
	unsigned references = 0;

	for (*level = 0;; ++*level) {
		uint64_t entry = table[address >> (39 - 9 * *level) & (ENTRIES - 1)];

		references++;
		if (!nested->format->is_present(entry))
			return 0;
		if (!nested->format->is_table(entry, *level))
			return references;
		table = (const uint64_t *)nested->format->pa(entry).v;
	}
}

static void leaf_count(const struct pt *nested, uint64_t entry, unsigned level, unsigned references)
{
	unsigned nested_level;
	unsigned more = nested_references(nested, entry & ADDRESS & ~(leaf_size(level) - 1),
					  &nested_level);
	struct walks *walks = &found[level][nested_level];

	if (!more)
		return;
	references += more;
	walks->least = !walks->count || references < walks->least ? references : walks->least;
	walks->most = references > walks->most ? references : walks->most;
	walks->count++;
}

/* `references` so far */
static void table_walk(const struct pt *nested, uint64_t table, unsigned level, unsigned references)
{
	const uint64_t *entries = (const uint64_t *)table;
	unsigned nested_level, more = nested_references(nested, table, &nested_level);

	if (!more)
		return;
	references += more + 1; /* and the entry itself */
	for (unsigned i = 0; i < ENTRIES; i++) {
		if (!(entries[i] & PRESENT))
			continue;
		if (level == LEVEL_LAST || (level > 0 && entries[i] & LARGE))
			leaf_count(nested, entries[i], level, references);
		else
			table_walk(nested, entries[i] & ADDRESS, level + 1, references);
	}
}

void walks_say(const struct pt *nested, uint64_t cr3)
{
	char line[LINE];

	table_walk(nested, cr3 & ADDRESS, 0, 0);
	for (unsigned level = 1; level <= LEVEL_LAST; level++) {
		for (unsigned under = 1; under <= LEVEL_LAST; under++) {
			const struct walks *walks = &found[level][under];

			if (!walks->count)
				continue;
			fmt_print(line, sizeof(line),
				  "walk %lu %lu: %lu pages, %u to %u references, %u bare\n",
				  leaf_size(level), leaf_size(under), walks->count, walks->least,
				  walks->most, level + 1);
			serial_put(0, line, strlen(line));
		}
	}
}
