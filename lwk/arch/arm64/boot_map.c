/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The first translation tables, filled with the MMU off and before .bss is cleared: the image at
 * its physical and at its link address, and the device tree in a window. Built position-independent
 * and without unaligned accesses. The identity table stays for secondary cores; mmu.c replaces the
 * other one.
 */
#include <arch/boot.h>
#include <arch/layout.h>
#include <lib/arch/arm64/sysreg.h>
#include <lib/pt.h>
#include <assert.h>

#define TABLE_ENTRIES 512u

struct table {
	_Alignas(4096) uint64_t entry[TABLE_ENTRIES];
};

/*
 * in a section that is neither in .bss (cleared later) nor in the file; boot.S knows the first two
 */
struct early_tables {
	struct table ttbr0, ttbr1;
	struct table low[2], high[2]; /* levels 1 and 2 */
};
extern struct early_tables early_tables;
struct early_tables early_tables __attribute__((section(".early_tables")));
#define TABLE_COUNT (sizeof(early_tables) / sizeof(struct table))

#define DESC_TABLE  0x3u
#define DESC_BLOCK  0x1u
#define DESC_AF     (1u << 10)
#define DESC_INNER  (3u << 8)
#define BLOCK_IMAGE (DESC_BLOCK | DESC_AF | DESC_INNER)

static unsigned level_index(uint64_t address, unsigned level)
{
	return (unsigned)(address >> (39 - 9 * level)) & (TABLE_ENTRIES - 1);
}

static void table_clear(struct table *table)
{
	for (unsigned i = 0; i < TABLE_ENTRIES; i++)
		*(volatile uint64_t *)&table->entry[i] = 0;
}

/* What caches may hold of the tables from before is dropped: the walker will look through them. */
static void table_invalidate(struct table *table)
{
	uint64_t line = UINT64_C(4) << ((sysreg_read(ctr_el0) >> 16) & 0xf);

	for (uint64_t at = (uint64_t)table; at < (uint64_t)(table + 1); at += line)
		__asm__ volatile("dc ivac, %0" ::"r"(at) : "memory");
	dsb(sy);
}

void boot_map(uint64_t image, uint64_t device_tree)
{
	struct early_tables *t = &early_tables;
	uint64_t window = ALIGN_DOWN(device_tree, SIZE_2M);

	for (unsigned i = 0; i < TABLE_COUNT; i++) {
		table_invalidate(&t->ttbr0 + i);
		table_clear(&t->ttbr0 + i);
	}
	t->ttbr0.entry[level_index(image, 0)] = (uint64_t)&t->low[0] | DESC_TABLE;
	t->low[0].entry[level_index(image, 1)] = (uint64_t)&t->low[1] | DESC_TABLE;
	t->low[1].entry[level_index(image, 2)] = image | BLOCK_IMAGE;

	t->ttbr1.entry[level_index(IMAGE_BASE, 0)] = (uint64_t)&t->high[0] | DESC_TABLE;
	t->high[0].entry[level_index(IMAGE_BASE, 1)] = (uint64_t)&t->high[1] | DESC_TABLE;
	t->high[1].entry[level_index(IMAGE_BASE, 2)] = image | BLOCK_IMAGE;
	t->high[1].entry[level_index(DT_WINDOW, 2)] = window | BLOCK_IMAGE;
	t->high[1].entry[level_index(DT_WINDOW, 2) + 1] = (window + SIZE_2M) | BLOCK_IMAGE;
	static_assert(IMAGE_BASE >> 30 == DT_WINDOW >> 30, "one level 2 table serves both");

	for (unsigned i = 0; i < TABLE_COUNT; i++)
		table_invalidate(&t->ttbr0 + i);
}
