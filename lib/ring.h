/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Single-producer single-consumer byte ring in memory shared with a peer that is not trusted. Each
 * side keeps its own index privately and reads the peer's index once per call; an index that cannot
 * be true (more bytes than the ring holds) is BH_ECORRUPT, for good. The peer can spoil the bytes,
 * never make us touch memory outside.
 */
#ifndef LIB_RING_H
#define LIB_RING_H

#include <bulkhead/stream.h>
#include <stdbool.h>
#include <stddef.h>

struct ring {
	struct ring_shared *shared;
	uint8_t *data;
	uint32_t size;  /* bytes, a power of two */
	uint32_t index; /* ours: head for a producer, tail for a consumer */
	bool corrupt;
};

/* starts at the shared index of our side as it stands (both sides zero at boot) */
void ring_init_producer(struct ring *ring, struct ring_shared *shared, void *data, uint32_t size);
void ring_init_consumer(struct ring *ring, struct ring_shared *shared, void *data, uint32_t size);
/* bytes moved, 0 when full or empty, or BH_ECORRUPT */
int64_t ring_write(struct ring *ring, const void *from, size_t bytes);
int64_t ring_read(struct ring *ring, void *to, size_t bytes);
int64_t ring_space(struct ring *ring); /* producer: bytes that fit now */
int64_t ring_fill(struct ring *ring);  /* consumer: bytes that wait */

#endif
