/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the recordings of selfish-detour amount to, and whether they can be true. */
#ifndef BENCH_SELFISH_STATISTICS_H
#define BENCH_SELFISH_STATISTICS_H

#include <bench/selfish/detect.h>
#include <stdbool.h>

/* bucket k holds lengths from 2^k ns to below 2^(k+1) ns; bucket 0 those below 2 ns, too */
#define BUCKETS 40u

struct statistics {
	size_t count;
	double observed; /* seconds, of all threads together */
	double lost;     /* seconds in detours */
	uint64_t shortest_ns, median_ns, longest_ns;
	size_t buckets[BUCKETS];
};

/* How long a gap between two reads is still the loop: at least a tick, the counter's own step. */
uint64_t threshold_ticks(double loop, double multiple, double threshold_ns, uint64_t hz);

uint64_t ticks_to_ns(uint64_t ticks, uint64_t hz);

/* of `threads` recordings; all times are 0 when there was no detour */
struct statistics statistics_make(const struct recording *recordings, unsigned threads,
				  uint64_t hz);

/*
 * True when the recording lasts `ticks` (or is full), its detours are all longer than the
 * threshold, one after the other, within the time observed, and account with the loop and the
 * writing for every tick of it.
 */
bool recording_verify(const struct recording *recording, uint64_t ticks, uint64_t threshold);

/*
 * the counter and the clock at about the same time: the clock was read between two reads of the
 * counter
 */
struct clock_pair {
	uint64_t before, after; /* ticks */
	double seconds;
};

/* Whether the counter ran as fast between two such pairs as its frequency says, to 0.1 %. */
bool frequency_verify(const struct clock_pair *start, const struct clock_pair *end, uint64_t hz);

#endif
