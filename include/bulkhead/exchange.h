/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the primary's kernel and a VM's kernel agree on memory that the VM gets or gives back while it runs, in units of 2 MiB: messages in
 * two rings that lie in the stream region (bulkhead/stream.h) behind its rings' indices. They are hints only, as either side may lie: what
 * the VM may take it asks the hypervisor (BH_MEMORY_ACCEPT), and the primary whether the VM has let go (BH_MEMORY_TAKE).
 *
 * Doorbells: down, EXCHANGE_SGI into vCPU 0; up, FFA_YIELD.
 */
#ifndef BULKHEAD_EXCHANGE_H
#define BULKHEAD_EXCHANGE_H

#include <assert.h>
#include <bulkhead/stream.h>

#define EXCHANGE_SGI       9
#define EXCHANGE_OFFSET    4096u
#define EXCHANGE_RING_SIZE 1024u /* a power of two */

enum exchange_kind {
	/* down */
	EXCHANGE_OFFER = 1, /* the unit at `address`, of node `value`, may be accepted */
	EXCHANGE_WANT = 2,  /* give back up to `value` units */
	/* up, one for each OFFER; for a WANT one RELEASED for each unit, or one NO_MORE for all that are missing */
	EXCHANGE_ACCEPTED = 3,
	EXCHANGE_REFUSED = 4,
	EXCHANGE_RELEASED = 5, /* the unit at `address` */
	EXCHANGE_NO_MORE = 6   /* `value` units are missing */
};

struct exchange_message {
	uint32_t kind; /* enum exchange_kind */
	uint32_t value;
	uint64_t address;
};
static_assert(sizeof(struct exchange_message) == 16, "divides the ring: it is whole or not there");

struct exchange_region {
	struct ring_shared up;
	struct ring_shared down;
	uint8_t up_data[EXCHANGE_RING_SIZE];
	uint8_t down_data[EXCHANGE_RING_SIZE];
};
static_assert(EXCHANGE_OFFSET + sizeof(struct exchange_region) <= STREAM_UP_OFFSET,
	      "before the streams");
static_assert(EXCHANGE_OFFSET >= sizeof(struct stream_region), "behind the indices");

#endif
