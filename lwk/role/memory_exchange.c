/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that this kernel gets and gives back while it runs (bulkhead/exchange.h): a thread that takes the peer's messages. The peer is
 * not trusted: only what the role accepts becomes memory, only memory that nobody uses here is given up.
 */
#include <role/memory_exchange.h>

#include <arch/memory.h>
#include <arch/mmu.h>
#include <bulkhead/exchange.h>
#include <lib/ring.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/log.h>
#include <lwk/mutex.h>
#include <lwk/page.h>
#include <lwk/wait.h>

#define UNIT_ORDER 9u /* 2 MiB */
#define ROOM_LOOK_NS \
	UINT64_C(1000000) /* between looks whether the peer has made room, which it need not tell */

static struct ring up, down;
static struct mutex up_lock = MUTEX_INIT(up_lock); /* of `up`: whoever tells the peer something */
static struct wait_queue doorbell = WAIT_QUEUE_INIT(doorbell);
static const struct exchange_peer *peer;

/* A full ring is waited for by ringing the peer; false when the ring is broken. */
static bool tell_locked(uint32_t kind, uint32_t value, uint64_t address)
{
	struct exchange_message message = {kind, value, address};

	for (;;) {
		int64_t space = ring_space(&up);

		if (space < 0)
			return false;
		if ((uint64_t)space >= sizeof(message))
			break;
		peer->wake();
		thread_park_always(time_now_ns() + ROOM_LOOK_NS);
	}
	return ring_write(&up, &message, sizeof(message)) == sizeof(message);
}

bool memory_exchange_tell(uint32_t kind, uint32_t value, uint64_t address)
{
	bool is_told;

	mutex_lock(&up_lock);
	is_told = tell_locked(kind, value, address);
	mutex_unlock(&up_lock);
	return is_told;
}

static bool unit_take(uint64_t address, uint32_t node)
{
	pa_t unit = PA(address);

	if (!peer->accept(address))
		return false;
	if (direct_map_add(unit, SIZE_2M) == 0 &&
	    page_unit_add(unit, node < numa_count ? node : 0) == 0)
		return true;
	peer->release(address);
	return false;
}

/* One that is free and not promised to anybody; it is taken from the allocator before the peer hears of it. */
static void *unit_find(void)
{
	void *unit = page_is_available(UNIT_ORDER) ? page_alloc(UNIT_ORDER) : NULL;

	if (unit)
		page_unit_remove(unit);
	return unit;
}

static bool units_give(uint32_t count)
{
	for (; count > 0; count--) {
		void *unit = unit_find();
		pa_t pa;

		if (!unit)
			return memory_exchange_tell(EXCHANGE_NO_MORE, count, 0);
		pa = virt_to_phys(unit);
		if (!peer->release(pa.v)) {
			page_unit_add(pa, page_node(pa));
			return memory_exchange_tell(EXCHANGE_NO_MORE, count, 0);
		}
		if (!memory_exchange_tell(EXCHANGE_RELEASED, 0, pa.v))
			return false;
	}
	return true;
}

static bool message_serve(const struct exchange_message *message)
{
	switch (message->kind) {
	case EXCHANGE_OFFER:
		return memory_exchange_tell(unit_take(message->address, message->value)
						    ? EXCHANGE_ACCEPTED
						    : EXCHANGE_REFUSED,
					    0, message->address);
	case EXCHANGE_WANT:
		return units_give(message->value);
	default:
		if (peer->other)
			peer->other(message);
		return true;
	}
}

static bool has_message(void)
{
	int64_t fill = ring_fill(&down);

	return fill < 0 || fill >= (int64_t)sizeof(struct exchange_message);
}

static void exchange_thread(void *arg)
{
	struct exchange_message message;

	(void)arg;
	do {
		wait_queue_sleep(&doorbell, has_message(), WAIT_FOREVER);
		while (ring_read(&down, &message, sizeof(message)) == sizeof(message))
			if (!message_serve(&message))
				break;
		peer->wake();
	} while (!up.corrupt && !down.corrupt);
	log_warn("the peer's messages about memory make no sense and are not read any more");
}

void memory_exchange_doorbell(void)
{
	wait_queue_wake_all(&doorbell);
}

int memory_exchange_start(void *stream_region, const struct exchange_peer *role_peer)
{
	struct exchange_region *region = (struct exchange_region *)((uint8_t *)stream_region +
								    EXCHANGE_OFFSET);

	peer = role_peer;
	ring_init_producer(&up, &region->up, region->up_data, EXCHANGE_RING_SIZE);
	ring_init_consumer(&down, &region->down, region->down_data, EXCHANGE_RING_SIZE);
	return thread_create_kernel("memory", core_self()->index, exchange_thread, NULL) ? 0
											 : -ENOMEM;
}
