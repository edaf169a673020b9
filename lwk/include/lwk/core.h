/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine's cores as this kernel uses them. Core 0 is the one that booted. A core's record is
 * its own but for the run queue, which has a lock.
 */
#ifndef LWK_CORE_H
#define LWK_CORE_H

#include <arch/core.h>
#include <lwk/sched.h>

#define CORES_MAX 64u

struct core {
	struct arch_core arch;
	unsigned index;
	unsigned node; /* NUMA, numa.h */
	bool is_online;
	bool attention; /* its current thread has something to look at before user mode; set and cleared by the core itself */
	bool timer_fired; /* between the timer's interrupt and its end: the scheduler looks then */
	struct run_queue queue;
	uint64_t interrupts; /* taken by this core */
};

extern struct core cores[CORES_MAX];
extern unsigned
	core_count; /* indices 0 to core_count - 1 exist; all are online once boot is over */

static inline struct core *core_self(void)
{
	return arch_core_self();
}

static inline struct thread *thread_current(void)
{
	return core_self()->queue.current;
}

#endif
