/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The format of Intel's extended page tables (SDM 3C 28.3.2). Memory types are WB, and UC for devices: the guest's own tables can make them
 * weaker, never stronger, as the PAT bits are not ignored. An entry without any right is what hardware takes for absent, so a held leaf
 * keeps its rights in bits that are ignored.
 */
#include <lib/pt.h>

#define BIT(n) (UINT64_C(1) << (n))

#define READ      BIT(0)
#define WRITE     BIT(1)
#define EXECUTE   BIT(2)
#define RIGHTS    (READ | WRITE | EXECUTE)
#define TYPE_WB   (UINT64_C(6) << 3)
#define TYPE_MASK (UINT64_C(7) << 3)
#define LARGE     BIT(7)
#define SW_HELD   BIT(52) /* bits 52 to 62 are ignored */
#define SW_RIGHTS 53
#define ADDRESS   UINT64_C(0x000ffffffffff000)
#define ATTR_ALL  (PT_R | PT_W | PT_X | PT_DEVICE | PT_HELD | PT_USER)

/* PT_USER means nothing here and is what the same mapping needs in nested tables of AMD's. Write without read is a misconfiguration. */
static uint64_t ept_leaf(unsigned level, pa_t pa, uint32_t attr)
{
	uint64_t rights = (attr & PT_R ? READ : 0) | (attr & PT_W ? WRITE : 0) |
			  (attr & PT_X ? EXECUTE : 0);
	uint64_t entry = pa.v | (attr & PT_DEVICE ? 0 : TYPE_WB) | (level == 3 ? 0 : LARGE);

	if (level == 0 || (pa.v & ~ADDRESS) != 0 || (attr & ~ATTR_ALL) != 0 || !(attr & PT_R))
		return 0;
	return entry | (attr & PT_HELD ? SW_HELD | rights << SW_RIGHTS : rights);
}

static uint32_t ept_attr(uint64_t entry)
{
	uint64_t rights = entry & SW_HELD ? entry >> SW_RIGHTS & RIGHTS : entry & RIGHTS;
	uint32_t attr = PT_USER | (entry & SW_HELD ? PT_HELD : 0);

	attr |= rights & READ ? PT_R : 0;
	attr |= rights & WRITE ? PT_W : 0;
	attr |= rights & EXECUTE ? PT_X : 0;
	return attr | (entry & TYPE_MASK ? 0 : PT_DEVICE);
}

static uint64_t ept_table(pa_t pa)
{
	return pa.v | RIGHTS;
}

static bool ept_is_valid(uint64_t entry)
{
	return entry & RIGHTS;
}

static bool ept_is_table(uint64_t entry, unsigned level)
{
	return level < 3 && (entry & RIGHTS) && !(entry & LARGE);
}

static bool ept_is_present(uint64_t entry)
{
	return entry & (RIGHTS | SW_HELD);
}

static pa_t ept_pa(uint64_t entry)
{
	return PA(entry & ADDRESS);
}

#define FORMAT(levels)                                                                            \
	{                                                                                         \
		.leaf = ept_leaf, .table = ept_table, .attr = ept_attr, .is_valid = ept_is_valid, \
		.is_table = ept_is_table, .is_present = ept_is_present, .pa = ept_pa,             \
		.block_levels = (levels), .resizes_in_use = true,                                 \
	}

const struct pt_format pt_ept = FORMAT(1u << 1 | 1u << 2 | 1u << 3);
const struct pt_format pt_ept_2m = FORMAT(1u << 2 | 1u << 3);
