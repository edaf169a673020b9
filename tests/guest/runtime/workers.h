/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The primary's other cores, each of which does one job after the other for the core that runs the
 * test.
 */
#ifndef TESTS_GUEST_WORKERS_H
#define TESTS_GUEST_WORKERS_H

#include <tests/guest/runtime/core.h>

/*
 * Sleeps until an interrupt comes, or for so long at most: cores that spin slow an emulator down.
 */
void core_idle(uint64_t microseconds);
/* Turns cores 1 to count-1 on; ends the guest when one does not come. */
void workers_start(unsigned count);
/* Starts job(argument) on a core that is idle. */
void worker_do(unsigned index, void (*job)(uint64_t argument), uint64_t argument);
bool worker_is_done(unsigned index);
/* Waits for the job's end; ends the guest when it does not come within a minute. */
void worker_wait(unsigned index);

#endif
