/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The counter that a program can read: CNTVCT_EL0 (Arm ARM, D11.2). Reads of it are in program
 * order among themselves and never go back, so no barrier is needed between two of them.
 */
#ifndef BENCH_ARCH_COUNTER_H
#define BENCH_ARCH_COUNTER_H

#include <stdint.h>

static inline uint64_t counter_read(void)
{
	uint64_t value;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
	return value;
}

/* ticks a second */
static inline uint64_t counter_hz(void)
{
	uint64_t value;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(value));
	return value;
}

#endif
