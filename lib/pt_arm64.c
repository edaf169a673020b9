/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Formats of VMSAv8-64 with 4 KiB granule and 48-bit output addresses (Arm ARM D8.3): EL1&0 stage
 * 1, EL2 stage 1 without VHE, stage 2. A held leaf is the valid one with bit 0 cleared, which makes
 * hardware ignore all of it. leaf and attr are inverse to each other, which splitting a block
 * relies on.
 */
#include <lib/pt.h>

#define BIT(n) (UINT64_C(1) << (n))

#define DESC_VALID         BIT(0)
#define DESC_TABLE         BIT(1) /* at levels 0 to 2 */
#define DESC_PAGE          BIT(1) /* at level 3 */
#define DESC_SH_INNER      (UINT64_C(3) << 8)
#define DESC_AF            BIT(10)
#define DESC_PA            UINT64_C(0x0000fffffffff000)
#define DESC_SW_UNREADABLE BIT(55) /* for software; in a held stage 1 leaf: no PT_R */

#define S1_INDEX(n) ((uint64_t)(n) << 2) /* AttrIndx into PT_ARM64_MAIR */
#define S1_AP_USER  BIT(6)               /* EL1&0: EL0 too; EL2: RES1 */
#define S1_AP_RO    BIT(7)
#define S1_NG       BIT(11)
#define S1_PXN      BIT(53)
#define S1_XN       BIT(54) /* EL1&0: UXN */

#define S2_MEMATTR(n) ((uint64_t)(n) << 2)
#define S2_R          BIT(6)
#define S2_W          BIT(7)
#define S2_XN         BIT(54) /* XN[1]; XN[0] is RES0 without FEAT_XNX */

#define S2_MEMATTR_MASK   S2_MEMATTR(15)
#define S2_MEMATTR_WB     S2_MEMATTR(15)
#define S2_MEMATTR_NC     S2_MEMATTR(5)
#define S2_MEMATTR_DEVICE S2_MEMATTR(1)

#define ATTR_COMMON (PT_R | PT_W | PT_X | PT_DEVICE | PT_NC | PT_HELD)
#define ATTR_TYPE   (PT_DEVICE | PT_NC)

/* the fields that all formats share; 0 when no format has such a leaf */
static uint64_t leaf_common(unsigned level, pa_t pa, uint32_t attr)
{
	uint64_t entry = pa.v | DESC_AF | DESC_SH_INNER;

	if (level == 0 || (pa.v & ~DESC_PA) != 0 || (attr & ATTR_TYPE) == ATTR_TYPE)
		return 0;
	if (level == 3)
		entry |= DESC_PAGE;
	return attr & PT_HELD ? entry : entry | DESC_VALID;
}

/* what the EL1&0 and EL2 regimes have in common: no leaf is valid but not readable */
static uint64_t s1_leaf(unsigned level, pa_t pa, uint32_t attr)
{
	uint64_t entry = leaf_common(level, pa, attr);

	if (entry == 0 || (attr & (PT_R | PT_HELD)) == 0)
		return 0;
	if (!(attr & PT_R))
		entry |= DESC_SW_UNREADABLE;
	if (!(attr & PT_W))
		entry |= S1_AP_RO;
	if (attr & PT_DEVICE)
		entry |= S1_INDEX(PT_ARM64_INDEX_DEVICE);
	else if (attr & PT_NC)
		entry |= S1_INDEX(PT_ARM64_INDEX_NC);
	return entry;
}

static uint32_t s1_attr(uint64_t entry)
{
	uint32_t attr = entry & DESC_VALID ? 0 : PT_HELD;

	attr |= entry & DESC_SW_UNREADABLE ? 0 : PT_R;
	attr |= entry & S1_AP_RO ? 0 : PT_W;
	attr |= entry & S1_INDEX(PT_ARM64_INDEX_DEVICE) ? PT_DEVICE : 0;
	attr |= entry & S1_INDEX(PT_ARM64_INDEX_NC) ? PT_NC : 0;
	return attr;
}

static uint64_t el1_leaf(unsigned level, pa_t pa, uint32_t attr)
{
	uint64_t entry = s1_leaf(level, pa, attr);
	uint64_t never = S1_XN | S1_PXN;

	if (entry == 0 || (attr & ~(ATTR_COMMON | PT_USER | PT_GLOBAL)) != 0)
		return 0;
	if (attr & PT_X)
		never = attr & PT_USER ? S1_PXN : S1_XN;
	if (attr & PT_USER)
		entry |= S1_AP_USER;
	if (!(attr & PT_GLOBAL))
		entry |= S1_NG;
	return entry | never;
}

static uint32_t el1_attr(uint64_t entry)
{
	uint64_t never = entry & S1_AP_USER ? S1_XN : S1_PXN;
	uint32_t attr = s1_attr(entry);

	attr |= entry & never ? 0 : PT_X;
	attr |= entry & S1_AP_USER ? PT_USER : 0;
	attr |= entry & S1_NG ? 0 : PT_GLOBAL;
	return attr;
}

static uint64_t el2_leaf(unsigned level, pa_t pa, uint32_t attr)
{
	uint64_t entry = s1_leaf(level, pa, attr);

	/* the regime has no ASID: all of it is global anyway */
	if (entry == 0 || (attr & ~(ATTR_COMMON | PT_GLOBAL)) != 0)
		return 0;
	return entry | S1_AP_USER | (attr & PT_X ? 0 : S1_XN);
}

static uint32_t el2_attr(uint64_t entry)
{
	return s1_attr(entry) | (entry & S1_XN ? 0 : PT_X);
}

static uint64_t s2_leaf(unsigned level, pa_t pa, uint32_t attr)
{
	uint64_t entry = leaf_common(level, pa, attr);

	/* stage 2 grants execution only together with reading (Arm ARM D8.4.2) */
	if (entry == 0 || (attr & ~ATTR_COMMON) != 0 || (attr & (PT_R | PT_X)) == PT_X)
		return 0;
	if (attr & PT_DEVICE)
		entry |= S2_MEMATTR_DEVICE;
	else
		entry |= attr & PT_NC ? S2_MEMATTR_NC : S2_MEMATTR_WB;
	entry |= attr & PT_R ? S2_R : 0;
	entry |= attr & PT_W ? S2_W : 0;
	entry |= attr & PT_X ? 0 : S2_XN;
	return entry;
}

static uint32_t s2_attr(uint64_t entry)
{
	uint64_t type = entry & S2_MEMATTR_MASK;
	uint32_t attr = entry & DESC_VALID ? 0 : PT_HELD;

	attr |= entry & S2_R ? PT_R : 0;
	attr |= entry & S2_W ? PT_W : 0;
	attr |= entry & S2_XN ? 0 : PT_X;
	attr |= type == S2_MEMATTR_DEVICE ? PT_DEVICE : 0;
	attr |= type == S2_MEMATTR_NC ? PT_NC : 0;
	return attr;
}

static uint64_t desc_table(pa_t pa)
{
	return pa.v | DESC_TABLE | DESC_VALID;
}

static bool desc_is_valid(uint64_t entry)
{
	return entry & DESC_VALID;
}

static bool desc_is_table(uint64_t entry, unsigned level)
{
	return level < 3 && (entry & (DESC_TABLE | DESC_VALID)) == (DESC_TABLE | DESC_VALID);
}

static bool desc_is_present(uint64_t entry)
{
	return entry & (DESC_VALID | DESC_AF);
}

static pa_t desc_pa(uint64_t entry)
{
	return PA(entry & DESC_PA);
}

#define FORMAT(leaf_, attr_)                                                                      \
	{                                                                                         \
		.leaf = (leaf_), .table = desc_table, .attr = (attr_), .is_valid = desc_is_valid, \
		.is_table = desc_is_table, .is_present = desc_is_present, .pa = desc_pa,          \
		.block_levels = 1u << 1 | 1u << 2 | 1u << 3,                                      \
	}

const struct pt_format pt_arm64_stage1 = FORMAT(el1_leaf, el1_attr);
const struct pt_format pt_arm64_el2 = FORMAT(el2_leaf, el2_attr);
const struct pt_format pt_arm64_stage2 = FORMAT(s2_leaf, s2_attr);
