/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stage 1 of EL2. Built once, before any other core runs, and constant after; so nothing is ever flushed.
 */
#include <hv/arm64/el2_mmu.h>

#include <bulkhead/status.h>
#include <hv/arm64/cache.h>
#include <hv/arm64/pci.h>
#include <hv/arm64/platform.h>
#include <lib/pt.h>

#define TABLE_PAGES 64

/* TCR_EL2 (Arm ARM D17.2.132): RES1 bits 31 and 23, 48-bit input, walks write-back and inner shareable */
#define TCR_EL2_BASE ((1u << 31) | (1u << 23) | (3u << 12) | (1u << 10) | (1u << 8) | 16u)
/* SCTLR_EL2: RES1 bits, I, SA, C, M and WXN */
#define SCTLR_EL2_VALUE 0x30CD183Du

extern char _image_start[], _text_end[], _rodata_end[], _image_end[];

/* read by start.S with the MMU off */
struct {
	uint64_t mair, tcr, ttbr0, sctlr;
} el2_translation;

void el2_mmu_on(void);

static __attribute__((aligned(4096))) uint64_t root[512];
static __attribute__((aligned(4096))) uint8_t tables[TABLE_PAGES][4096];
static unsigned tables_used;

static void *table_alloc(void *ctx)
{
	(void)ctx;
	return tables_used < TABLE_PAGES ? tables[tables_used++] : NULL;
}

static void table_free(void *ctx, void *table)
{
	(void)ctx,
		(void)table; /* pt_map gives tables back only when it fails, and then the boot ends */
}

static pa_t table_pa(void *ctx, const void *table)
{
	(void)ctx;
	return PA((uint64_t)table);
}

static void *table_va(void *ctx, pa_t table)
{
	(void)ctx;
	return (void *)table.v;
}

static void table_publish(void *ctx, const void *start, size_t bytes)
{
	(void)ctx, (void)start, (void)bytes;
	dsb(sy);
}

static void table_flush(void *ctx, uint64_t in, uint64_t size)
{
	(void)ctx, (void)in, (void)size;
	__asm__ volatile("tlbi alle2is" ::: "memory");
	dsb(ish);
}

static const struct pt_ops ops = {
	.alloc = table_alloc,
	.free = table_free,
	.to_pa = table_pa,
	.to_va = table_va,
	.publish = table_publish,
	.flush = table_flush,
};

static struct pt el2 = {
	.format = &pt_arm64_el2, .ops = &ops, .root = root, .start_level = 0, .in_bits = 48};

static int map(uint64_t start, uint64_t end, uint32_t attr)
{
	start = ALIGN_DOWN(start, PAGE_SIZE);
	end = ALIGN_UP(end, PAGE_SIZE);
	return start < end ? pt_map(&el2, start, PA(start), end - start, attr) : BH_OK;
}

static int devices_map(void)
{
	const struct range *fixed[] = {&platform.gic_dist, &platform.gicc, &platform.gich,
				       &platform.uart, &pci.ecam};
	int status = BH_OK;

	for (size_t i = 0; i < ARRAY_SIZE(fixed) && !status; i++)
		status = map(fixed[i]->start, fixed[i]->end, PT_R | PT_W | PT_DEVICE);
	for (unsigned i = 0; i < platform.gic_redist_count && !status; i++)
		status = map(platform.gic_redist[i].start, platform.gic_redist[i].end,
			     PT_R | PT_W | PT_DEVICE);
	return status;
}

int el2_mmu_init(void)
{
	int status = devices_map();

	range_for_each (r, &platform.ram)
		status = status ? status : map(r->start, r->end, PT_R | PT_W);
	/* the image lies in RAM: narrow its permissions */
	status = status ? status
			: pt_protect(&el2, (uint64_t)_image_start,
				     (uint64_t)(_text_end - _image_start), PT_R | PT_X);
	status = status ? status
			: pt_protect(&el2, (uint64_t)_text_end, (uint64_t)(_rodata_end - _text_end),
				     PT_R);
	if (status)
		return status;
	el2_translation.mair = PT_ARM64_MAIR;
	el2_translation.tcr = TCR_EL2_BASE | (sysreg_read(id_aa64mmfr0_el1) & 7) << 16;
	el2_translation.ttbr0 = (uint64_t)root;
	el2_translation.sctlr = SCTLR_EL2_VALUE;
	/* cleans and invalidates: nothing stale hides what was written with the MMU off */
	cache_clean(_image_start, (size_t)(_image_end - _image_start));
	el2_mmu_on();
	return BH_OK;
}
