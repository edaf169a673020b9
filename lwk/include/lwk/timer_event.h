/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Something to be done at a point of time, in the timer interrupt of the core that asked for it.
 * A core's events lie in its run queue, under that queue's lock. Whoever arms and cancels one event
 * does so one after the other.
 */
#ifndef LWK_TIMER_EVENT_H
#define LWK_TIMER_EVENT_H

#include <bulkhead/types.h>
#include <lwk/list.h>

struct core;
struct run_queue;

struct timer_event {
	struct list link; /* the core's events, earliest first; to itself: not armed */
	uint64_t deadline;
	unsigned core;
	/* interrupts masked, no lock held; the event is not armed any more and may be armed again */
	void (*expire)(struct timer_event *event);
};

void timer_event_init(struct timer_event *event, void (*expire)(struct timer_event *event));
/* On the calling core; `deadline` as time_now_ns(). It is not armed. */
void timer_event_arm(struct timer_event *event, uint64_t deadline);
/* It may be expiring at this moment on another core. */
void timer_event_disarm(struct timer_event *event);
/* Until it is not; nothing may arm it again. The caller holds no lock that `expire` takes. */
void timer_event_wait(const struct timer_event *event);

/* All events of a core that goes, to another; caller holds both queues' locks and makes that core look. */
void timer_events_move(struct run_queue *from, struct core *to);

/* in the timer interrupt */
void timer_events_expire(struct run_queue *queue, uint64_t now);

#endif
