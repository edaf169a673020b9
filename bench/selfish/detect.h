/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The measurement of selfish-detour: a loop that does nothing but read the counter. Two reads that
 * are farther apart than a threshold had something between them that was not the loop, a detour.
 * All times are ticks of the counter.
 */
#ifndef BENCH_SELFISH_DETECT_H
#define BENCH_SELFISH_DETECT_H

#include <stddef.h>
#include <stdint.h>

struct detour {
	uint64_t time;   /* of the read before it, since the origin */
	uint64_t length; /* to the read after it */
};

/* what one thread saw */
struct recording {
	struct detour *detours; /* by time */
	size_t capacity;
	size_t count;
	uint64_t start, end; /* first and last read, since the origin */
	uint64_t reads;      /* gaps between reads */
	uint64_t writing;    /* spent on writing detours down, not observed */
};

/* how to observe */
struct observation {
	uint64_t origin;    /* of all times */
	uint64_t ticks;     /* how long */
	uint64_t threshold; /* a gap of more is a detour */
	uint64_t spacing;   /* blocks of SPACING_BLOCK no-ops between two reads */
};

#define SPACING_BLOCK 16u

/*
 * Observes until the time has passed or the recording is full. Writing a detour down is not
 * observed, so no detour is the recording's own. The memory has to be touched before.
 */
void detours_record(struct recording *recording, const struct observation *how);

/* Time from read to read when nothing comes between: the shortest mean of many short spans. */
double loop_ticks(uint64_t hz, uint64_t spacing);

#endif
