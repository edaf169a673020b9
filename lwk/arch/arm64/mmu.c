/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's tables (TTBR1). They are built before the page allocator runs, from a static pool;
 * io_map adds to them later. io_lock serializes changes.
 */
#include <arch/boot.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <arch/tables.h>
#include <lib/arch/arm64/sysreg.h>
#include <lwk/heap.h>
#include <lwk/log.h>
#include <lwk/spinlock.h>
#include <string.h>

#define POOL_TABLES    48u
#define ZERO_BLOCK_MAX (PAGE_SIZE / 8)
#define VA_BITS        48u
#define VA_MASK        ((UINT64_C(1) << VA_BITS) - 1)

uint64_t image_pa;

static _Alignas(4096) uint64_t kernel_root[512];
static _Alignas(4096) uint64_t pool[POOL_TABLES][512];
static unsigned pool_used;
static bool use_page_allocator;
static struct spinlock io_lock;
static uint64_t io_next = IO_MAP_BASE;

static void *table_alloc(void *ctx)
{
	(void)ctx;
	if (use_page_allocator)
		return page_alloc_zeroed(0);
	return pool_used < POOL_TABLES ? pool[pool_used++] : NULL;
}

static void table_free(void *ctx, void *table)
{
	(void)ctx;
	if ((uint64_t)table < IMAGE_BASE)
		page_free(table, 0);
}

static void kernel_flush(void *ctx, uint64_t in, uint64_t size)
{
	(void)ctx;
	(void)in;
	(void)size;
	dsb(ishst);
	__asm__ volatile("tlbi vmalle1is" ::: "memory");
	dsb(ish);
	isb();
}

static const struct pt_ops kernel_ops = {
	.alloc = table_alloc,
	.free = table_free,
	.to_pa = tables_to_pa,
	.to_va = tables_to_va,
	.publish = tables_publish,
	.flush = kernel_flush,
};

static struct pt kernel_pt = {
	.format = &pt_arm64_stage1,
	.ops = &kernel_ops,
	.root = kernel_root,
	.start_level = 0,
	.in_bits = VA_BITS,
};

static int kernel_map(uint64_t va, pa_t pa, uint64_t size, uint32_t attr)
{
	return pt_map(&kernel_pt, va & VA_MASK, pa, size, attr | PT_GLOBAL);
}

static void image_map(const char *start, const char *end, uint32_t attr)
{
	if (kernel_map((uint64_t)start, virt_to_phys(start), (uint64_t)(end - start), attr))
		panic("cannot map the kernel image");
}

/* `range` without the image */
static int direct_map(uint64_t start, uint64_t end)
{
	uint64_t image_end = image_pa + (uint64_t)(_image_end - _head);

	if (start >= end)
		return 0;
	if (start < image_end && image_pa < end) {
		int status = direct_map(start, image_pa);

		return status ? status : direct_map(image_end, end);
	}
	return kernel_map(start + DIRECT_MAP_BASE, PA(start), end - start, PT_R | PT_W);
}

/*
 * The new tables map the image by other sizes and rights than the early ones: nothing of those may
 * be in a TLB when a walk finds these (break-before-make, Arm ARM D8.14.1). So the switch runs from
 * the identity mapping, with no kernel half in between.
 */
static void kernel_root_set(uint64_t root)
{
	uint64_t replace = virt_to_phys((void *)ttbr1_replace).v;

	dsb(ishst);
	((void (*)(uint64_t, uint64_t))replace)(root, virt_to_phys(tables_empty).v);
}

void mmu_init(const struct range_set *ram)
{
	image_map(_head, _text_end, PT_R | PT_X);
	image_map(_rodata_start, _rodata_end, PT_R);
	image_map(_data_start, _image_end, PT_R | PT_W);
	range_for_each (r, ram) {
		if (direct_map(r->start, r->end))
			panic("memory is too scattered for the boot-time tables");
	}
	kernel_root_set(mmu_kernel_root());
}

void mmu_use_page_allocator(void)
{
	use_page_allocator = true;
}

int direct_map_add(pa_t base, uint64_t size)
{
	uint64_t flags = spin_lock_irq(&io_lock);
	struct pt_leaf leaf;
	int status = 0;

	if (!pt_lookup(&kernel_pt, (base.v + DIRECT_MAP_BASE) & VA_MASK, &leaf))
		status = direct_map(base.v, base.v + size);
	spin_unlock_irq(&io_lock, flags);
	return status ? -1 : 0;
}

uint64_t mmu_kernel_root(void)
{
	return virt_to_phys(kernel_root).v;
}

static void *window_map(pa_t base, uint64_t size, uint32_t attr)
{
	uint64_t offset = base.v & (PAGE_SIZE - 1);
	uint64_t bytes = ALIGN_UP(offset + size, PAGE_SIZE);
	uint64_t flags = spin_lock_irq(&io_lock);
	uint64_t va = io_next;
	int status = bytes > IO_MAP_SIZE - (va - IO_MAP_BASE) ? -1 : 0;

	if (!status)
		status = kernel_map(va, PA(base.v - offset), bytes, attr);
	if (!status)
		io_next += bytes;
	spin_unlock_irq(&io_lock, flags);
	return status ? NULL : (void *)(va + offset);
}

void *io_map(pa_t base, uint64_t size)
{
	return window_map(base, size, PT_R | PT_W | PT_DEVICE);
}

void *memory_map(pa_t base, uint64_t size)
{
	return window_map(base, size, PT_R | PT_W);
}

static uint64_t zero_block_size(void)
{
	uint64_t dczid = sysreg_read(dczid_el0);

	return dczid & 16 ? 0 : UINT64_C(4) << (dczid & 15);
}

/* eight blocks of at most 512 bytes, which a page is a multiple of */
static char *blocks_clear(char *at, uint64_t step)
{
	__asm__ volatile(".rept 8\n\tdc zva, %0\n\tadd %0, %0, %1\n\t.endr"
			 : "+r"(at)
			 : "r"(step)
			 : "memory");
	return at;
}

void arch_clear_pages(void *pages, uint64_t bytes)
{
	uint64_t step = zero_block_size();
	char *end = (char *)pages + bytes;

	if (step == 0 || step > ZERO_BLOCK_MAX) {
		memset(pages, 0, bytes);
		return;
	}
	for (char *at = pages; at < end;)
		at = blocks_clear(at, step);
}

/*
 * The instruction caches may be indexed by virtual address, and the user's is another one: all of
 * them are dropped.
 */
void arch_sync_code(const void *code, uint64_t bytes)
{
	uint64_t line = UINT64_C(4) << ((sysreg_read(ctr_el0) >> 16) & 15);
	uint64_t end = (uint64_t)code + bytes;

	for (uint64_t at = ALIGN_DOWN((uint64_t)code, line); at < end; at += line)
		__asm__ volatile("dc cvau, %0" ::"r"(at) : "memory");
	dsb(ish);
	__asm__ volatile("ic ialluis" ::: "memory");
	dsb(ish);
	isb();
}
