/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Timers of a process that send it signals, once or again and again: those of setitimer(2) and of
 * timer_create(2). A periodic timer runs on when its signal has been taken, and then counts what it
 * missed: no period is short enough to keep a core from its work. The lock in struct process_timers
 * guards all of it; taken with interrupts masked, outside of the signals' lock.
 */
#ifndef LWK_INTERVAL_TIMER_H
#define LWK_INTERVAL_TIMER_H

#include <lwk/signal.h>
#include <lwk/timer_event.h>

struct process;

enum timer_clock {
	TIMER_REALTIME,
	TIMER_MONOTONIC,
	TIMER_PROCESS_CPU, /* of the timer's process */
	TIMER_THREAD_CPU   /* of one of its threads */
};

enum timer_state {
	TIMER_OFF,
	TIMER_ARMED,   /* runs until `expires` */
	TIMER_DELIVERS /* has expired, runs on when its signal has been taken */
};

/* nanoseconds; value 0: off; interval 0: once */
struct timer_setting {
	uint64_t interval;
	uint64_t value;
};

struct interval_timer {
	struct list link; /* in process_timers.created */
	struct timer_event event;
	struct signal_entry entry; /* what it sends */
	struct process *process;
	int id;
	int tid; /* of the thread that gets the signal, 0: any */
	int clock_tid;
	enum timer_clock clock;
	bool is_silent; /* sends nothing */
	bool counts;    /* overruns are told: not those of setitimer */
	enum timer_state state;
	uint64_t expires; /* by its clock; real time: on the scale of time_now_ns() */
	uint64_t interval;
	uint64_t overrun;      /* since the signal was sent */
	uint64_t last_overrun; /* of the signal that was taken last */
};

#define ITIMER_COUNT 3 /* ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF */
/* that a process may have by timer_create */
#define TIMERS_MAX 256

struct process_timers {
	struct spinlock lock;
	struct list created;
	unsigned count;
	int next_id;
	struct interval_timer itimers[ITIMER_COUNT];
};

void timers_init(struct process *process);
/* All of them, at the end of a process; none of its threads runs any more. */
void timers_release(struct process *process);

/* Whether one of them may still send a signal. */
bool timers_are_set(struct process *process);

/* For setitimer and getitimer; new or old may be NULL. */
void itimer_set(unsigned which, const struct timer_setting *new, struct timer_setting *old);

/*
 * A new timer of the current process: clock, clock_tid, tid, is_silent and entry.info are filled in
 * by the caller, the rest is zero. It belongs to the process then. Its id, or -EAGAIN. With
 * `id_is_value` the id is what its signals carry.
 */
int timer_add(struct interval_timer *timer, bool id_is_value);
/*
 * By id, of the current process: 0 (the overruns of the last signal), or -EINVAL when there is none. Absolute values are on the
 * timer's clock; new or old may be NULL.
 */
int timer_set(int id, bool is_absolute, const struct timer_setting *new, struct timer_setting *old);
int timer_get_overrun(int id);
int timer_delete(int id);

/*
 * A signal with this entry has been taken: the timer, if it is one, goes on, and *info is told what
 * it missed. Caller holds no lock.
 */
void timer_signal_taken(const struct signal_entry *entry, struct signal_info *info);

#endif
