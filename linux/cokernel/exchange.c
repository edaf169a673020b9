// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See exchange.h. An answer that nobody asked for, or that cannot be true, is passed over: it harms only who sent it. */
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include "enclave.h"
#include "protect.h"
#include "regions.h"

#define ANSWER_LIMIT   msecs_to_jiffies(10000)
#define SERVE_MESSAGES 256u /* at once: a co-kernel that never stops must not keep us */

void exchange_init(struct enclave *enclave)
{
	struct exchange_region *region = (struct exchange_region *)(enclave->shared->streams +
								    EXCHANGE_OFFSET);

	ring_init_consumer(&enclave->exchange.up, &region->up, region->up_data, EXCHANGE_RING_SIZE);
	ring_init_producer(&enclave->exchange.down, &region->down, region->down_data,
			   EXCHANGE_RING_SIZE);
}

int exchange_send(struct enclave *enclave, u32 kind, u32 value, u64 address)
{
	struct exchange_message message = {kind, value, address};
	struct ring *down = &enclave->exchange.down;
	s64 space = ring_space(down);

	if (space < 0)
		return -EIO;
	if (space < (s64)sizeof(message))
		return -EAGAIN;
	(void)ring_write(down, &message, sizeof(message));
	enclave_ring(enclave);
	return 0;
}

static void unit_answered(struct enclave *enclave, u64 address, bool is_accepted)
{
	struct exchange *exchange = &enclave->exchange;

	if (address == 0 || address != exchange->offered)
		return;
	exchange->offered = 0;
	exchange->was_accepted = is_accepted &&
				 !memory_add(&enclave->memory, address, 1, exchange->offered_node);
	if (!is_accepted && protect_unmap(enclave, address, ENCLAVE_UNIT))
		exchange->offered = address; /* a core may still reach it: it stays out */
	else if (!is_accepted)
		memory_give(address, 1);
}

/* The unit is Linux's again at once: the co-kernel says that no core of its can reach it any more. */
static void unit_released(struct enclave *enclave, u64 address)
{
	if (!memory_has(&enclave->memory, address, ENCLAVE_UNIT) || load_needs(enclave, address))
		return;
	/* in more pieces than there is room for, it stays in the ledger until the end; as it does when a core may still reach it */
	if (!protect_unmap(enclave, address, ENCLAVE_UNIT) &&
	    !memory_remove(&enclave->memory, address))
		memory_give(address, 1);
	if (enclave->exchange.wanted > 0)
		enclave->exchange.wanted--;
}

/* That it has left it says by the core's state. */
static void core_answered(struct enclave *enclave, u32 index)
{
	struct exchange *exchange = &enclave->exchange;

	if (exchange->leaving != 0 && index == exchange->leaving - 1)
		exchange->leaving = 0;
}

/* An answer to what is asked now: a late one, to what was asked of the same slot before, is none. They come in the order of what was asked. */
static void region_answered(struct enclave *enclave, u32 slot, u32 kind)
{
	struct exchange *exchange = &enclave->exchange;

	if (slot >= COKERNEL_REGIONS_MAX || exchange->region_asked[slot] == 0 ||
	    --exchange->region_asked[slot] > 0)
		return;
	if (exchange->region_waiting == 0 || slot != exchange->region_waiting - 1 ||
	    exchange->region_goes != (kind == EXCHANGE_REGION_LEFT))
		return;
	exchange->region_waiting = 0;
	exchange->region_refused = kind == EXCHANGE_REGION_REFUSED;
}

static void take_message(struct enclave *enclave, const struct exchange_message *message)
{
	struct exchange *exchange = &enclave->exchange;

	switch (message->kind) {
	case EXCHANGE_ACCEPTED:
	case EXCHANGE_REFUSED:
		unit_answered(enclave, message->address, message->kind == EXCHANGE_ACCEPTED);
		break;
	case EXCHANGE_RELEASED:
		unit_released(enclave, message->address);
		break;
	case EXCHANGE_NO_MORE:
		exchange->wanted -= min(exchange->wanted, message->value);
		break;
	case EXCHANGE_CORE_LEFT:
	case EXCHANGE_CORE_STAYS:
		core_answered(enclave, message->value);
		break;
	case EXCHANGE_REGION_TAKEN:
	case EXCHANGE_REGION_LEFT:
	case EXCHANGE_REGION_REFUSED:
		region_answered(enclave, message->value, message->kind);
		break;
	case EXCHANGE_VECTOR_WANT:
		(void)exchange_send(enclave, EXCHANGE_VECTOR_IS,
				    vector_for_core(enclave, message->value), 0);
		break;
	case EXCHANGE_VECTOR_FREE:
		vector_let_go(enclave, message->value);
		break;
	default:
		break;
	}
}

void exchange_serve(struct enclave *enclave)
{
	struct ring *up = &enclave->exchange.up;
	struct exchange_message message;

	for (unsigned int i = 0; i < SERVE_MESSAGES; i++) {
		if (ring_fill(up) < (s64)sizeof(message))
			return;
		if (ring_read(up, &message, sizeof(message)) != sizeof(message))
			return;
		take_message(enclave, &message);
	}
}

bool exchange_is_over(const struct enclave *enclave)
{
	return READ_ONCE(enclave->shared->end) != COKERNEL_LIVES ||
	       atomic_read(&enclave->enders) > 0;
}

int exchange_wait(struct enclave *enclave, bool (*done)(const struct enclave *enclave))
{
	unsigned long end = jiffies + ANSWER_LIMIT;

	for (;;) {
		exchange_serve(enclave);
		if (done(enclave))
			return 0;
		if (exchange_is_over(enclave))
			return -EPIPE;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		wait_event_timeout(enclave->changed,
				   ring_fill(&enclave->exchange.up) >=
						   (s64)sizeof(struct exchange_message) ||
					   atomic_read(&enclave->enders) > 0,
				   msecs_to_jiffies(20));
	}
}
