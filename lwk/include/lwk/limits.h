/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Resource limits of a process (setrlimit(2)), under process_lock. A child starts with its parent's. They are kept for programs that
 * ask for them; enforced is the number of descriptors, by the descriptor table.
 */
#ifndef LWK_LIMITS_H
#define LWK_LIMITS_H

#include <stdint.h>

#define LIMIT_COUNT 16u
#define LIMIT_NONE  UINT64_MAX

/* as prlimit64 passes it */
struct limit {
	uint64_t soft;
	uint64_t hard;
};

/* of the first process */
void limits_init(struct limit limits[LIMIT_COUNT]);
/* of the current process; RLIMIT_, below LIMIT_COUNT */
struct limit limit_of(uint32_t resource);

#endif
