/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Taking frames apart. Bytes are pulled from the backend only when a reader wants some, so that
 * what is not read stays with the sender. Bytes that are no frame, and frames of other channels,
 * are skipped. input_lock guards the state of the parser.
 */
#include <lwk/errno.h>
#include <lwk/mutex.h>
#include <lwk/wire_input.h>
#include <string.h>

#define PIECE 512u

static const struct wire_backend *backend;
static struct mutex input_lock = MUTEX_INIT(input_lock);

static struct {
	uint8_t header[sizeof(struct wire_header)];
	size_t header_have;
	size_t payload_left;  /* of the frame that is being read */
	bool is_stdin;        /* it is one of ours */
	bool is_ended;        /* end of file, or the other side is broken */
	uint8_t bytes[PIECE]; /* payload that waits for a reader */
	size_t at, have;
} input;

void wire_input_init(const struct wire_backend *with)
{
	backend = with;
}

static void header_complete(void)
{
	struct wire_header header;

	memcpy(&header, input.header, sizeof(header));
	input.header_have = 0;
	if (header.channel >= WIRE_CHANNELS || header.length > WIRE_PAYLOAD_MAX)
		return;
	input.is_stdin = header.channel == WIRE_STDIN && header.vm == 0;
	input.payload_left = header.length;
	if (input.is_stdin && header.length == 0)
		input.is_ended = true;
}

/* One step; false when nothing has come. */
static bool input_step(void)
{
	uint8_t *to = input.bytes;
	size_t want = input.payload_left < PIECE ? input.payload_left : PIECE;
	long got;

	if (input.payload_left == 0) {
		to = input.header + input.header_have;
		want = input.header_have == 0 ? 1 : sizeof(input.header) - input.header_have;
	}
	got = backend->receive(to, want);
	if (got < 0)
		input.is_ended = true;
	if (got <= 0)
		return false;
	if (input.payload_left > 0) {
		input.payload_left -= (size_t)got;
		input.at = 0;
		input.have = input.is_stdin ? (size_t)got : 0;
	} else if (input.header_have > 0 || input.header[0] == WIRE_START) {
		input.header_have += (size_t)got;
		if (input.header_have == sizeof(input.header))
			header_complete();
	}
	return true;
}

/* Whether there is something for a reader: bytes, or the end. */
static bool input_look(void)
{
	bool is_ready;

	mutex_lock(&input_lock);
	while (input.at == input.have && !input.is_ended && input_step())
		;
	is_ready = input.at < input.have || input.is_ended;
	mutex_unlock(&input_lock);
	return is_ready;
}

/* 0: the end; -EAGAIN: another thread was first */
static long input_take(const struct io_buffer *to)
{
	size_t done = 0;
	int status = 0;
	bool is_left;

	mutex_lock(&input_lock);
	while (done < to->size && !status) {
		size_t bytes = input.have - input.at;

		if (bytes == 0) {
			if (input.is_ended || !input_step())
				break;
			continue;
		}
		bytes = bytes < to->size - done ? bytes : to->size - done;
		status = io_buffer_put(to, done, input.bytes + input.at, bytes);
		if (status == 0) {
			input.at += bytes;
			done += bytes;
		}
	}
	if (done == 0 && !status && !input.is_ended)
		status = -EAGAIN;
	is_left = input.at < input.have || input.is_ended || backend->has_input();
	mutex_unlock(&input_lock);
	if (is_left) /* others may have slept since before it came */
		wait_queue_wake_all(backend->readable);
	return done > 0 ? (long)done : status;
}

long wire_input_read(const struct io_buffer *to, bool nonblock)
{
	long got;

	if (to->size == 0)
		return 0;
	while ((got = input_take(to)) == -EAGAIN && !nonblock) {
		if (wait_queue_sleep(backend->readable, input_look(), WAIT_FOREVER) != 0)
			return -ERESTARTSYS;
	}
	return got;
}

unsigned wire_input_poll(struct poll_table *table)
{
	poll_wait(table, backend->readable);
	return input_look() ? POLL_IN : 0;
}

long wire_input_read_raw(const struct io_buffer *to, bool nonblock)
{
	uint8_t bytes[PIECE];
	long got;

	if (to->size == 0)
		return 0;
	if (!backend->has_input()) {
		if (nonblock)
			return -EAGAIN;
		if (wait_queue_sleep(backend->readable, backend->has_input(), WAIT_FOREVER) != 0)
			return -ERESTARTSYS;
	}
	got = backend->receive(bytes, to->size < PIECE ? to->size : PIECE);
	if (got > 0 && io_buffer_put(to, 0, bytes, (size_t)got) != 0)
		return -EFAULT;
	return got;
}
