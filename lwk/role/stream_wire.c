/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The wire is a pair of rings in memory shared with the peer, under locks of the wire (sending) and of its own (receiving). The
 * peer is not trusted: a ring that cannot be true ends the wire.
 */
#include <role/stream_wire.h>

#include <bulkhead/stream.h>
#include <lib/ring.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/thread.h>
#include <lwk/wire_device.h>

#define INIT_PID 1
/* between looks whether init has started the job, while a signal waits for that */
#define JOB_LOOK_NS UINT64_C(1000000)

/* between looks whether there is room, which the peer need not tell */
#define ROOM_LOOK_NS UINT64_C(1000000)

static struct ring up, down;
static struct spinlock down_lock; /* of `down`: readers and has_input */
static struct wait_queue doorbell = WAIT_QUEUE_INIT(doorbell);
static struct wait_queue signalled = WAIT_QUEUE_INIT(signalled);
static struct stream_region *region;
static void (*ring_peer)(void);

/*
 * Whether the peer had taken all that was there before the last `bytes`: it may not look again by itself. Asked
 * after they were published, or it could take the rest and go to sleep between question and publication.
 */
static bool is_up_news(size_t bytes)
{
	int64_t space;

	/* what we published before what the peer took */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	space = ring_space(&up);
	return space >= 0 && (size_t)space + bytes >= STREAM_UP_SIZE;
}

/* The peer empties the ring and rings, or not: then we see it by ourselves. Whoever sends is not interrupted by signals. */
static void wait_for_room(void)
{
	struct wait_entry entry;

	ring_peer();
	wait_queue_add(&doorbell, &entry);
	while (ring_space(&up) == 0)
		(void)thread_park_always(time_now_ns() + ROOM_LOOK_NS);
	wait_queue_remove(&doorbell, &entry);
}

/* All of it. */
static int up_write(const void *data, size_t size)
{
	const uint8_t *from = data;

	while (size > 0) {
		int64_t written = ring_write(&up, from, size);

		if (written < 0)
			return -EIO;
		from += written;
		size -= (size_t)written;
		if (size > 0)
			wait_for_room();
		else if (is_up_news((size_t)written))
			ring_peer();
	}
	return 0;
}

static int stream_send(const struct wire_header *header, const void *payload)
{
	int status = up_write(header, sizeof(*header));

	return status ? status : up_write(payload, header->length);
}

/* The peer that found the ring full waits for room; asked after the room was made, for the same reason. */
static long stream_receive(void *to, size_t size)
{
	uint64_t flags = spin_lock_irq(&down_lock);
	int64_t got = ring_read(&down, to, size);
	bool was_full;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	was_full = got > 0 && ring_fill(&down) + got >= STREAM_DOWN_SIZE;
	spin_unlock_irq(&down_lock, flags);
	if (was_full)
		ring_peer();
	return got < 0 ? -EIO : got;
}

static bool stream_has_input(void)
{
	uint64_t flags = spin_lock_irq(&down_lock);
	bool has_input = ring_fill(&down) != 0;

	spin_unlock_irq(&down_lock, flags);
	return has_input;
}

void stream_wire_doorbell(void)
{
	wait_queue_wake_all(&doorbell);
	if (region && __atomic_load_n(&region->signals, __ATOMIC_RELAXED) != 0)
		wait_queue_wake_all(&signalled);
}

/* Signals that the peer has for init: as kill(2) by nobody. */
static void init_signal(uint32_t signals)
{
	struct process *init;

	spin_lock(&process_lock);
	init = process_find(INIT_PID);
	for (int signal = 1; init && signal < 32; signal++) {
		const struct signal_info info = {.signo = signal, .code = SI_USER};

		if (signals >> signal & 1)
			signal_send(init, NULL, &info);
	}
	spin_unlock(&process_lock);
}

/* Before that nobody would pass a signal on. */
static bool has_job(void)
{
	struct process *init;
	bool has_child;

	spin_lock(&process_lock);
	init = process_find(INIT_PID);
	has_child = init && !list_is_empty(&init->children);
	spin_unlock(&process_lock);
	return has_child;
}

/* Sleeps until there are some: the handler of the doorbell may not look for processes. */
static void signal_thread(void *arg)
{
	(void)arg;
	for (;;) {
		wait_queue_sleep(&signalled,
				 __atomic_load_n(&region->signals, __ATOMIC_RELAXED) != 0,
				 WAIT_FOREVER);
		while (wait_queue_sleep(&signalled, has_job(), time_now_ns() + JOB_LOOK_NS) != 0)
			;
		init_signal(__atomic_exchange_n(&region->signals, 0, __ATOMIC_ACQUIRE));
	}
}

static const struct wire_backend stream_backend = {
	.send = stream_send,
	.receive = stream_receive,
	.has_input = stream_has_input,
	.readable = &doorbell,
	.payload_max = WIRE_PAYLOAD_MAX,
};

int stream_wire_start(void *memory, void (*ring)(void))
{
	ring_peer = ring;
	ring_init_consumer(&down, &((struct stream_region *)memory)->down,
			   (char *)memory + STREAM_DOWN_OFFSET, STREAM_DOWN_SIZE);
	ring_init_producer(&up, &((struct stream_region *)memory)->up,
			   (char *)memory + STREAM_UP_OFFSET, STREAM_UP_SIZE);
	region = memory;
	if (!thread_create_kernel("signals", core_self()->index, signal_thread, NULL))
		return -ENOMEM;
	return wire_init(&stream_backend);
}
