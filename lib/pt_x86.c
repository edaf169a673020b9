/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The format of x86-64's 4-level tables (Intel SDM 3A 4.5, AMD APM 2 5.3). Accessed and dirty bits are set from the start, so that hardware
 * never writes to an entry. A held leaf is the valid one with bit 0 cleared, which makes hardware ignore all of it, and a software bit that
 * says so. leaf and attr are inverse to each other, which splitting a block relies on. Device memory is strong uncacheable, PT_NC is
 * uncacheable that the MTRRs may weaken: both by the page attribute table as it is after reset.
 */
#include <lib/pt.h>

#define BIT(n) (UINT64_C(1) << (n))

#define PRESENT       BIT(0)
#define WRITABLE      BIT(1)
#define USER          BIT(2)
#define WRITE_THROUGH BIT(3)
#define NO_CACHE      BIT(4)
#define ACCESSED      BIT(5)
#define DIRTY         BIT(6)
#define PAGE_SIZE_BIT BIT(7) /* of blocks; in pages the same bit is part of the memory type */
#define GLOBAL        BIT(8)
#define SW_HELD       BIT(9)  /* bits 9 to 11 are for software */
#define SW_UNREADABLE BIT(10) /* in a held leaf: no PT_R */
#define NO_EXECUTE    BIT(63)
#define ADDRESS       UINT64_C(0x000ffffffffff000)

#define ATTR_ALL  (PT_R | PT_W | PT_X | PT_USER | PT_DEVICE | PT_GLOBAL | PT_NC | PT_HELD)
#define ATTR_TYPE (PT_DEVICE | PT_NC)

static uint64_t x86_leaf(unsigned level, pa_t pa, uint32_t attr)
{
	uint64_t entry = pa.v | ACCESSED | (attr & PT_HELD ? SW_HELD : PRESENT);

	if (level == 0 || (pa.v & ~ADDRESS) != 0 || (attr & ~ATTR_ALL) != 0 ||
	    (attr & ATTR_TYPE) == ATTR_TYPE || (attr & (PT_R | PT_HELD)) == 0)
		return 0;
	entry |= attr & PT_R ? 0 : SW_UNREADABLE;
	entry |= attr & PT_W ? WRITABLE | DIRTY : 0;
	entry |= attr & PT_X ? 0 : NO_EXECUTE;
	entry |= attr & PT_USER ? USER : 0;
	entry |= attr & PT_GLOBAL ? GLOBAL : 0;
	entry |= attr & PT_DEVICE ? WRITE_THROUGH | NO_CACHE : 0;
	entry |= attr & PT_NC ? NO_CACHE : 0;
	return level == 3 ? entry : entry | PAGE_SIZE_BIT;
}

static uint32_t x86_attr(uint64_t entry)
{
	uint32_t attr = entry & PRESENT ? 0 : PT_HELD;

	attr |= entry & SW_UNREADABLE ? 0 : PT_R;
	attr |= entry & WRITABLE ? PT_W : 0;
	attr |= entry & NO_EXECUTE ? 0 : PT_X;
	attr |= entry & USER ? PT_USER : 0;
	attr |= entry & GLOBAL ? PT_GLOBAL : 0;
	if (entry & NO_CACHE)
		attr |= entry & WRITE_THROUGH ? PT_DEVICE : PT_NC;
	return attr;
}

/* the leaves say what is allowed */
static uint64_t x86_table(pa_t pa)
{
	return pa.v | PRESENT | WRITABLE | USER | ACCESSED;
}

static bool x86_is_valid(uint64_t entry)
{
	return entry & PRESENT;
}

static bool x86_is_table(uint64_t entry, unsigned level)
{
	return level < 3 && (entry & (PRESENT | PAGE_SIZE_BIT)) == PRESENT;
}

static bool x86_is_present(uint64_t entry)
{
	return entry & (PRESENT | SW_HELD);
}

static pa_t x86_pa(uint64_t entry)
{
	return PA(entry & ADDRESS);
}

#define FORMAT(levels, is_nested)                                                                 \
	{                                                                                         \
		.leaf = x86_leaf, .table = x86_table, .attr = x86_attr, .is_valid = x86_is_valid, \
		.is_table = x86_is_table, .is_present = x86_is_present, .pa = x86_pa,             \
		.block_levels = (levels), .resizes_in_use = (is_nested),                          \
	}

#define LEVELS_1G (1u << 1 | 1u << 2 | 1u << 3)
#define LEVELS_2M (1u << 2 | 1u << 3)

const struct pt_format pt_x86 = FORMAT(LEVELS_1G, false);
const struct pt_format pt_x86_2m = FORMAT(LEVELS_2M, false);
const struct pt_format pt_npt = FORMAT(LEVELS_1G, true);
const struct pt_format pt_npt_2m = FORMAT(LEVELS_2M, true);
