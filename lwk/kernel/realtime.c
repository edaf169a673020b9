/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The time of day: the counter, and an offset set once at boot from a clock device. It is whole seconds, as clock devices
 * tell them; so all clocks change their second together.
 */
#include <lwk/clock.h>
#include <lwk/clock_set.h>

/* where no device tells the time: 2026-01-01, so that files are not older than their programs */
static uint64_t epoch_seconds = 1767225600;

void time_set_realtime(uint64_t seconds)
{
	epoch_seconds = seconds - time_boot_ns() / NS_PER_SECOND;
}

uint64_t time_epoch_seconds(void)
{
	return epoch_seconds;
}

uint64_t time_realtime_ns(void)
{
	return epoch_seconds * NS_PER_SECOND + time_boot_ns();
}

uint64_t time_realtime_deadline(uint64_t ns)
{
	uint64_t epoch_ns = epoch_seconds * NS_PER_SECOND;

	return ns < epoch_ns ? 0 : time_boot_deadline(ns - epoch_ns);
}
