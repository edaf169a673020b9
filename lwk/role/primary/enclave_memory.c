/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Takes memory for a VM from the page allocator (see enclave_memory.h): large blocks first, since each is mapped by one entry.
 */
#include <role/primary/enclave_memory.h>

#include <arch/memory.h>
#include <lwk/errno.h>
#include <lwk/page.h>

#define UNIT_ORDER 9u /* 2 MiB */

static uint64_t order_size(unsigned order)
{
	return PAGE_SIZE << order;
}

static void *block_take(unsigned order, uint32_t node)
{
	if (!page_is_available(order))
		return NULL;
	return page_alloc_at(order, (struct numa_place){.node = node, .allowed = 1u << node});
}

/* the smallest block that holds `size`, or the largest there can be */
static unsigned order_for(uint64_t size)
{
	unsigned order = UNIT_ORDER;

	while (order < PAGE_ORDER_MAX && order_size(order) < size)
		order++;
	return order;
}

/* One piece of at most `want` bytes, the largest that there is; *got bytes of it are kept. */
static void *piece_take(uint64_t want, uint32_t node, uint64_t *got)
{
	for (unsigned order = order_for(want); order >= UNIT_ORDER; order--) {
		char *block = block_take(order, node);

		if (!block)
			continue;
		*got = order_size(order) < want ? order_size(order) : want;
		if (*got < order_size(order))
			page_free_range(virt_to_phys(block + *got), order_size(order) - *got);
		return block;
	}
	return NULL;
}

static bool range_append(struct enclave_config *config, pa_t start, uint64_t size, uint32_t node)
{
	struct enclave_range *last = config->range_count ? &config->ranges[config->range_count - 1]
							 : NULL;

	/* blocks of 1 GiB in the VM need memory in one piece: the allocator gives the highest first */
	if (last && last->node == node &&
	    (last->start + last->size == start.v || start.v + size == last->start)) {
		last->start = start.v < last->start ? start.v : last->start;
		last->size += size;
		return true;
	}
	if (config->range_count == ENCLAVE_RANGES_MAX)
		return false;
	config->ranges[config->range_count++] = (struct enclave_range){
		.start = start.v, .size = size, .node = node};
	return true;
}

static int range_take(struct enclave_config *config, const struct enclave_range *want)
{
	for (uint64_t left = want->size, got; left; left -= got) {
		void *piece = piece_take(left, want->node, &got);

		if (!piece)
			return -ENOMEM;
		if (!range_append(config, virt_to_phys(piece), got, want->node)) {
			page_free_range(virt_to_phys(piece), got);
			return -ENOMEM;
		}
	}
	return 0;
}

static bool is_wanted(const struct enclave_config *config)
{
	if (config->version != ENCLAVE_VERSION || config->size != sizeof(*config) ||
	    config->vcpus < 1 || config->vcpus > ENCLAVE_VCPUS_MAX || config->range_count < 1 ||
	    config->range_count > ENCLAVE_NODES_MAX)
		return false;
	for (unsigned i = 0; i < config->range_count; i++) {
		const struct enclave_range *r = &config->ranges[i];

		if (r->start || r->size == 0 || !IS_ALIGNED(r->size, SIZE_2M) ||
		    r->size > (uint64_t)1 << 43 || r->node >= numa_count ||
		    r->node >= config->nodes)
			return false;
	}
	return true;
}

int enclave_memory_take(struct enclave_config *config, uint64_t first)
{
	struct enclave_range wanted[ENCLAVE_NODES_MAX];
	unsigned count = config->range_count;
	int error = 0;

	if (!is_wanted(config))
		return -EINVAL;
	for (unsigned i = 0; i < count; i++) {
		wanted[i] = config->ranges[i];
		config->ranges[i] = (struct enclave_range){0};
	}
	config->range_count = 0;
	for (unsigned i = 0; i < count && !error; i++)
		error = range_take(config, &wanted[i]);
	if (!error && config->ranges[0].size < first)
		error = -ENOMEM;
	if (error)
		enclave_memory_free(config);
	return error;
}

void enclave_memory_free(const struct enclave_config *config)
{
	for (unsigned i = 0; i < config->range_count; i++)
		page_free_range(PA(config->ranges[i].start), config->ranges[i].size);
}

uint64_t enclave_memory_size(const struct enclave_config *config)
{
	uint64_t size = 0;

	for (unsigned i = 0; i < config->range_count; i++)
		size += config->ranges[i].size;
	return size;
}
