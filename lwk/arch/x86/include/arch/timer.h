/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Set-up of clock and timer.
 */
#ifndef ARCH_TIMER_H
#define ARCH_TIMER_H

#include <stdint.h>

void timer_init_clock(uint64_t tsc_khz); /* first of all: log lines carry the time */
void timer_init(void);                   /* after the interrupt controller */
void timer_init_vdso(void);              /* when the time of day is known */
void timer_init_core(void);              /* on each core */
uint64_t timer_ns_of_ticks(uint64_t ticks);

#endif
