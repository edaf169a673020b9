/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stream region: memory that the primary owns and shares with one secondary, through which the job's
 * streams pass as wire frames (wire.h). Two SPSC byte rings (lib/ring.h), zeroed by the hypervisor at boot:
 *
 *   offset 0             struct stream_region
 *   STREAM_UP_OFFSET     data of `up` (VM to primary)
 *   STREAM_DOWN_OFFSET   data of `down` (primary to VM); the sizes are powers of two
 *
 * Doorbell up: the VM calls FFA_YIELD after it wrote into an empty ring, and whenever the ring is full.
 * Doorbell down: the primary injects STREAM_DOORBELL_SGI into vCPU 0 after it wrote.
 */
#ifndef BULKHEAD_STREAM_H
#define BULKHEAD_STREAM_H

#include <assert.h>
#include <stdint.h>

#define STREAM_DOORBELL_SGI 8
#define STREAM_REGION_SIZE  (64u * 4096u)
#define STREAM_UP_OFFSET    (16u * 4096u)
#define STREAM_UP_SIZE      (32u * 4096u)
#define STREAM_DOWN_OFFSET  (48u * 4096u)
#define STREAM_DOWN_SIZE    (16u * 4096u)

/* Indices count bytes since the start and wrap at 2^32; each is written by one side only. */
struct ring_shared {
	uint32_t head; /* written by the producer */
	uint8_t pad0[60];
	uint32_t tail; /* written by the consumer */
	uint8_t pad1[60];
};
static_assert(sizeof(struct ring_shared) == 128, "a cache line a side");

struct stream_region {
	struct ring_shared up;
	struct ring_shared down;
	uint32_t
		signals; /* bit n: signal n for the VM's init; the primary sets bits and rings, the VM takes them */
};

#endif
