/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's tables. They are built before the page allocator runs, from a static pool; what comes later adds to them below root
 * entries that all exist by then, as every process has a copy of those. table_lock serializes changes.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <arch/space.h>
#include <arch/tables.h>
#include <arch/tlb.h>
#include <lib/arch/x86/cpu.h>
#include <lwk/heap.h>
#include <lwk/log.h>
#include <lwk/mutex.h>
#include <string.h>

#define POOL_TABLES    256u
#define VA_BITS        48u
#define VA_MASK        ((UINT64_C(1) << VA_BITS) - 1)
#define ROOT_SHIFT     39
#define ROOT_HALF      256u
#define ROOT_INDEX(va) (((va)&VA_MASK) >> ROOT_SHIFT)

uint64_t image_pa;

static _Alignas(4096) uint64_t kernel_root[512];
static _Alignas(4096) uint64_t pool[POOL_TABLES][512];
static unsigned pool_used;
static uint64_t root_entries[512]; /* the upper half, as it is for ever once it is complete */
static bool use_page_allocator;
static struct mutex table_lock = MUTEX_INIT(table_lock);
static uint64_t io_next = IO_MAP_BASE;

static void *table_alloc(void *ctx)
{
	(void)ctx;
	if (use_page_allocator)
		return page_alloc_zeroed(0);
	return pool_used < POOL_TABLES ? pool[pool_used++] : NULL;
}

static bool is_in_roots(const void *table)
{
	for (unsigned i = ROOT_HALF; i < ARRAY_SIZE(root_entries); i++) {
		if (root_entries[i] && pt_x86.pa(root_entries[i]).v == virt_to_phys(table).v)
			return true;
	}
	return false;
}

/* what processes have in their roots stays there, empty */
static void table_free(void *ctx, void *table)
{
	(void)ctx;
	if ((uint64_t)table < IMAGE_BASE && !is_in_roots(table))
		page_free(table, 0);
}

static void kernel_flush(void *ctx, uint64_t in, uint64_t size)
{
	(void)ctx, (void)in, (void)size;
	tlb_flush_cores(UINT64_MAX);
}

static const struct pt_ops kernel_ops = {
	.alloc = table_alloc,
	.free = table_free,
	.to_pa = tables_to_pa,
	.to_va = tables_to_va,
	.publish = tables_publish,
	.flush = kernel_flush,
};

/* No larger blocks than the units in which memory comes and goes: the walker's splitting makes a block fault for a moment. */
static struct pt kernel_pt = {
	.format = &pt_x86_2m,
	.ops = &kernel_ops,
	.root = kernel_root,
	.in_bits = VA_BITS,
};

static int kernel_map(uint64_t va, pa_t pa, uint64_t size, uint32_t attr)
{
	return pt_map(&kernel_pt, va & VA_MASK, pa, size, attr | PT_GLOBAL);
}

/* The walker takes away tables that have become empty: not those in the roots. */
static int kernel_unmap(uint64_t va, uint64_t size)
{
	int status = pt_unmap(&kernel_pt, va & VA_MASK, size);

	for (unsigned i = ROOT_HALF; i < ARRAY_SIZE(root_entries); i++)
		kernel_root[i] = root_entries[i];
	return status;
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

void mmu_init(const struct range_set *ram)
{
	if (cpu_has_1g())
		arch_user_pt_format = &pt_x86;
	image_map(_head, _text_end, PT_R | PT_X);
	image_map(_rodata_start, _rodata_end, PT_R);
	image_map(_data_start, _image_end, PT_R | PT_W);
	range_for_each (r, ram) {
		if (r->end > DIRECT_MAP_SIZE)
			panic("memory above 0x%lx cannot be used", DIRECT_MAP_SIZE);
		if (direct_map(r->start, r->end))
			panic("memory is too scattered for the boot-time tables");
	}
	cr3_write(virt_to_phys(kernel_root).v);
	tlb_flush_all();
	secondary_cr3 = virt_to_phys(kernel_root).v;
}

static void root_complete(uint64_t start, uint64_t size)
{
	for (uint64_t index = ROOT_INDEX(start); index <= ROOT_INDEX(start + size - 1); index++) {
		void *table = kernel_root[index] ? NULL : page_alloc_zeroed(0);

		if (table)
			kernel_root[index] = kernel_pt.format->table(virt_to_phys(table));
		else if (!kernel_root[index])
			panic("no memory for the kernel's tables");
	}
}

void mmu_use_page_allocator(void)
{
	root_complete(DIRECT_MAP_BASE, DIRECT_MAP_SIZE);
	root_complete(IO_MAP_BASE, IO_MAP_SIZE);
	root_complete(REGION_MAP_BASE, REGION_SLOTS * REGION_SIZE_MAX);
	for (unsigned i = ROOT_HALF; i < ARRAY_SIZE(root_entries); i++)
		root_entries[i] = kernel_root[i];
	use_page_allocator = true;
}

bool direct_map_has(pa_t base)
{
	struct pt_leaf leaf;
	bool is_there;

	mutex_lock(&table_lock);
	is_there = pt_lookup(&kernel_pt, (base.v + DIRECT_MAP_BASE) & VA_MASK, &leaf);
	mutex_unlock(&table_lock);
	return is_there;
}

int direct_map_add(pa_t base, uint64_t size)
{
	int status;

	if (base.v > DIRECT_MAP_SIZE || size > DIRECT_MAP_SIZE - base.v)
		return -1;
	mutex_lock(&table_lock);
	status = direct_map(base.v, base.v + size);
	mutex_unlock(&table_lock);
	return status ? -1 : 0;
}

/* whole blocks: see kernel_pt */
int direct_map_remove(pa_t base, uint64_t size)
{
	int status;

	mutex_lock(&table_lock);
	status = kernel_unmap(base.v + DIRECT_MAP_BASE, size);
	mutex_unlock(&table_lock);
	return status ? -1 : 0;
}

const uint64_t *mmu_kernel_root(void)
{
	return kernel_root;
}

/* not kernel_root's own, which kernel_unmap takes away for a moment */
void mmu_fill_root(uint64_t *root)
{
	memcpy(root + ROOT_HALF, root_entries + ROOT_HALF, ROOT_HALF * sizeof(*root));
}

static void *window_map(pa_t base, uint64_t size, uint32_t attr)
{
	uint64_t offset = base.v & (PAGE_SIZE - 1);
	uint64_t bytes = ALIGN_UP(offset + size, PAGE_SIZE);
	uint64_t va;
	int status;

	mutex_lock(&table_lock);
	va = io_next;
	status = bytes > IO_MAP_SIZE - (va - IO_MAP_BASE) ? -1 : 0;
	if (!status)
		status = kernel_map(va, PA(base.v - offset), bytes, attr);
	if (!status)
		io_next += bytes;
	mutex_unlock(&table_lock);
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

static uint64_t region_address(unsigned slot)
{
	return REGION_MAP_BASE + slot * REGION_SIZE_MAX;
}

/* caller holds table_lock */
static int pieces_map(uint64_t va, const struct enclave_blob *pieces, unsigned count, uint32_t attr)
{
	uint64_t at = va;

	for (unsigned i = 0; i < count; i++) {
		if (pieces[i].size > va + REGION_SIZE_MAX - at ||
		    kernel_map(at, PA(pieces[i].start), pieces[i].size, attr)) {
			if (at > va)
				(void)kernel_unmap(va, at - va);
			return -1;
		}
		at += pieces[i].size;
	}
	return 0;
}

void *region_map(unsigned slot, const struct enclave_blob *pieces, unsigned count,
		 bool is_read_only)
{
	uint64_t va = region_address(slot);
	int status;

	mutex_lock(&table_lock);
	status = pieces_map(va, pieces, count, PT_R | (is_read_only ? 0 : PT_W));
	mutex_unlock(&table_lock);
	return status ? NULL : (void *)va;
}

/* whole mappings: nothing is split, so nothing is wanted */
void region_unmap(unsigned slot, uint64_t size)
{
	mutex_lock(&table_lock);
	(void)kernel_unmap(region_address(slot), size);
	mutex_unlock(&table_lock);
}

void arch_clear_pages(void *pages, uint64_t bytes)
{
	uint64_t words = bytes / sizeof(uint64_t);

	__asm__ volatile("rep stosq" : "+D"(pages), "+c"(words) : "a"(0) : "memory");
}

/* Instruction fetches see stores of any core (Intel SDM 3A 12.6); who executes the page has it mapped anew, which serializes. */
void arch_sync_code(const void *code, uint64_t bytes)
{
	(void)code, (void)bytes;
}
