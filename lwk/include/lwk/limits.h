/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Resource limits: the same for every process, and fixed.
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

struct limit limit_of(uint32_t resource); /* RLIMIT_, below LIMIT_COUNT */

#endif
