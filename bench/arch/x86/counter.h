/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The counter that a program can read: the time-stamp counter (Intel SDM 3B, 18.17), invariant on
 * any processor of today. No instruction tells its frequency on all of them: it is measured against
 * the clock.
 */
#ifndef BENCH_ARCH_COUNTER_H
#define BENCH_ARCH_COUNTER_H

#include <stdint.h>
#include <time.h>

static inline uint64_t counter_read(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

struct counter_pair {
	uint64_t ticks;
	int64_t ns;
};

/* both at nearly the same time: the closest of a few attempts, against pre-emption between */
static inline struct counter_pair counter_pair_read(void)
{
	struct counter_pair best = {0};
	uint64_t closest = UINT64_MAX;

	for (unsigned i = 0; i < 16; i++) {
		uint64_t before = counter_read(), after;
		struct timespec time;

		clock_gettime(CLOCK_MONOTONIC, &time);
		after = counter_read();
		if (after - before >= closest)
			continue;
		closest = after - before;
		best.ticks = before + closest / 2;
		best.ns = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
	}
	return best;
}

/* ticks a second; takes 20 ms */
static inline uint64_t counter_hz(void)
{
	struct counter_pair start = counter_pair_read(), end;

	do
		end = counter_pair_read();
	while (end.ns - start.ns < 20000000);
	return (uint64_t)((double)(end.ticks - start.ticks) * 1e9 / (double)(end.ns - start.ns));
}

#endif
