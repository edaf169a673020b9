/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The counter of bench/count: the time-stamp counter, which is the emulator's instruction-counted time, in nanoseconds. */
#ifndef BENCH_ARCH_COUNT_H
#define BENCH_ARCH_COUNT_H

#include <stdint.h>

static inline uint64_t count_read(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high)::"memory");
	return (uint64_t)high << 32 | low;
}

static inline uint64_t count_hz(void)
{
	return 1000000000;
}

#endif
