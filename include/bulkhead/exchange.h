/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the primary's kernel and a VM's kernel agree on memory that the VM gets or gives back while it runs, in units of 2 MiB: messages in
 * two rings that lie in the stream region (bulkhead/stream.h) behind its rings' indices. They are hints only, as either side may lie: what
 * the VM may take it asks the hypervisor (BH_MEMORY_ACCEPT), and the primary whether the VM has let go (BH_MEMORY_TAKE).
 * Doorbells: down, EXCHANGE_SGI into vCPU 0; up, FFA_YIELD.
 *
 * Linux's module and a co-kernel (bulkhead/cokernel.h) say the same to each other, with cokernel.h's doorbells. What is offered there is the
 * co-kernel's at once, if it accepts; what it says it has released it has forgotten, in all its tables and TLBs. They also agree on cores,
 * vectors and shared regions, whose tables are in struct cokernel_shared. Requests of one kind are answered in their order.
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
	EXCHANGE_NO_MORE = 6,  /* `value` units are missing */

	/* Of co-kernels only. Down: */
	EXCHANGE_CORE_COMES =
		16, /* core `value` (index into cores[]) enters now; its state tells */
	EXCHANGE_CORE_LEAVES =
		17, /* give up core `value`: its state becomes DOWN, and then CORE_LEFT; or CORE_STAYS */
	EXCHANGE_REGION_COMES =
		18, /* slot `value` of regions[] is filled: REGION_TAKEN or REGION_REFUSED */
	EXCHANGE_REGION_GOES =
		19, /* forget slot `value`, also where programs have it mapped: REGION_LEFT */
	EXCHANGE_VECTOR_IS = 20, /* for VECTOR_WANT: `value` is the vector, 0: there is none */
	/* an enclave that has the region in slot `value`, too, has ended; `address`: its id, and its cause (fault.h) << 32. No answer */
	EXCHANGE_REGION_ENDED = 21,
	/* Up: answers, then what a co-kernel asks for by itself */
	EXCHANGE_CORE_LEFT = 32,
	EXCHANGE_CORE_STAYS = 33,
	EXCHANGE_REGION_TAKEN = 34,
	EXCHANGE_REGION_REFUSED = 35,
	EXCHANGE_REGION_LEFT = 36,
	EXCHANGE_VECTOR_WANT = 37, /* a vector that others may send to core `value` */
	EXCHANGE_VECTOR_FREE = 38  /* `value` is not used any more */
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
