/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writing channels of the wire, and the raw device. A write is cut in frames; send_lock keeps
 * frames whole and guards the bounce buffer that user bytes pass through.
 */
#include <lwk/device.h>
#include <lwk/errno.h>
#include <lwk/mutex.h>
#include <lwk/wire_device.h>
#include <lwk/wire_input.h>

static const struct wire_backend *backend;
static struct mutex send_lock = MUTEX_INIT(send_lock);
static uint8_t bounce[WIRE_PAYLOAD_MAX];

/* what a device of ours is: its channel */
static const uint8_t channel_ids[WIRE_CHANNELS] = {0, 1, 2, 3, 4, 5, 6};

static int send_locked(const struct io_buffer *from, size_t offset,
		       const struct wire_header *header)
{
	if (io_buffer_get(from, offset, bounce, header->length) != 0)
		return -EFAULT;
	return backend->send(header, bounce);
}

static long channel_write(void *device, const struct io_buffer *from, uint64_t offset,
			  unsigned flags)
{
	size_t done = 0;
	int status = 0;

	(void)offset, (void)flags;
	mutex_lock(&send_lock);
	while (done < from->size && !status) {
		size_t left = from->size - done;
		struct wire_header header = {
			.start = WIRE_START,
			.channel = *(const uint8_t *)device,
			.length = (uint16_t)(left < backend->payload_max ? left
									 : backend->payload_max),
		};

		status = send_locked(from, done, &header);
		if (status == 0)
			done += header.length;
	}
	mutex_unlock(&send_lock);
	return done > 0 ? (long)done : status;
}

static long input_read(void *device, const struct io_buffer *to, uint64_t offset, unsigned flags)
{
	(void)device, (void)offset;
	return wire_input_read(to, flags & DEVICE_NONBLOCK);
}

static unsigned input_poll(void *device, struct poll_table *table)
{
	(void)device;
	return wire_input_poll(table);
}

static long raw_read(void *device, const struct io_buffer *to, uint64_t offset, unsigned flags)
{
	(void)device, (void)offset;
	return wire_input_read_raw(to, flags & DEVICE_NONBLOCK);
}

static unsigned raw_poll(void *device, struct poll_table *table)
{
	(void)device;
	poll_wait(table, backend->readable);
	return POLL_OUT | (backend->has_input() ? POLL_IN : 0);
}

static int raw_frame_send(const struct io_buffer *from, size_t offset, size_t *size)
{
	struct wire_header header;

	if (from->size - offset < sizeof(header))
		return -EINVAL;
	if (io_buffer_get(from, offset, &header, sizeof(header)) != 0)
		return -EFAULT;
	*size = sizeof(header) + header.length;
	if (header.start != WIRE_START || header.channel >= WIRE_CHANNELS ||
	    header.length > WIRE_PAYLOAD_MAX || from->size - offset < *size)
		return -EINVAL;
	return send_locked(from, offset + sizeof(header), &header);
}

static long raw_write(void *device, const struct io_buffer *from, uint64_t offset, unsigned flags)
{
	size_t done = 0, size = 0;
	int status = 0;

	(void)device, (void)offset, (void)flags;
	mutex_lock(&send_lock);
	while (done < from->size && !status) {
		status = raw_frame_send(from, done, &size);
		if (status == 0)
			done += size;
	}
	mutex_unlock(&send_lock);
	return done > 0 ? (long)done : status;
}

static const struct device_ops output_ops = {.write = channel_write};
static const struct device_ops input_ops = {.read = input_read, .poll = input_poll};
static const struct device_ops raw_ops = {.read = raw_read, .write = raw_write, .poll = raw_poll};

int wire_init(const struct wire_backend *with)
{
	static const char *const outputs[WIRE_CHANNELS] = {
		[WIRE_STDOUT] = "/dev/wire/stdout", [WIRE_STDERR] = "/dev/wire/stderr",
		[WIRE_EXIT] = "/dev/wire/exit",     [WIRE_FILES] = "/dev/wire/files",
		[WIRE_REPORT] = "/dev/wire/report", [WIRE_CALLS] = "/dev/wire/calls",
	};
	int status = device_register("/dev/wire/stdin", &input_ops, NULL);

	backend = with;
	wire_input_init(with);
	for (unsigned i = 0; i < WIRE_CHANNELS && !status; i++) {
		if (outputs[i]) /* the operations take their device read-only */
			status = device_register(outputs[i], &output_ops, (void *)&channel_ids[i]);
	}
	return status;
}

int wire_init_raw(void)
{
	return device_register("/dev/wire/raw", &raw_ops, NULL);
}
