/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The watch over progress (boot parameter watchdog=S, off without it): cores that take no timer interrupt, and threads that
 * all wait for each other. What it finds is logged in lines that begin with "watchdog:", and the machine is turned off.
 */
#ifndef LWK_PROGRESS_H
#define LWK_PROGRESS_H

#include <bulkhead/types.h>

struct thread;

/* Seconds without progress that are too many; on the boot core, before the other cores start. 0: off. */
void progress_set_limit(uint64_t seconds);
/* On each core, when it can take interrupts: it is watched from here on, and watches the others. */
void progress_start_core(void);
void progress_stop_core(void); /* the calling core is not watched any more */
/* Once, on the boot core: watches the threads of processes. */
void progress_start(void);

/* The logic, for progress.c and its tests: times in ns, on one scale. */

/* `beat`: when a core was heard of last, 0 for never */
bool progress_beat_is_late(uint64_t beat, uint64_t now, uint64_t limit);
/* Only another thread of a process can wake it, by a futex or by ending. */
bool progress_needs_others(const struct thread *thread);

struct progress_stall {
	uint64_t fingerprint; /* of what the threads did until then */
	uint64_t since;       /* when they were first seen so; 0: they were not */
};
/*
 * Told at each look whether all threads need others, and a number that changes whenever one of them ran. Whether nothing has
 * changed for `limit`.
 */
bool progress_is_stalled(struct progress_stall *stall, bool all_need_others, uint64_t fingerprint,
			 uint64_t now, uint64_t limit);

#endif
