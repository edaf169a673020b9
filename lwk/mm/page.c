/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Physical pages: a buddy allocator from 4 KiB to 1 GiB. Each range of memory has one byte a page,
 * which is zero but for the first page of a block: free or used, and the block's order. Free blocks
 * are linked through their own first bytes. Invariant: free buddies of one range are merged;
 * a node's free_pages counts exactly the pages in its free blocks. The lock of the node guards all
 * that belongs to it and is taken with interrupts masked; nobody holds two.
 */
#include <arch/memory.h>
#include <lwk/errno.h>
#include <lwk/list.h>
#include <lwk/log.h>
#include <lwk/page.h>
#include <lwk/spinlock.h>
#include <string.h>

#define ZONES_MAX  128u
#define BLOCK_FREE 0x80u
#define BLOCK_USED 0x40u
#define BLOCK_GONE 0x20u /* with UNIT_ORDER: memory that is not here */
#define BLOCK_MASK (BLOCK_FREE | BLOCK_USED)
#define ORDER_MASK 0x1fu

#define UNIT_ORDER   9u                         /* 2 MiB */
#define SECTION_SIZE (256 * UINT64_C(0x100000)) /* of memory that comes after boot */

struct node {
	struct spinlock lock;
	struct list free_blocks[PAGE_ORDER_MAX + 1];
	uint64_t free_pages;
	uint64_t total_pages;
};

/*
 * Constant once it is counted, but for what `state` points to. Those of boot come first: where a later one, of a whole section, overlaps
 * them, they are found.
 */
struct zone {
	uint64_t base; /* of the first page that is given out */
	uint64_t pages;
	uint8_t *state;
	struct node *node;
};

static struct zone zones[ZONES_MAX];
static unsigned zone_count;
static struct node nodes[NODES_MAX];

static uint64_t block_size(unsigned order)
{
	return PAGE_SIZE << order;
}

static struct zone *zone_of(uint64_t pa)
{
	unsigned count = __atomic_load_n(&zone_count, __ATOMIC_ACQUIRE);

	for (unsigned i = 0; i < count; i++) {
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
	zone->node->free_pages += UINT64_C(1) << order;
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
	list_add_head(&zone->node->free_blocks[order], links_of(pa));
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

static void node_prepare(struct node *node)
{
	if (node->total_pages)
		return;
	for (unsigned i = 0; i <= PAGE_ORDER_MAX; i++)
		list_init(&node->free_blocks[i]);
}

int page_add_range(pa_t base, uint64_t size, unsigned node)
{
	uint64_t pages = size >> PAGE_SHIFT;
	uint64_t meta = ALIGN_UP(pages, PAGE_SIZE);
	struct zone *zone = &zones[zone_count];

	if (zone_count == ZONES_MAX)
		return -ENOMEM;
	if (meta >= size)
		return 0;
	*zone = (struct zone){
		.base = base.v + meta,
		.pages = (size - meta) >> PAGE_SHIFT,
		.state = phys_to_virt(base),
		.node = &nodes[node],
	};
	memset(zone->state, 0, zone->pages);
	__atomic_store_n(&zone_count, zone_count + 1, __ATOMIC_RELEASE);
	node_prepare(zone->node);
	zone->node->total_pages += zone->pages;
	blocks_insert(zone, zone->base, zone->base + zone->pages * PAGE_SIZE);
	return 0;
}

/* A section of memory of which nothing is here yet; its states come from the heap. */
static struct zone *section_add(uint64_t pa, struct node *node)
{
	struct zone *zone = &zones[zone_count];
	uint8_t *state;

	if (zone_count == ZONES_MAX)
		return NULL;
	state = kzalloc(SECTION_SIZE / PAGE_SIZE);
	if (!state)
		return NULL;
	for (uint64_t i = 0; i < SECTION_SIZE / PAGE_SIZE; i += UINT64_C(1) << UNIT_ORDER)
		state[i] = BLOCK_GONE | UNIT_ORDER;
	*zone = (struct zone){
		.base = ALIGN_DOWN(pa, SECTION_SIZE),
		.pages = SECTION_SIZE / PAGE_SIZE,
		.state = state,
		.node = node,
	};
	__atomic_store_n(&zone_count, zone_count + 1, __ATOMIC_RELEASE);
	return zone;
}

/* One caller at a time: the thread that exchanges memory. */
int page_unit_add(pa_t unit, unsigned node)
{
	struct zone *zone = zone_of(unit.v);
	uint64_t flags;
	int error = 0;

	if (!zone)
		zone = section_add(unit.v, &nodes[node]);
	if (!zone)
		return -ENOMEM;
	flags = spin_lock_irq(&zone->node->lock);
	if (!zone_has(zone, unit.v, SIZE_2M) ||
	    *state_of(zone, unit.v) != (BLOCK_GONE | UNIT_ORDER)) {
		error = -EEXIST;
	} else {
		node_prepare(zone->node);
		zone->node->total_pages += UINT64_C(1) << UNIT_ORDER;
		block_insert(zone, unit.v, UNIT_ORDER);
	}
	spin_unlock_irq(&zone->node->lock, flags);
	return error;
}

void page_unit_remove(void *unit)
{
	uint64_t pa = virt_to_phys(unit).v;
	struct zone *zone = zone_of(pa);
	uint64_t flags = spin_lock_irq(&zone->node->lock);

	*state_of(zone, pa) = BLOCK_GONE | UNIT_ORDER;
	zone->node->total_pages -= UINT64_C(1) << UNIT_ORDER;
	spin_unlock_irq(&zone->node->lock, flags);
}

/* The smallest free block that will do, cut to size; caller holds the node's lock. */
static void *block_take(struct node *node, unsigned order)
{
	unsigned found = order;
	struct zone *zone;
	uint64_t pa;

	while (found <= PAGE_ORDER_MAX && list_is_empty(&node->free_blocks[found]))
		found++;
	if (found > PAGE_ORDER_MAX)
		return NULL;
	pa = virt_to_phys(node->free_blocks[found].next).v;
	zone = zone_of(pa);
	list_remove(links_of(pa));
	while (found > order) {
		uint64_t upper = pa + block_size(--found);

		*state_of(zone, upper) = (uint8_t)(BLOCK_FREE | found);
		list_add_head(&node->free_blocks[found], links_of(upper));
	}
	*state_of(zone, pa) = (uint8_t)(BLOCK_USED | order);
	node->free_pages -= UINT64_C(1) << order;
	return phys_to_virt(PA(pa));
}

static void *node_alloc(struct node *node, unsigned order)
{
	void *pages;
	uint64_t flags;

	if (__atomic_load_n(&node->free_pages, __ATOMIC_RELAXED) < UINT64_C(1) << order)
		return NULL;
	flags = spin_lock_irq(&node->lock);
	pages = block_take(node, order);
	spin_unlock_irq(&node->lock, flags);
	return pages;
}

void *page_alloc_at(unsigned order, struct numa_place place)
{
	void *pages = node_alloc(&nodes[place.node], order);
	uint32_t left = place.allowed & ((1u << numa_count) - 1) & ~(1u << place.node);

	while (!pages && left) {
		unsigned node = numa_nearest(place.node, left);

		left &= ~(1u << node);
		pages = node_alloc(&nodes[node], order);
	}
	return pages;
}

void *page_alloc(unsigned order)
{
	return page_alloc_at(order, numa_local());
}

void *page_alloc_near(unsigned order, unsigned node)
{
	return page_alloc_at(order, (struct numa_place){.node = node, .allowed = NODES_ALL});
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
	struct zone *zone = zone_of(pa);
	uint64_t flags;

	if (!zone || *state_of(zone, pa) != (BLOCK_USED | order))
		panic("free of %p, order %u, which is not allocated so", pages, order);
	flags = spin_lock_irq(&zone->node->lock);
	block_insert(zone, pa, order);
	spin_unlock_irq(&zone->node->lock, flags);
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
	struct zone *zone = zone_of(base.v);
	uint64_t end = base.v + size;

	if (!zone || !zone_has(zone, base.v, size))
		panic("free of physical range 0x%lx + 0x%lx", base.v, size);
	for (uint64_t pa = base.v; pa < end;) {
		uint64_t flags = spin_lock_irq(&zone->node->lock);

		pa = block_free_part(zone, pa, end);
		spin_unlock_irq(&zone->node->lock, flags);
	}
}

int page_order(const void *pages)
{
	uint64_t pa = virt_to_phys(pages).v;
	struct zone *zone = zone_of(pa);
	unsigned state = zone ? *state_of(zone, pa) : 0;

	return (state & BLOCK_MASK) == BLOCK_USED ? (int)(state & ORDER_MASK) : -1;
}

unsigned page_node(pa_t page)
{
	const struct zone *zone = zone_of(page.v);

	return zone ? (unsigned)(zone->node - nodes) : 0;
}

uint64_t page_node_free_count(unsigned node)
{
	return __atomic_load_n(&nodes[node].free_pages, __ATOMIC_RELAXED);
}

uint64_t page_node_total_count(unsigned node)
{
	return nodes[node].total_pages;
}

uint64_t page_free_count(void)
{
	uint64_t pages = 0;

	for (unsigned node = 0; node < numa_count; node++)
		pages += page_node_free_count(node);
	return pages;
}

uint64_t page_total_count(void)
{
	uint64_t pages = 0;

	for (unsigned node = 0; node < numa_count; node++)
		pages += page_node_total_count(node);
	return pages;
}
