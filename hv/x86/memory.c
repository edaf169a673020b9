/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the guest has at its virtual addresses. Every address that comes from its tables is looked up in the nested tables first, so that
 * nothing is touched that the guest could not touch itself; without nested tables nothing is read.
 */
#include <hv/x86/vcpu.h>

#define ENTRIES  512u
#define PRESENT  UINT64_C(1) /* EPT: readable */
#define LARGE    UINT64_C(0x80)
#define ADDRESS  UINT64_C(0x000ffffffffff000)
#define PAGE     UINT64_C(4096)
#define CR4_LA57 (UINT64_C(1) << 12)

static uint64_t entry_of(uint64_t table, uint64_t address, unsigned level)
{
	const uint64_t *entries = window(table & ADDRESS);

	return entries[address >> (12 + 9 * level) & (ENTRIES - 1)];
}

static bool is_owned(uint64_t physical)
{
	uint64_t entry = config->nested;

	if (!entry || physical >> 48 || (physical & ~(PAGE - 1)) == config->apic)
		return false;
	for (unsigned level = 4; level-- > 0;) {
		entry = entry_of(entry, physical, level);
		if (!(entry & PRESENT))
			return false;
		if (level > 0 && entry & LARGE)
			return true;
	}
	return true;
}

static bool guest_translate(uint64_t address, uint64_t *physical)
{
	uint64_t entry = backend_cr3();

	if (backend_cr4() & CR4_LA57)
		return false;
	for (unsigned level = 4; level-- > 0;) {
		uint64_t mask = (PAGE << 9 * level) - 1;

		if (!is_owned(entry & ADDRESS))
			return false;
		entry = entry_of(entry, address, level);
		if (!(entry & PRESENT))
			return false;
		if (level == 0 || entry & LARGE) {
			*physical = (entry & ADDRESS & ~mask) | (address & mask);
			return is_owned(*physical);
		}
	}
	return false;
}

bool guest_read(uint64_t address, void *to, size_t size)
{
	uint8_t *bytes = to;

	while (size > 0) {
		uint64_t physical, part = PAGE - address % PAGE;
		const uint8_t *from;

		part = part < size ? part : size;
		if (!guest_translate(address, &physical))
			return false;
		from = (const uint8_t *)window(physical) + physical % PAGE;
		for (uint64_t i = 0; i < part; i++)
			*bytes++ = from[i];
		address += part;
		size -= part;
	}
	return true;
}
