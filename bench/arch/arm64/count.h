/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The counter of bench/count: CNTVCT_EL0, read in order (Arm ARM D11.2). */
#ifndef BENCH_ARCH_COUNT_H
#define BENCH_ARCH_COUNT_H

#include <stdint.h>

static inline uint64_t count_read(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
	return value;
}

static inline uint64_t count_hz(void)
{
	uint64_t value;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(value));
	return value;
}

#endif
