/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scheduling within a core: round robin, a timer interrupt only when there is something to wake or
 * somebody to share the core with.
 */
#ifndef LWK_SCHED_H
#define LWK_SCHED_H

#include <lwk/list.h>
#include <lwk/spinlock.h>

struct core;
struct thread;
struct timer_event;

struct run_queue {
	struct spinlock
		lock;      /* innermost; with interrupts masked. Order between cores: never two */
	struct list ready; /* runnable threads, without the current one */
	struct list sleepers;         /* parked with a deadline, earliest first */
	struct list events;           /* struct timer_event, earliest first */
	struct timer_event *expiring; /* the event that the core's interrupt handler is at */
	struct thread *current;
	struct thread *idle;
	struct thread *previous; /* switched away from; for sched_finish_switch */
	bool need_resched;
	bool is_closed;   /* the core is gone: who comes goes to core 0 */
	bool must_arm;    /* the timer does not know of a new thread yet */
	unsigned threads; /* that belong to this core, idle not counted */
	unsigned
		users; /* threads of processes that have their place here and use it; under process_lock */
	uint64_t quantum_end; /* ns, meaningful while `ready` is not empty; 0: to begin */
	uint64_t next_tick;   /* ns, with tick= only */
	uint64_t armed;       /* what the timer is set to, UINT64_MAX = off */
	uint64_t ticks;       /* timer interrupts */
};

/* boot parameters, on the boot core, before the other cores start */
void sched_set_quantum(uint64_t ns);
void sched_set_tick(uint64_t ns); /* 0: tickless */
uint64_t sched_get_quantum(void);
/* No other thread wants this core now. */
bool sched_is_alone(void);

/* Makes the calling code the idle thread of the core. */
void sched_init_core(struct core *core, struct thread *idle);
/*
 * The core for one more thread of a process: the one of `affinity` with the fewest of them, the first in circular
 * order from `start` when several are equal. It is counted there. Caller holds process_lock.
 */
unsigned sched_place(uint64_t affinity, unsigned start);
uint64_t sched_all_cores(void); /* as an affinity mask */
/* Those of a mask that are there; all when they have gone. */
uint64_t sched_open_cores(uint64_t affinity);
/*
 * Confines a thread of a process to these cores, not none of them; it gets another place if it must. Caller holds
 * process_lock.
 */
void sched_set_affinity(struct thread *thread, uint64_t affinity);
/* The current thread of a process goes to its place, if it is elsewhere. Before user mode, or where it may wait. */
void sched_go_to_place(void);
/* The current thread will not use its place for long: it is not counted until it takes it again. */
void sched_lend_place(void);
void sched_take_place(void);
/*
 * Sets the timer to the first thing that will happen on this core; touches it only when that
 * changed. Caller holds the lock of the own queue.
 */
void sched_arm_timer(struct run_queue *queue);
/* Adds a thread that has just been made, on its core. */
void sched_add(struct thread *thread);
/* A thread that waits on the calling core waits on core `to` from now on, and does nothing else meanwhile; others stay. Its process's threads are locked. */
void sched_take_along(struct thread *thread, unsigned to);
/* The core's timer events and deadlines go to core 0. */
void sched_take_events_along(void);
/* The current thread goes on on another core. */
void sched_move(unsigned core);
/* The idle thread's life. */
_Noreturn void sched_idle(void);

/* from interrupt handlers, interrupts masked */
void sched_timer_interrupt(void);
void sched_ipi(void);

/*
 * In a thread, at a place where it may be switched away from: gives way when its quantum is over.
 */
void sched_preempt_point(void);
/* Last thing before user mode when the core asked for attention, interrupts masked. */
void sched_user_return(void);
/* First thing on a new stack after a switch: interrupts masked, lock of the run queue held. */
void sched_finish_switch(void);

#endif
