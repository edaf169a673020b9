/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Devices that need no hardware.
 */
#include <lwk/device.h>
#include <lwk/errno.h>
#include <lwk/log.h>
#include <lwk/random.h>
#include <lwk/wire_device.h>
#include <string.h>

#define PIECE 256u

static long null_read(void *device, const struct io_buffer *to, uint64_t offset, unsigned flags)
{
	(void)device, (void)to, (void)offset, (void)flags;
	return 0;
}

static long swallow(void *device, const struct io_buffer *from, uint64_t offset, unsigned flags)
{
	(void)device, (void)offset, (void)flags;
	return (long)from->size;
}

static long zero_read(void *device, const struct io_buffer *to, uint64_t offset, unsigned flags)
{
	(void)device, (void)offset, (void)flags;
	return io_buffer_clear(to, 0, to->size) == 0 ? (long)to->size : -EFAULT;
}

static long random_read(void *device, const struct io_buffer *to, uint64_t offset, unsigned flags)
{
	uint8_t bytes[PIECE];

	(void)device, (void)offset, (void)flags;
	for (size_t done = 0; done < to->size;) {
		size_t piece = to->size - done < PIECE ? to->size - done : PIECE;

		random_fill(bytes, piece);
		if (io_buffer_put(to, done, bytes, piece) != 0)
			return -EFAULT;
		done += piece;
	}
	return (long)to->size;
}

/* Each line of a write becomes a line of the log. */
static long kmsg_write(void *device, const struct io_buffer *from, uint64_t offset, unsigned flags)
{
	char text[PIECE];
	size_t done = 0;

	(void)device, (void)offset, (void)flags;
	while (done < from->size) {
		size_t piece = from->size - done < PIECE ? from->size - done : PIECE;
		const char *newline;
		size_t length;

		if (io_buffer_get(from, done, text, piece) != 0)
			return -EFAULT;
		newline = memchr(text, '\n', piece);
		length = newline ? (size_t)(newline - text) : piece;
		if (length > 0)
			log_info("%.*s", (int)length, text);
		done += newline ? length + 1 : length;
	}
	return (long)from->size;
}

struct device {
	const char *path;
	struct device_ops ops;
};

#define MEMORY_MAJOR (1u << 8) /* Linux: admin-guide/devices.txt */

static const struct device devices[] = {
	{"/dev/null", {.number = MEMORY_MAJOR | 3, .read = null_read, .write = swallow}},
	{"/dev/zero", {.number = MEMORY_MAJOR | 5, .read = zero_read, .write = swallow}},
	{"/dev/urandom", {.number = MEMORY_MAJOR | 9, .read = random_read, .write = swallow}},
	{"/dev/random", {.number = MEMORY_MAJOR | 8, .read = random_read, .write = swallow}},
	{"/dev/kmsg", {.number = MEMORY_MAJOR | 11, .read = null_read, .write = kmsg_write}},
};

int basic_devices_init(void)
{
	int status = 0;

	for (size_t i = 0; i < ARRAY_SIZE(devices) && !status; i++)
		status = device_register(devices[i].path, &devices[i].ops, NULL);
	return status;
}
