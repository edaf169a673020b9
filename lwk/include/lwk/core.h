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

/* Where a core sits: package, core within it, hardware thread within that. */
struct core_place {
	unsigned package;
	unsigned core;
	unsigned thread;
};

struct core {
	struct arch_core arch;
	unsigned index;
	unsigned node; /* NUMA, numa.h */
	struct core_place place;
	bool is_online;
	bool is_leaving; /* on request, no thread gets its place here any more; under process_lock */
	bool is_down;    /* a core that left has told so, as its last word */
	bool attention; /* its current thread has something to look at before user mode; set and cleared by the core itself */
	bool timer_fired; /* between the timer's interrupt and its end: the scheduler looks then */
	struct run_queue queue;
	uint64_t interrupts; /* taken by this core */
	uint64_t strays;     /* of them, those that nobody here expects */
};

extern struct core cores[CORES_MAX];
extern unsigned
	core_count; /* indices 0 to core_count - 1 exist; all are online once boot is over */

/* Whether threads may have their place there. Caller holds process_lock, or does not care for what comes next. */
static inline bool core_is_open(const struct core *core)
{
	return core->is_online && !core->is_leaving;
}

/*
 * Gives up core `index`, not core 0: what is there goes to other cores. From a thread. 0 when the core is gone; -EBUSY: it stays, as
 * something there does not go.
 */
int core_remove(unsigned index);
/* The idle thread of a core that leaves, when no thread is left: false, or the core is gone. */
bool core_leave(struct core *core);

/* Before the machine is turned off, interrupts masked: they run nothing any more. */
void cores_stop_others(void);

static inline struct core *core_self(void)
{
	return arch_core_self();
}

static inline struct thread *thread_current(void)
{
	return core_self()->queue.current;
}

#endif
