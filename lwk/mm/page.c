/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Physical pages: a buddy allocator from 4 KiB to 1 GiB. Each range of memory has one byte a page,
 * which is zero but for the first page of a block: free or used, and the block's order. Free blocks
 * are linked through their own first bytes. Invariant: free buddies of one range are merged;
 * free_pages counts exactly the pages in free blocks. page_lock guards all of it and is taken with
 * interrupts masked.
 */
#include <arch/memory.h>
#include <lwk/errno.h>
#include <lwk/list.h>
#include <lwk/log.h>
#include <lwk/page.h>
#include <lwk/spinlock.h>
#include <string.h>

#define ZONES_MAX  32u
#define BLOCK_FREE 0x80u
#define BLOCK_USED 0x40u
#define BLOCK_MASK (BLOCK_FREE | BLOCK_USED)
#define ORDER_MASK 0x1fu

struct zone {
	uint64_t base; /* of the first page that is given out */
	uint64_t pages;
	uint8_t *state;
};

static struct spinlock page_lock;
static struct zone zones[ZONES_MAX];
static unsigned zone_count;
static struct list free_blocks[PAGE_ORDER_MAX + 1];
static uint64_t free_pages;
static uint64_t total_pages;

static uint64_t block_size(unsigned order)
{
	return PAGE_SIZE << order;
}

static struct zone *zone_of(uint64_t pa)
{
	for (unsigned i = 0; i < zone_count; i++) {
		if (pa - zones[i].base < zones[i].pages * PAGE_SIZE)
			return &zones[i];
	}
	return NULL;
}

static uint8_t *state_of(const struct zone *zone, uint64_t pa)
{
	return &zone->state[(pa - zone->base) >> PAGE_SHIFT];
}

static bool zone_has(const struct zone *zone, uint64_t pa, uint64_t size)
{
	return pa >= zone->base && size <= zone->pages * PAGE_SIZE &&
	       pa - zone->base <= zone->pages * PAGE_SIZE - size;
}

static struct list *links_of(uint64_t pa)
{
	return phys_to_virt(PA(pa));
}

/*
 * Puts a block that is in no list among the free ones, merged with its buddies as far as they are
 * free.
 */
static void block_insert(struct zone *zone, uint64_t pa, unsigned order)
{
	free_pages += UINT64_C(1) << order;
	*state_of(zone, pa) = 0;
	for (; order < PAGE_ORDER_MAX; order++) {
		uint64_t buddy = pa ^ block_size(order);

		if (!zone_has(zone, buddy, block_size(order)) ||
		    *state_of(zone, buddy) != (BLOCK_FREE | order))
			break;
		list_remove(links_of(buddy));
		*state_of(zone, buddy) = 0;
		pa &= ~block_size(order);
	}
	*state_of(zone, pa) = (uint8_t)(BLOCK_FREE | order);
	list_add_head(&free_blocks[order], links_of(pa));
}

/* any [pa, end), as the largest aligned blocks */
static void blocks_insert(struct zone *zone, uint64_t pa, uint64_t end)
{
	while (pa < end) {
		unsigned order = 0;

		while (order < PAGE_ORDER_MAX && IS_ALIGNED(pa, block_size(order + 1)) &&
		       block_size(order + 1) <= end - pa)
			order++;
		block_insert(zone, pa, order);
		pa += block_size(order);
	}
}

int page_add_range(pa_t base, uint64_t size)
{
	uint64_t pages = size >> PAGE_SHIFT;
	uint64_t meta = ALIGN_UP(pages, PAGE_SIZE);
	struct zone *zone = &zones[zone_count];

	if (zone_count == ZONES_MAX)
		return -ENOMEM;
	if (meta >= size)
		return 0;
	if (zone_count == 0) {
		for (unsigned i = 0; i <= PAGE_ORDER_MAX; i++)
			list_init(&free_blocks[i]);
	}
	zone->state = phys_to_virt(base);
	zone->base = base.v + meta;
	zone->pages = (size - meta) >> PAGE_SHIFT;
	memset(zone->state, 0, zone->pages);
	zone_count++;
	total_pages += zone->pages;
	blocks_insert(zone, zone->base, zone->base + zone->pages * PAGE_SIZE);
	return 0;
}

void *page_alloc(unsigned order)
{
	uint64_t flags = spin_lock_irq(&page_lock);
	unsigned found = order;
	struct zone *zone;
	uint64_t pa;

	while (found <= PAGE_ORDER_MAX && list_is_empty(&free_blocks[found]))
		found++;
	if (found > PAGE_ORDER_MAX) {
		spin_unlock_irq(&page_lock, flags);
		return NULL;
	}
	pa = virt_to_phys(free_blocks[found].next).v;
	zone = zone_of(pa);
	list_remove(links_of(pa));
	while (found > order) {
		uint64_t upper = pa + block_size(--found);

		*state_of(zone, upper) = (uint8_t)(BLOCK_FREE | found);
		list_add_head(&free_blocks[found], links_of(upper));
	}
	*state_of(zone, pa) = (uint8_t)(BLOCK_USED | order);
	free_pages -= UINT64_C(1) << order;
	spin_unlock_irq(&page_lock, flags);
	return phys_to_virt(PA(pa));
}

void *page_alloc_zeroed(unsigned order)
{
	void *pages = page_alloc(order);

	if (pages)
		arch_clear_pages(pages, block_size(order));
	return pages;
}

void page_free(void *pages, unsigned order)
{
	uint64_t pa = virt_to_phys(pages).v;
	uint64_t flags = spin_lock_irq(&page_lock);
	struct zone *zone = zone_of(pa);

	if (!zone || *state_of(zone, pa) != (BLOCK_USED | order))
		panic("free of %p, order %u, which is not allocated so", pages, order);
	block_insert(zone, pa, order);
	spin_unlock_irq(&page_lock, flags);
}

/* The used block that `pa` lies in: its order, and *head its start; -1 when there is none. */
static int block_find(const struct zone *zone, uint64_t pa, uint64_t *head)
{
	for (unsigned order = 0; order <= PAGE_ORDER_MAX; order++) {
		uint64_t at = ALIGN_DOWN(pa, block_size(order));
		unsigned state;

		if (at < zone->base)
			return -1;
		state = *state_of(zone, at);
		if (state == 0)
			continue;
		*head = at;
		return (state & BLOCK_MASK) == BLOCK_USED && (state & ORDER_MASK) >= order
			       ? (int)(state & ORDER_MASK)
			       : -1;
	}
	return -1;
}

/*
 * Frees what [pa, end) has of the used block around `pa`; the rest is split into smaller used
 * blocks. Returns where it stopped.
 */
static uint64_t block_free_part(struct zone *zone, uint64_t pa, uint64_t end)
{
	uint64_t head;
	int found = block_find(zone, pa, &head);
	unsigned order = (unsigned)found;

	if (found < 0)
		panic("free of physical page 0x%lx, which is not allocated", pa);
	while (head < pa || head + block_size(order) > end) {
		uint64_t upper = head + block_size(--order);

		*state_of(zone, head) = (uint8_t)(BLOCK_USED | order);
		*state_of(zone, upper) = (uint8_t)(BLOCK_USED | order);
		if (pa >= upper)
			head = upper;
	}
	block_insert(zone, head, order);
	return head + block_size(order);
}

void page_free_range(pa_t base, uint64_t size)
{
	uint64_t flags = spin_lock_irq(&page_lock);
	struct zone *zone = zone_of(base.v);
	uint64_t end = base.v + size;

	if (!zone || !zone_has(zone, base.v, size))
		panic("free of physical range 0x%lx + 0x%lx", base.v, size);
	for (uint64_t pa = base.v; pa < end;)
		pa = block_free_part(zone, pa, end);
	spin_unlock_irq(&page_lock, flags);
}

int page_order(const void *pages)
{
	uint64_t pa = virt_to_phys(pages).v;
	uint64_t flags = spin_lock_irq(&page_lock);
	struct zone *zone = zone_of(pa);
	unsigned state = zone ? *state_of(zone, pa) : 0;

	spin_unlock_irq(&page_lock, flags);
	return (state & BLOCK_MASK) == BLOCK_USED ? (int)(state & ORDER_MASK) : -1;
}

uint64_t page_free_count(void)
{
	return __atomic_load_n(&free_pages, __ATOMIC_RELAXED);
}

uint64_t page_total_count(void)
{
	return total_pages;
}
