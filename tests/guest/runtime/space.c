/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See space.h. Level 0 covers 512 GiB an entry, level 1 one GiB; the window is the last GiB below
 * NORMAL_ALIAS.
 */
#include <tests/guest/runtime/space.h>

#include <lib/arch/arm64/sysreg.h>
#include <lib/string.h>

#define ENTRIES     512
#define BLOCK       1u
#define ATTR_NORMAL (3u << 8 | 1u << 10) /* inner shareable, accessed, MAIR index 0 */
#define ATTR_DEVICE (1u << 2 | 1u << 10 | UINT64_C(3) << 53)
#define MAIR        UINT64_C(0x4404ff)
/* RES1, I, SA, C, M; and, where there is pointer authentication, EnIA, EnIB, EnDA, EnDB */
#define SCTLR         (UINT64_C(0x30D0180D) | UINT64_C(0xC8002000))
#define TCR           (UINT64_C(1) << 23 | 3u << 12 | 1u << 10 | 1u << 8 | 16u)
#define ALIAS_INDEX   (NORMAL_ALIAS >> 39)
#define WINDOW_INDEX0 (ALIAS_INDEX - 1)
#define WINDOW        (NORMAL_ALIAS - SIZE_1G)

/* read by start.S with the MMU off */
struct {
	uint64_t mair, tcr, ttbr0, sctlr;
} translation;

static __attribute__((aligned(4096))) uint64_t root[ENTRIES];
static __attribute__((aligned(4096))) uint64_t identity[2][ENTRIES], alias[2][ENTRIES];
static __attribute__((aligned(4096))) uint64_t window[ENTRIES];

void space_init(void)
{
	for (uint64_t i = 0; i < 2 * ENTRIES; i++) {
		uint64_t pa = i * SIZE_1G;

		identity[i / ENTRIES][i % ENTRIES] = pa | BLOCK | (i ? ATTR_NORMAL : ATTR_DEVICE);
		alias[i / ENTRIES][i % ENTRIES] = pa | BLOCK | ATTR_NORMAL;
	}
	for (int i = 0; i < 2; i++) {
		root[i] = ENTRY_TABLE((uint64_t)identity[i]);
		root[ALIAS_INDEX + (uint64_t)i] = ENTRY_TABLE((uint64_t)alias[i]);
	}
	root[WINDOW_INDEX0] = ENTRY_TABLE((uint64_t)window);
	translation.mair = MAIR;
	translation.tcr = TCR | (sysreg_read(id_aa64mmfr0_el1) & 7) << 32;
	translation.ttbr0 = (uint64_t)root;
	translation.sctlr = SCTLR;
	dsb(sy);
}

uint64_t space_window(uint64_t entry)
{
	window[ENTRIES - 1] = 0;
	dsb(ishst);
	__asm__ volatile("tlbi vmalle1is" ::: "memory");
	dsb(ish);
	window[ENTRIES - 1] = entry;
	dsb(ishst);
	isb();
	return WINDOW;
}

void space_copy(uint64_t *tables, uint64_t entry)
{
	uint64_t *copy_window = tables + ENTRIES;

	memcpy(tables, root, sizeof(root));
	memset(copy_window, 0, sizeof(window));
	tables[WINDOW_INDEX0] = ENTRY_TABLE((uint64_t)copy_window);
	copy_window[ENTRIES - 1] = entry;
	dsb(ish);
	isb();
}
