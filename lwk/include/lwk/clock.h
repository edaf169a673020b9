/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Time, from the machine's counter: it does not jump and needs no interrupt.
 */
#ifndef LWK_CLOCK_H
#define LWK_CLOCK_H

#include <stdint.h>

#define NS_PER_SECOND    UINT64_C(1000000000)
#define TICKS_PER_SECOND 100u /* what times(2) and siginfo_t count in: AT_CLKTCK */

uint64_t time_now_ns(void); /* since the counter was zero; what deadlines are measured in */
uint64_t time_since_boot(uint64_t now); /* of a time_now_ns(), on the scale of CLOCK_MONOTONIC */
uint64_t time_boot_ns(void);            /* since this kernel started: CLOCK_MONOTONIC */
/* since 1970: CLOCK_REALTIME; from a device, or from a fixed date when there is none */
uint64_t time_realtime_ns(void);
/* The deadline at which that clock will read `ns` (up to INT64_MAX), or 0: long ago. */
uint64_t time_boot_deadline(uint64_t ns);
uint64_t time_realtime_deadline(uint64_t ns);

#endif
