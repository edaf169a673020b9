/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that Linux shares with this kernel while it runs: each region is a file /dev/region/NAME that programs read and write at offsets. The
 * kernel alone has it mapped, so that it is forgotten at once when it goes: a file that is still open answers ENXIO from then on. A region's lock
 * guards its mapping; it is held while bytes are copied. poll has POLLPRI once another enclave that has the region has ended.
 */
#include <role/cokernel/cokernel.h>

#include <arch/layout.h>
#include <arch/mmu.h>
#include <lib/fmt.h>
#include <lwk/device.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/log.h>
#include <lwk/mutex.h>
#include <lwk/wait.h>
#include <string.h>

#define PATH_DIRECTORY "/dev/region/"

static_assert(COKERNEL_REGIONS_MAX <= REGION_SLOTS, "a place for each");

struct region {
	struct mutex lock;
	uint32_t id;
	unsigned references; /* atomic: the slot's, and that of its name and open files */
	char *memory;        /* NULL: gone */
	uint64_t size;
	bool is_read_only;
	bool has_ended; /* an enclave that shared it; atomic */
	struct wait_queue changed;
	char path[sizeof(PATH_DIRECTORY) + COKERNEL_REGION_NAME];
};

/* by slot; what is gone is not here any more, and stays for those who have it open */
static struct region *regions[COKERNEL_REGIONS_MAX];

static size_t within(const struct region *region, uint64_t offset, size_t size)
{
	if (offset >= region->size)
		return 0;
	return size < region->size - offset ? size : region->size - offset;
}

static long region_read(void *device, const struct io_buffer *to, uint64_t offset, unsigned flags)
{
	struct region *region = device;
	size_t size = within(region, offset, to->size);
	long result = -ENXIO;

	(void)flags;
	mutex_lock(&region->lock);
	if (region->memory)
		result = io_buffer_put(to, 0, region->memory + offset, size) ? -EFAULT : (long)size;
	mutex_unlock(&region->lock);
	return result;
}

static long region_write(void *device, const struct io_buffer *from, uint64_t offset,
			 unsigned flags)
{
	struct region *region = device;
	size_t size = within(region, offset, from->size);
	long result = -ENXIO;

	(void)flags;
	if (region->is_read_only)
		return -EACCES;
	if (from->size && !size)
		return -ENOSPC;
	mutex_lock(&region->lock);
	if (region->memory)
		result = io_buffer_get(from, 0, region->memory + offset, size) ? -EFAULT
									       : (long)size;
	mutex_unlock(&region->lock);
	return result;
}

static void region_put(void *region)
{
	if (__atomic_sub_fetch(&((struct region *)region)->references, 1, __ATOMIC_ACQ_REL) == 0)
		kfree(region);
}

static unsigned region_poll(void *device, struct poll_table *table)
{
	struct region *region = device;

	poll_wait(table, &region->changed);
	return POLL_IN | POLL_OUT |
	       (__atomic_load_n(&region->has_ended, __ATOMIC_ACQUIRE) ? POLL_PRI : 0);
}

static const struct device_ops region_ops = {
	.read = region_read,
	.write = region_write,
	.poll = region_poll,
	.release = region_put,
	.has_position = true,
};

static bool is_name(const char *name)
{
	if (!memchr(name, 0, COKERNEL_REGION_NAME) || name[0] == 0 || name[0] == '.')
		return false;
	for (; *name; name++) {
		if (*name <= ' ' || *name > '~' || *name == '/')
			return false;
	}
	return true;
}

/* What Linux says about it is copied before it is looked at. */
static bool is_sensible(const struct cokernel_region *from, uint64_t *size)
{
	*size = 0;
	if (from->id == 0 || !is_name(from->name) || from->extent_count < 1 ||
	    from->extent_count > COKERNEL_EXTENTS_MAX)
		return false;
	for (unsigned i = 0; i < from->extent_count; i++) {
		const struct enclave_blob *extent = &from->extents[i];

		if (!IS_ALIGNED(extent->start | extent->size, PAGE_SIZE) || extent->size == 0 ||
		    extent->size > REGION_SIZE_MAX || extent->start > UINT64_MAX - REGION_SIZE_MAX)
			return false;
		*size += extent->size;
	}
	return true;
}

static struct region *region_make(unsigned slot, const struct cokernel_region *from, uint64_t size)
{
	struct region *region = kzalloc(sizeof(*region));

	if (!region)
		return NULL;
	mutex_init(&region->lock);
	wait_queue_init(&region->changed);
	region->id = from->id;
	region->references = 2;
	region->size = size;
	region->is_read_only = from->flags & COKERNEL_REGION_READ;
	fmt_print(region->path, sizeof(region->path), PATH_DIRECTORY "%s", from->name);
	region->memory = region_map(slot, from->extents, from->extent_count, region->is_read_only);
	if (!region->memory) {
		kfree(region);
		return NULL;
	}
	if (device_register(region->path, &region_ops, region) == 0)
		return region;
	region_unmap(slot, size);
	region_put(region);
	return NULL;
}

static bool region_take(uint32_t slot)
{
	struct cokernel_region from;
	uint64_t size;

	if (slot >= COKERNEL_REGIONS_MAX)
		return false;
	memcpy(&from, &cokernel_shared()->regions[slot], sizeof(from));
	if (regions[slot]) /* taken at boot, and told of as well */
		return regions[slot]->id == from.id;
	if (!is_sensible(&from, &size))
		return false;
	regions[slot] = region_make(slot, &from, size);
	return regions[slot] != NULL;
}

static bool region_take_loudly(uint32_t slot)
{
	bool is_taken = region_take(slot);

	if (is_taken)
		log_info("%s: %lu bytes%s", regions[slot]->path, regions[slot]->size,
			 regions[slot]->is_read_only ? ", to be read only" : "");
	else
		log_warn("the region in slot %u is refused", slot);
	return is_taken;
}

void cokernel_regions_init(void)
{
	for (uint32_t slot = 0; slot < COKERNEL_REGIONS_MAX; slot++) {
		if (__atomic_load_n(&cokernel_shared()->regions[slot].id, __ATOMIC_ACQUIRE))
			(void)region_take_loudly(slot);
	}
}

void cokernel_region_comes(uint32_t slot)
{
	bool is_taken = region_take_loudly(slot);

	memory_exchange_tell(is_taken ? EXCHANGE_REGION_TAKEN : EXCHANGE_REGION_REFUSED, slot, 0);
}

static void region_end(uint32_t slot)
{
	struct region *region = regions[slot];

	regions[slot] = NULL;
	mutex_lock(&region->lock);
	region_unmap(slot, region->size);
	region->memory = NULL;
	mutex_unlock(&region->lock);
	device_remove(region->path);
	log_info("%s has gone", region->path);
	region_put(region);
}

/* No core can reach the memory when Linux hears of it. */
void cokernel_region_goes(uint32_t slot)
{
	if (slot < COKERNEL_REGIONS_MAX && regions[slot])
		region_end(slot);
	memory_exchange_tell(EXCHANGE_REGION_LEFT, slot, 0);
}

void cokernel_region_ended(uint32_t slot, uint64_t who)
{
	struct region *region = slot < COKERNEL_REGIONS_MAX ? regions[slot] : NULL;

	if (!region)
		return;
	log_warn("%s: enclave %u, which shared it, has ended (cause %u)", region->path,
		 (uint32_t)who, (uint32_t)(who >> 32));
	__atomic_store_n(&region->has_ended, true, __ATOMIC_RELEASE);
	wait_queue_wake_all(&region->changed);
}
