/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Set-up of the generic timer.
 */
#ifndef ARCH_TIMER_H
#define ARCH_TIMER_H

#include <stdbool.h>

void timer_init_clock(void);    /* first of all: log lines carry the time */
void timer_init(bool physical); /* after the interrupt controller */
void timer_init_vdso(void);     /* when the time of day is known */
void timer_init_core(void);     /* on each core */

#endif
