/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the tables that we begin with map (Intel SDM 3A 4.5): all memory that is ours, the region we share, the local APIC's page and the page
 * through which cores start, each to its own address, and nothing else.
 */
#include <lib/arch/x86/cpu.h>
#include "tiny.h"

#define ENTRIES    512
#define PRESENT    1u
#define LARGE      0x80u
#define ADDRESS    UINT64_C(0x000FFFFFFFFFF000)
#define LEVELS     4u
#define LOW_MEMORY 0x100000u
#define PAGE       UINT64_C(4096)

static uint64_t ours, strange;

static bool is_in(uint64_t start, uint64_t size, uint64_t base, uint64_t length)
{
	return start >= base && size <= length && start - base <= length - size;
}

static bool is_ours(uint64_t start, uint64_t size)
{
	for (uint32_t i = 0; i < boot->range_count; i++)
		if (is_in(start, size, boot->ranges[i].start, boot->ranges[i].size))
			return true;
	return false;
}

static bool is_known(uint64_t start, uint64_t size)
{
	return is_in(start, size, boot->shared.start, boot->shared.size) ||
	       (size == PAGE && start == (msr_read(MSR_APIC_BASE) & APIC_BASE_ADDRESS)) ||
	       (size == PAGE && start < LOW_MEMORY);
}

static void look_at(uint64_t entry, uint64_t address, uint64_t size)
{
	uint64_t start = entry & ADDRESS & ~(size - 1);

	if (start == address && is_ours(start, size))
		ours += size;
	else if (start != address || !is_known(start, size))
		strange += size;
}

static void walk(uint64_t table, uint64_t address, unsigned level)
{
	const uint64_t *entries = (const uint64_t *)(table & ADDRESS);
	uint64_t size = PAGE << 9 * (level - 1);

	for (uint64_t i = 0; i < ENTRIES; i++) {
		if (!(entries[i] & PRESENT))
			continue;
		if (level == 1 || entries[i] & LARGE)
			look_at(entries[i], address + i * size, size);
		else
			walk(entries[i], address + i * size, level - 1);
	}
}

void tables_say(void)
{
	walk(cr3_read(), 0, LEVELS);
	say("tiny: first tables map %lu MiB of ours, %lu bytes of others\n", ours >> 20, strange);
}
