/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * This kernel's side of bulkhead/exchange.h.
 */
#ifndef LWK_ROLE_MEMORY_EXCHANGE_H
#define LWK_ROLE_MEMORY_EXCHANGE_H

#include <bulkhead/exchange.h>
#include <bulkhead/types.h>

/* What the role does about a unit of 2 MiB at a physical address. */
struct exchange_peer {
	void (*wake)(void);               /* makes the peer look at the rings */
	bool (*accept)(uint64_t address); /* whether an offered unit may be used; then it is ours */
	bool (*release)(uint64_t address); /* gives up a unit that nothing here uses any more */
	/* messages that are not about memory; NULL: there are none */
	void (*other)(const struct exchange_message *message);
};

/* Once, with the mapped stream region. 0 or -ENOMEM. */
int memory_exchange_start(void *stream_region, const struct exchange_peer *peer);
/* From threads; whoever answers nobody's request rings himself. false: the ring is broken. */
bool memory_exchange_tell(uint32_t kind, uint32_t value, uint64_t address);
/* The peer has rung; any time, from an interrupt handler. */
void memory_exchange_doorbell(void);

#endif
