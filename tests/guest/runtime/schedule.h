/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A scheduler for the vCPUs of one peer, by the contract of bulkhead/hypercall.h: each is run when
 * it is ready, has been woken up, or its deadline has come. vCPU i stays on core i modulo the
 * number of cores, unless it is told to move.
 */
#ifndef TESTS_GUEST_SCHEDULE_H
#define TESTS_GUEST_SCHEDULE_H

#include <tests/guest/runtime/remote.h>

struct schedule {
	unsigned cores;      /* workers_start was called for them */
	uint64_t quantum_us; /* of the primary's timer */
	bool migrate;        /* a vCPU runs on another core each time */
	uint64_t limit_us;
};

/*
 * Sends a request to vCPU 0 and runs all vCPUs until it is answered and the others are off. As
 * remote_call; REMOTE_HUNG when the limit has passed.
 */
struct remote remote_schedule(struct peer *peer, remote_fn function, uint64_t a, uint64_t b,
			      const struct schedule *how);

#endif
