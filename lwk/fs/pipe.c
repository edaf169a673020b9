/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pipes. The node's lock guards the buffer while bytes are copied, and is not held while somebody waits: those who wait peek
 * at the counters, which are therefore read and written atomically.
 */
#include <lwk/errno.h>
#include <lwk/fs_pipe.h>
#include <lwk/heap.h>

struct pipe_node *pipe_create(void)
{
	struct pipe_node *pipe = node_create(NODE_PIPE, sizeof(*pipe), 0600);

	if (!pipe)
		return NULL;
	pipe->buffer = kmalloc(PIPE_SIZE);
	if (!pipe->buffer) {
		node_put(&pipe->node);
		return NULL;
	}
	wait_queue_init(&pipe->changed);
	pipe->node.links = 1;
	pipe->readers = 1;
	pipe->writers = 1;
	return pipe;
}

void pipe_open(struct pipe_node *pipe, bool reads, bool writes)
{
	__atomic_add_fetch(&pipe->readers, reads, __ATOMIC_RELAXED);
	__atomic_add_fetch(&pipe->writers, writes, __ATOMIC_RELAXED);
}

void pipe_close(struct pipe_node *pipe, bool reads, bool writes)
{
	__atomic_sub_fetch(&pipe->readers, reads, __ATOMIC_RELAXED);
	__atomic_sub_fetch(&pipe->writers, writes, __ATOMIC_RELAXED);
	wait_queue_wake_all(&pipe->changed);
}

uint32_t pipe_fill(const struct pipe_node *pipe)
{
	return __atomic_load_n(&pipe->head, __ATOMIC_RELAXED) -
	       __atomic_load_n(&pipe->tail, __ATOMIC_RELAXED);
}

static bool has_no_readers(const struct pipe_node *pipe)
{
	return __atomic_load_n(&pipe->readers, __ATOMIC_RELAXED) == 0;
}

static bool has_no_writers(const struct pipe_node *pipe)
{
	return __atomic_load_n(&pipe->writers, __ATOMIC_RELAXED) == 0;
}

/* Up to `bytes` bytes from the pipe to the buffer, or -EFAULT and none; caller holds the lock. */
static long take(struct pipe_node *pipe, const struct io_buffer *to, size_t bytes)
{
	size_t done = 0;

	if (bytes > pipe_fill(pipe))
		bytes = pipe_fill(pipe);
	while (done < bytes) {
		uint32_t at = (pipe->tail + (uint32_t)done) % PIPE_SIZE;
		size_t piece = bytes - done < PIPE_SIZE - at ? bytes - done : PIPE_SIZE - at;

		if (io_buffer_put(to, done, pipe->buffer + at, piece))
			return -EFAULT;
		done += piece;
	}
	__atomic_store_n(&pipe->tail, pipe->tail + (uint32_t)done, __ATOMIC_RELAXED);
	return (long)done;
}

/* the same into the pipe, from `offset` in the buffer on */
static long give(struct pipe_node *pipe, const struct io_buffer *from, size_t offset, size_t bytes)
{
	size_t done = 0;

	if (bytes > PIPE_SIZE - pipe_fill(pipe))
		bytes = PIPE_SIZE - pipe_fill(pipe);
	while (done < bytes) {
		uint32_t at = (pipe->head + (uint32_t)done) % PIPE_SIZE;
		size_t piece = bytes - done < PIPE_SIZE - at ? bytes - done : PIPE_SIZE - at;

		if (io_buffer_get(from, offset + done, pipe->buffer + at, piece))
			return -EFAULT;
		done += piece;
	}
	__atomic_store_n(&pipe->head, pipe->head + (uint32_t)done, __ATOMIC_RELAXED);
	return (long)done;
}

long pipe_read(struct pipe_node *pipe, const struct io_buffer *to, bool nonblock)
{
	long done = 0;
	int error = 0;

	if (to->size == 0)
		return 0;
	do {
		mutex_lock(&pipe->node.lock);
		bool at_end = has_no_writers(pipe) && pipe_fill(pipe) == 0;
		done = take(pipe, to, to->size);
		mutex_unlock(&pipe->node.lock);
		if (done || at_end)
			break;
		if (nonblock)
			return -EAGAIN;
		error = wait_queue_sleep(&pipe->changed, pipe_fill(pipe) || has_no_writers(pipe),
					 WAIT_FOREVER);
	} while (!error);
	if (done > 0)
		wait_queue_wake_all(&pipe->changed);
	return error ? error : done;
}

/* a write that must not be cut needs room for all of it */
static bool has_room(const struct pipe_node *pipe, size_t bytes)
{
	return PIPE_SIZE - pipe_fill(pipe) >= (bytes <= PIPE_ATOMIC ? bytes : 1);
}

/* one step of a write: bytes, 0 when there is no room, -EPIPE, -EFAULT */
static long write_some(struct pipe_node *pipe, const struct io_buffer *from, size_t done)
{
	size_t bytes = from->size - done;
	long moved = 0;

	mutex_lock(&pipe->node.lock);
	if (has_no_readers(pipe))
		moved = -EPIPE;
	else if (has_room(pipe, bytes))
		moved = give(pipe, from, done, bytes);
	mutex_unlock(&pipe->node.lock);
	if (moved > 0)
		wait_queue_wake_all(&pipe->changed);
	return moved;
}

long pipe_write(struct pipe_node *pipe, const struct io_buffer *from, bool nonblock)
{
	size_t done = 0;

	while (done < from->size) {
		long moved = write_some(pipe, from, done);

		if (moved == 0 && nonblock)
			moved = -EAGAIN;
		if (moved == 0)
			moved = wait_queue_sleep(&pipe->changed,
						 has_room(pipe, from->size - done) ||
							 has_no_readers(pipe),
						 WAIT_FOREVER);
		if (moved < 0)
			return done ? (long)done : moved;
		done += (size_t)moved;
	}
	return (long)done;
}

unsigned pipe_poll(struct pipe_node *pipe, bool writes, struct poll_table *table)
{
	unsigned ready;

	poll_wait(table, &pipe->changed);
	if (writes) {
		ready = has_room(pipe, PIPE_ATOMIC) ? POLL_OUT : 0;
		return ready | (has_no_readers(pipe) ? POLL_ERR : 0);
	}
	ready = pipe_fill(pipe) ? POLL_IN : 0;
	return ready | (has_no_writers(pipe) ? POLL_HUP : 0);
}
