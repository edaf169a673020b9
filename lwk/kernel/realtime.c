/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time of day: the counter, and an offset set once at boot from a clock device.
 */
#include <lwk/clock.h>
#include <lwk/clock_set.h>

/* where no device tells the time: 2026-01-01, so that files are not older than their programs */
static uint64_t epoch_ns = UINT64_C(1767225600) * NS_PER_SECOND;

void time_set_realtime(uint64_t seconds)
{
	epoch_ns = seconds * NS_PER_SECOND - time_boot_ns();
}

uint64_t time_epoch_ns(void)
{
	return epoch_ns;
}

uint64_t time_realtime_ns(void)
{
	return epoch_ns + time_boot_ns();
}
