/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Messages to and from a co-kernel (bulkhead/exchange.h), and what has been answered. All with enclave->lock held. */
#ifndef COKERNEL_EXCHANGE_H
#define COKERNEL_EXCHANGE_H

#include <bulkhead/cokernel.h>
#include <bulkhead/exchange.h>
#include <lib/ring.h>

struct enclave;

struct exchange {
	struct ring up, down;
	u64 offered; /* address of the unit that is offered and not answered, 0: none */
	u32 offered_node;
	bool was_accepted;
	u32 wanted;                             /* units that are asked for and not answered */
	u32 coming;                             /* index of the core that is to come */
	u32 leaving;                            /* index of the core that is to leave, plus 1 */
	u32 region_waiting;                     /* slot that is to be answered, plus 1 */
	u32 region_asked[COKERNEL_REGIONS_MAX]; /* requests for a slot that are not answered */
	bool region_goes;                       /* it is to let go of it */
	bool region_refused;
};

void exchange_init(struct enclave *enclave);
/* -EAGAIN: no room; -EIO: the ring is broken. Rings. */
int exchange_send(struct enclave *enclave, u32 kind, u32 value, u64 address);
/* Takes what has come. */
void exchange_serve(struct enclave *enclave);
/* Whether the co-kernel has ended, or is about to be. */
bool exchange_is_over(const struct enclave *enclave);
/* Serves until `done(enclave)`: 0, -ETIMEDOUT, -EPIPE (it has ended), -EINTR. */
int exchange_wait(struct enclave *enclave, bool (*done)(const struct enclave *enclave));

#endif
