/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Timer events. What expires is taken off the list and marked as expiring under the lock, and run
 * without it: its locks are outside of the run queue's.
 */
#include <lwk/core.h>
#include <lwk/timer_event.h>

static struct timer_event *event_of(struct list *link)
{
	return list_entry(link, struct timer_event, link);
}

void timer_event_init(struct timer_event *event, void (*expire)(struct timer_event *event))
{
	list_init(&event->link);
	event->expire = expire;
}

/* caller holds the lock of the queue */
static void event_add(struct run_queue *queue, struct timer_event *event, uint64_t deadline)
{
	struct list *place = queue->events.prev;

	event->deadline = deadline;
	while (place != &queue->events && event_of(place)->deadline > deadline)
		place = place->prev;
	list_add_head(place, &event->link);
}

void timer_events_move(struct run_queue *from, struct core *to)
{
	while (!list_is_empty(&from->events)) {
		struct timer_event *event = event_of(from->events.next);

		list_remove(&event->link);
		event_add(&to->queue, event, event->deadline);
		__atomic_store_n(&event->core, to->index, __ATOMIC_RELAXED);
	}
}

void timer_event_arm(struct timer_event *event, uint64_t deadline)
{
	uint64_t flags = arch_irq_save(); /* to stay on this core */
	struct run_queue *queue = &core_self()->queue;

	spin_lock(&queue->lock);
	event_add(queue, event, deadline);
	event->core = core_self()->index;
	sched_arm_timer(queue);
	spin_unlock(&queue->lock);
	arch_irq_restore(flags);
}

void timer_event_disarm(struct timer_event *event)
{
	for (;;) {
		unsigned core = __atomic_load_n(&event->core, __ATOMIC_RELAXED);
		uint64_t flags = spin_lock_irq(&cores[core].queue.lock);
		bool is_there = event->core == core; /* it goes elsewhere when the core does */

		if (is_there)
			list_remove(
				&event->link); /* an interrupt that comes for nothing does no harm */
		spin_unlock_irq(&cores[core].queue.lock, flags);
		if (is_there)
			return;
	}
}

void timer_event_wait(const struct timer_event *event)
{
	/* it may have been armed on one core since it began to expire on another */
	for (unsigned i = 0; i < core_count; i++) {
		while (__atomic_load_n(&cores[i].queue.expiring, __ATOMIC_ACQUIRE) == event)
			cpu_relax();
	}
}

static struct timer_event *event_take(struct run_queue *queue, uint64_t now)
{
	struct timer_event *event = NULL;

	spin_lock(&queue->lock);
	if (!list_is_empty(&queue->events) && event_of(queue->events.next)->deadline <= now) {
		event = event_of(queue->events.next);
		list_remove(&event->link);
	}
	__atomic_store_n(&queue->expiring, event, __ATOMIC_RELEASE);
	spin_unlock(&queue->lock);
	return event;
}

void timer_events_expire(struct run_queue *queue, uint64_t now)
{
	struct timer_event *event;

	while ((event = event_take(queue, now)))
		event->expire(event);
}
