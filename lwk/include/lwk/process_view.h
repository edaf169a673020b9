/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A process or thread at one moment, as /proc shows it.
 */
#ifndef LWK_PROCESS_VIEW_H
#define LWK_PROCESS_VIEW_H

#include <bulkhead/types.h>
#include <lwk/process.h>
#include <lwk/thread.h>

struct process_view {
	int pid, tid, parent;
	char name[THREAD_NAME_MAX];
	char state; /* as ps shows it */
	unsigned threads, core;
	uint64_t affinity, switches;
	uint64_t cpu_ns, children_ns, start_ns;
	uint64_t pages, pages_max; /* of memory */
};

/* `tid` 0: the process as a whole. False: there is none. */
bool process_view_get(int pid, int tid, struct process_view *view);
/* The lowest pid above `after`, or with a pid the lowest tid of its threads. 0: none. */
int process_next_id(int pid, int after);
unsigned process_runnable_count(void); /* threads of processes that run or could: the load */

#endif
