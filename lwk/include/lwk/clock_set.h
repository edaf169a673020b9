/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Setting the time of day, at boot.
 */
#ifndef LWK_CLOCK_SET_H
#define LWK_CLOCK_SET_H

#include <stdint.h>

void time_set_realtime(uint64_t seconds); /* since 1970, now */
uint64_t time_epoch_seconds(void);        /* CLOCK_REALTIME at CLOCK_MONOTONIC 0 */
void rtc_init(void);                      /* asks a clock device for it; none is no error */

#endif
