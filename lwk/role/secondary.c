/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * In a VM that the primary schedules: the wire is a pair of rings in memory shared with it
 * (bulkhead/stream.h), the log goes to the hypervisor line by line. The primary is not trusted: a
 * ring that cannot be true ends the wire.
 */
#include <arch/memory.h>
#include <arch/mmu.h>
#include <arch/psci.h>
#include <arch/smccc.h>
#include <bulkhead/dt.h>
#include <bulkhead/ffa.h>
#include <bulkhead/stream.h>
#include <lib/ring.h>
#include <lwk/dt.h>
#include <lwk/errno.h>
#include <lwk/interrupt.h>
#include <lwk/log.h>
#include <lwk/role.h>
#include <lwk/wire_device.h>
#include <string.h>

static struct ring up, down;
static struct spinlock down_lock; /* of `down`: readers and has_input */
static struct wait_queue doorbell = WAIT_QUEUE_INIT(doorbell);

/* The primary runs again and looks at the rings. */
static void primary_wake(void)
{
	hypercall(FFA_YIELD, 0, 0);
}

/*
 * Whether the primary had taken all that was there before the last `bytes`: it may not look again by itself. Asked
 * after they were published, or it could take the rest and go to sleep between question and publication.
 */
static bool is_up_news(size_t bytes)
{
	int64_t space = ring_space(&up);

	return space >= 0 && (size_t)space + bytes >= STREAM_UP_SIZE;
}

/* All of it; a full ring is waited for by giving the core to the primary, which empties it. */
static int up_write(const void *data, size_t size)
{
	const uint8_t *from = data;

	while (size > 0) {
		int64_t written = ring_write(&up, from, size);

		if (written < 0)
			return -EIO;
		from += written;
		size -= (size_t)written;
		if (size > 0 || is_up_news((size_t)written))
			primary_wake();
	}
	return 0;
}

static int stream_send(const struct wire_header *header, const void *payload)
{
	int status = up_write(header, sizeof(*header));

	return status ? status : up_write(payload, header->length);
}

/* The primary that found the ring full waits for room; asked after the room was made, for the same reason. */
static long stream_receive(void *to, size_t size)
{
	uint64_t flags = spin_lock_irq(&down_lock);
	int64_t got = ring_read(&down, to, size);
	bool was_full = got > 0 && ring_fill(&down) + got >= STREAM_DOWN_SIZE;

	spin_unlock_irq(&down_lock, flags);
	if (was_full)
		primary_wake();
	return got < 0 ? -EIO : got;
}

static bool stream_has_input(void)
{
	uint64_t flags = spin_lock_irq(&down_lock);
	bool has_input = ring_fill(&down) != 0;

	spin_unlock_irq(&down_lock, flags);
	return has_input;
}

static void stream_interrupt(void *arg)
{
	(void)arg;
	wait_queue_wake_all(&doorbell);
}

static const struct wire_backend stream_backend = {
	.send = stream_send,
	.receive = stream_receive,
	.has_input = stream_has_input,
	.readable = &doorbell,
	.payload_max = WIRE_PAYLOAD_MAX,
};

/* The primary may ring as soon as we take interrupts: nobody waits yet, and all input is found when somebody does. */
static int secondary_init(void)
{
	interrupt_register(STREAM_DOORBELL_SGI, stream_interrupt, NULL);
	return 0;
}

static int secondary_start(void)
{
	int node = dt_find_compatible(-1, DT_STREAM_COMPATIBLE);
	struct stream_region *region;
	struct dt_reg reg;

	if (node < 0 || !dt_reg(node, 0, &reg) || reg.size < STREAM_REGION_SIZE)
		return -ENODEV;
	region = memory_map(reg.base, STREAM_REGION_SIZE);
	if (!region)
		return -ENOMEM;
	ring_init_producer(&up, &region->up, (char *)region + STREAM_UP_OFFSET, STREAM_UP_SIZE);
	ring_init_consumer(&down, &region->down, (char *)region + STREAM_DOWN_OFFSET,
			   STREAM_DOWN_SIZE);
	return wire_init(&stream_backend);
}

/* Characters in registers, six at eight bytes (FF-A 1.2, FFA_CONSOLE_LOG). */
static void secondary_log(const char *text, size_t size)
{
	while (size > 0) {
		size_t piece = size < FFA_CONSOLE_LOG_64_MAX ? size : FFA_CONSOLE_LOG_64_MAX;
		struct smccc call = {{FFA_CONSOLE_LOG_64, piece}};

		memcpy(&call.x[2], text, piece);
		smccc_hvc(&call);
		text += piece;
		size -= piece;
	}
}

const struct role role_secondary = {
	.name = DT_ROLE_SECONDARY,
	.init_files = {"/dev/wire/stdin", "/dev/wire/stdout", "/dev/wire/stderr"},
	.init = secondary_init,
	.start = secondary_start,
	.log_write = secondary_log,
	.power_off = psci_system_off,
};
