/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The core's one-shot timer, and conversion of the counter.
 */
#ifndef LWK_TIMER_H
#define LWK_TIMER_H

#include <stdint.h>

/*
 * Interrupts this core at or soon after `deadline` (time_now_ns scale); UINT64_MAX turns the timer
 * off.
 */
void arch_timer_set(uint64_t deadline);
uint64_t arch_counter_read(void);

#endif
