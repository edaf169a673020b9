/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Small kernel objects: size classes, each on pages of its own. A page starts with its slab's
 * header; an object finds it by masking. A slab that becomes empty goes back to the page allocator
 * at once, so that a leak shows in the count of free pages. Larger objects are blocks of pages:
 * they are page-aligned, which no object in a slab is. heap_lock guards all slabs, with interrupts
 * masked.
 */
#include <assert.h>
#include <lwk/heap.h>
#include <lwk/list.h>
#include <lwk/log.h>
#include <lwk/page.h>
#include <lwk/spinlock.h>
#include <string.h>

#define SLAB_MAGIC  0x51ab51abu
#define HEADER_SIZE 48u
#define CLASS_COUNT 10u

struct slab {
	struct list link; /* in its class, while it has a free object */
	void *free;       /* chain through the objects' first word */
	uint32_t magic;
	uint16_t used;
	uint16_t class;
	uint64_t pad;
};
static_assert(sizeof(struct slab) <= HEADER_SIZE, "objects start behind the header");

/* multiples of 16; the last two put two and one large ones on a page */
static const uint16_t class_size[CLASS_COUNT] = {16, 32, 64, 96, 128, 192, 256, 512, 1008, 2016};
static struct list partial[CLASS_COUNT] = {
	LIST_INIT(partial[0]), LIST_INIT(partial[1]), LIST_INIT(partial[2]), LIST_INIT(partial[3]),
	LIST_INIT(partial[4]), LIST_INIT(partial[5]), LIST_INIT(partial[6]), LIST_INIT(partial[7]),
	LIST_INIT(partial[8]), LIST_INIT(partial[9]),
};
static struct spinlock heap_lock;
static struct heap_stats stats;

static unsigned objects_per_slab(unsigned class)
{
	return (unsigned)(PAGE_SIZE - HEADER_SIZE) / class_size[class];
}

static struct slab *slab_create(unsigned class)
{
	struct slab *slab = page_alloc(0);
	char *object = (char *)slab + HEADER_SIZE;

	if (!slab)
		return NULL;
	*slab = (struct slab){.magic = SLAB_MAGIC, .class = (uint16_t) class};
	for (unsigned i = 0; i < objects_per_slab(class); i++, object += class_size[class]) {
		*(void **)(void *)object = slab->free;
		slab->free = object;
	}
	list_add_head(&partial[class], &slab->link);
	stats.pages++;
	return slab;
}

static void *slab_alloc(unsigned class)
{
	uint64_t flags = spin_lock_irq(&heap_lock);
	struct slab *slab = list_is_empty(&partial[class])
				    ? slab_create(class)
				    : list_entry(partial[class].next, struct slab, link);
	void *object = NULL;

	if (slab) {
		object = slab->free;
		slab->free = *(void **)object;
		slab->used++;
		stats.objects++;
		if (!slab->free)
			list_remove(&slab->link);
	}
	spin_unlock_irq(&heap_lock, flags);
	return object;
}

static void slab_free(void *object)
{
	struct slab *slab = (struct slab *)ALIGN_DOWN((uintptr_t)object, PAGE_SIZE);
	uint64_t flags;

	if (slab->magic != SLAB_MAGIC || slab->used == 0)
		panic("kfree of %p, which is no object", object);
	flags = spin_lock_irq(&heap_lock);
	if (!slab->free)
		list_add_head(&partial[slab->class], &slab->link);
	*(void **)object = slab->free;
	slab->free = object;
	slab->used--;
	stats.objects--;
	if (slab->used == 0) {
		list_remove(&slab->link);
		slab->magic = 0;
		stats.pages--;
		page_free(slab, 0);
	}
	spin_unlock_irq(&heap_lock, flags);
}

static void account_pages(int64_t objects, int64_t pages)
{
	uint64_t flags = spin_lock_irq(&heap_lock);

	stats.objects += (uint64_t)objects;
	stats.pages += (uint64_t)pages;
	spin_unlock_irq(&heap_lock, flags);
}

void *kmalloc(size_t size)
{
	unsigned order = 0;
	void *pages;

	for (unsigned class = 0; class < CLASS_COUNT; class ++) {
		if (size <= class_size[class])
			return slab_alloc(class);
	}
	while (order <= PAGE_ORDER_MAX && size > PAGE_SIZE << order)
		order++;
	pages = order <= PAGE_ORDER_MAX ? page_alloc(order) : NULL;
	if (pages)
		account_pages(1, INT64_C(1) << order);
	return pages;
}

void *kzalloc(size_t size)
{
	void *object = kmalloc(size);

	if (object)
		memset(object, 0, size);
	return object;
}

void kfree(void *object)
{
	int order;

	if (!object)
		return;
	if (!IS_ALIGNED((uintptr_t)object, PAGE_SIZE)) {
		slab_free(object);
		return;
	}
	order = page_order(object);
	if (order < 0)
		panic("kfree of %p, which is no object", object);
	account_pages(-1, -(INT64_C(1) << order));
	page_free(object, (unsigned)order);
}

void heap_get_stats(struct heap_stats *out)
{
	uint64_t flags = spin_lock_irq(&heap_lock);

	*out = stats;
	spin_unlock_irq(&heap_lock, flags);
}
