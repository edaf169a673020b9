/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pipes: a node without a name, and a buffer between the open files that read and those that write.
 */
#ifndef LWK_FS_PIPE_H
#define LWK_FS_PIPE_H

#include <lwk/fs_node.h>

#define PIPE_SIZE   65536u
#define PIPE_ATOMIC 4096u /* PIPE_BUF: a write of no more is never mixed with another's */

struct pipe_node {
	struct node node;
	struct wait_queue changed; /* bytes, room, or one side gone */
	uint8_t *buffer;           /* PIPE_SIZE bytes, under node.lock */
	uint32_t head, tail; /* bytes ever written and read; they wrap. Written under node.lock */
	unsigned readers, writers; /* open files that do so; atomic */
};

/* A pipe that both sides have opened once. NULL: no memory. */
struct pipe_node *pipe_create(void);
/* One more open file, or one less; the node stays the caller's. */
void pipe_open(struct pipe_node *pipe, bool reads, bool writes);
void pipe_close(struct pipe_node *pipe, bool reads, bool writes);
/* Bytes, 0 at the end, -EAGAIN, -EFAULT, -ERESTARTSYS; -EPIPE when nobody reads (the signal is the caller's task). */
long pipe_read(struct pipe_node *pipe, const struct io_buffer *to, bool nonblock);
long pipe_write(struct pipe_node *pipe, const struct io_buffer *from, bool nonblock);
uint32_t pipe_fill(const struct pipe_node *pipe); /* bytes in it */
unsigned pipe_poll(struct pipe_node *pipe, bool writes, struct poll_table *table);

static inline struct pipe_node *node_pipe(struct node *node)
{
	return (struct pipe_node *)(void *)node;
}

#endif
