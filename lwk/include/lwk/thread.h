/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threads and their scheduling. A thread stays on its core unless its affinity is changed; then it moves
 * itself, on its way to user mode.
 * The kernel is not pre-emptible: a thread gives up its core in thread_park, thread_yield, or on
 * the way back to user mode.
 */
#ifndef LWK_THREAD_H
#define LWK_THREAD_H

#include <arch/thread.h>
#include <bulkhead/types.h>
#include <lwk/core.h>
#include <lwk/list.h>
#include <lwk/numa.h>
#include <lwk/signal.h>
#include <lwk/uaccess.h>

struct process;

enum thread_state {
	THREAD_RUNNABLE, /* in its core's run queue, or running */
	THREAD_PARKED,   /* waits for thread_unpark or its deadline */
	THREAD_MOVING,   /* on the way to another core's run queue */
	THREAD_DEAD      /* switched away for the last time */
};

#define THREAD_NAME_MAX 16

struct thread {
	struct arch_thread arch; /* saved context */
	void *stack;             /* lowest address of its kernel stack */
	struct process *process; /* NULL for kernel threads */
	unsigned
		core; /* index of the core that runs it; changes under the lock of that core's run queue */
	int tid;
	char name[THREAD_NAME_MAX];
	/* under the lock of the core's run queue */
	enum thread_state state;
	unsigned destination; /* core index, while it moves */
	bool wake_token; /* an unpark came while it was not parked: the next park returns at once */
	bool timed_out;
	bool has_deadline;
	uint64_t deadline;   /* ns, valid with has_deadline */
	struct list link;    /* run queue */
	struct list sleeper; /* the core's list of deadlines */
	/* accounting, written by the own core */
	uint64_t run_ns;
	uint64_t started; /* when it was last switched in, ns */
	uint64_t switches;
	/* user state */
	struct numa_policy numa_policy; /* set_mempolicy(2) */
	struct list siblings;           /* in process->threads */
	uint64_t affinity;              /* bit n: may run on core n; under process_lock */
	unsigned place;                 /* the core it is to run user code on; under process_lock */
	bool has_lent_place;            /* it waits for a child: not counted there */
	uaddr_t clear_child_tid;        /* set_tid_address */
	uint64_t futex;                 /* the word that it waits for; 0: it does not */
	uaddr_t robust_list;            /* set_robust_list */
	struct signal_thread signals;
};

/* A kernel thread on `core`, runnable at once. NULL: no memory. It ends by returning. */
struct thread *thread_create_kernel(const char *name, unsigned core, void (*run)(void *arg),
				    void *arg);
/*
 * Sleeps until thread_unpark, unless one came since the last park. `deadline` in ns as
 * time_now_ns(), or UINT64_MAX. 0; -ETIMEDOUT; -ERESTARTSYS when a signal is due or the thread's process is being
 * ended: a system call returns that as it is, or what it answers instead.
 */
int thread_park(uint64_t deadline);
/* The same for waits that must not be cut short: never -ERESTARTSYS. */
int thread_park_always(uint64_t deadline);
void thread_unpark(struct thread *thread);
/*
 * Sets a flag that the thread looks at, and unparks it. Once it sees the flag it may go its way and end: it
 * cannot be gone before this has finished with it.
 */
void thread_unpark_with(struct thread *thread, bool *flag);
/*
 * Makes a thread look at what was set for it: cuts its wait short (thread_park looks again at whether it is to
 * end), or interrupts it in user mode.
 */
void thread_notify(struct thread *thread);
void thread_yield(void); /* to the other threads of this core, if any */
_Noreturn void thread_exit(void);
uint64_t thread_cpu_ns(const struct thread *thread); /* on a core so far; the thread must stay */

#endif
