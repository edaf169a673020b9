/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The byte ring. Our index lives in private memory and is only ever published to the peer; what the
 * peer publishes is read once per call and believed only as a count of bytes between 0 and the
 * size. The acquire of the peer's index pairs with its release: bytes are seen before the index
 * that announces them, and read before the index that gives their place back.
 */
#include <lib/ring.h>
#include <lib/string.h>
#include <bulkhead/status.h>

static void ring_init(struct ring *ring, struct ring_shared *shared, void *data, uint32_t size,
		      const uint32_t *own_index)
{
	*ring = (struct ring){
		.shared = shared,
		.data = data,
		.size = size,
		.index = __atomic_load_n(own_index, __ATOMIC_RELAXED),
	};
}

void ring_init_producer(struct ring *ring, struct ring_shared *shared, void *data, uint32_t size)
{
	ring_init(ring, shared, data, size, &shared->head);
}

void ring_init_consumer(struct ring *ring, struct ring_shared *shared, void *data, uint32_t size)
{
	ring_init(ring, shared, data, size, &shared->tail);
}

static int64_t check_count(struct ring *ring, uint32_t count)
{
	if (count > ring->size)
		ring->corrupt = true;
	return ring->corrupt ? BH_ECORRUPT : (int64_t)count;
}

int64_t ring_space(struct ring *ring)
{
	uint32_t tail = __atomic_load_n(&ring->shared->tail, __ATOMIC_ACQUIRE);

	return check_count(ring, ring->size - (ring->index - tail));
}

int64_t ring_fill(struct ring *ring)
{
	uint32_t head = __atomic_load_n(&ring->shared->head, __ATOMIC_ACQUIRE);

	return check_count(ring, head - ring->index);
}

/* bytes from our index to the end of the data, at most `count` */
static size_t first_part(const struct ring *ring, size_t count)
{
	size_t to_end = ring->size - (ring->index & (ring->size - 1));

	return count < to_end ? count : to_end;
}

int64_t ring_write(struct ring *ring, const void *from, size_t bytes)
{
	int64_t space = ring_space(ring);
	size_t count, first;

	if (space <= 0)
		return space;
	count = bytes < (size_t)space ? bytes : (size_t)space;
	first = first_part(ring, count);
	memcpy(&ring->data[ring->index & (ring->size - 1)], from, first);
	memcpy(ring->data, (const uint8_t *)from + first, count - first);
	ring->index += (uint32_t)count;
	__atomic_store_n(&ring->shared->head, ring->index, __ATOMIC_RELEASE);
	return (int64_t)count;
}

int64_t ring_read(struct ring *ring, void *to, size_t bytes)
{
	int64_t fill = ring_fill(ring);
	size_t count, first;

	if (fill <= 0)
		return fill;
	count = bytes < (size_t)fill ? bytes : (size_t)fill;
	first = first_part(ring, count);
	memcpy(to, &ring->data[ring->index & (ring->size - 1)], first);
	memcpy((uint8_t *)to + first, ring->data, count - first);
	ring->index += (uint32_t)count;
	__atomic_store_n(&ring->shared->tail, ring->index, __ATOMIC_RELEASE);
	return (int64_t)count;
}
