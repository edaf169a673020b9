/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Interval timers. Real time: an event at the deadline. CPU time: an event at the earliest moment
 * at which so much can have been used, which then looks again, at most every CPU_STEP. So nothing
 * has to be done when threads are switched.
 */
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/interval_timer.h>
#include <lwk/process.h>
#include <lwk/thread.h>

#define PERIOD_MIN \
	(NS_PER_SECOND / 20000) /* from one signal to the next, or nothing else could run */
#define CPU_STEP     (NS_PER_SECOND / 1000)
#define IGNORED_STEP (NS_PER_SECOND / 100) /* of a periodic timer whose signal nobody wants */

/* What its clock shows. The lock of its process's timers is held. */
static uint64_t clock_now(const struct interval_timer *timer)
{
	struct process *process = timer->process;
	const struct thread *thread;
	uint64_t ns = 0;

	if (timer->clock == TIMER_REALTIME || timer->clock == TIMER_MONOTONIC)
		return time_now_ns();
	spin_lock(&process->signals.lock);
	if (timer->clock == TIMER_PROCESS_CPU) {
		ns = process_cpu_ns(process);
	} else {
		thread = process_thread_find(process, timer->clock_tid);
		ns = thread ? thread_cpu_ns(thread) : 0;
	}
	spin_unlock(&process->signals.lock);
	return ns;
}

/* the soonest that it can expire, on the scale of time_now_ns() */
static uint64_t event_deadline(const struct interval_timer *timer, uint64_t now)
{
	uint64_t left = timer->expires > now ? timer->expires - now : 0;

	if (timer->clock == TIMER_REALTIME || timer->clock == TIMER_MONOTONIC)
		return timer->expires;
	if (timer->clock == TIMER_PROCESS_CPU)
		left /= core_count;
	return time_now_ns() + (left > CPU_STEP ? left : CPU_STEP);
}

static void timer_start(struct interval_timer *timer, uint64_t now)
{
	timer->state = TIMER_ARMED;
	if (!timer->is_silent)
		timer_event_arm(&timer->event, event_deadline(timer, now));
}

/* To the first expiry after `now`; how many were passed. */
static uint64_t timer_forward(struct interval_timer *timer, uint64_t now)
{
	uint64_t periods;

	if (timer->expires > now)
		return 0;
	periods = (now - timer->expires) / timer->interval + 1;
	timer->expires += periods * timer->interval;
	return periods;
}

static void timer_expired(struct interval_timer *timer, uint64_t now)
{
	enum signal_sent sent = signal_send_entry(timer->process, timer->tid, &timer->entry);

	if (sent == SIGNAL_MERGED)
		timer->overrun++;
	timer->state = timer->interval ? TIMER_DELIVERS : TIMER_OFF;
	if (sent != SIGNAL_IGNORED || !timer->interval)
		return;
	timer_forward(timer, now + IGNORED_STEP);
	timer_start(timer, now);
}

static void timer_expire(struct timer_event *event)
{
	struct interval_timer *timer = list_entry(event, struct interval_timer, event);
	struct spinlock *lock = &timer->process->timers.lock;
	uint64_t now;

	spin_lock(lock);
	/* it may have been set anew meanwhile */
	if (timer->state == TIMER_ARMED && list_is_empty(&event->link)) {
		now = clock_now(timer);
		if (now >= timer->expires)
			timer_expired(timer, now);
		else
			timer_start(timer, now);
	}
	spin_unlock(lock);
}

static void timer_init(struct interval_timer *timer, struct process *process)
{
	timer->process = process;
	list_init(&timer->link);
	list_init(&timer->entry.link);
	timer_event_init(&timer->event, timer_expire);
}

void timers_init(struct process *process)
{
	static const struct {
		enum timer_clock clock;
		int signal;
	} kinds[ITIMER_COUNT] = {
		{TIMER_MONOTONIC, SIGALRM},
		{TIMER_PROCESS_CPU, SIGVTALRM},
		{TIMER_PROCESS_CPU, SIGPROF},
	};
	struct process_timers *timers = &process->timers;

	list_init(&timers->created);
	for (unsigned i = 0; i < ITIMER_COUNT; i++) {
		timers->itimers[i].clock = kinds[i].clock;
		timers->itimers[i].entry.info = (struct signal_info){.signo = kinds[i].signal,
								     .code = SI_KERNEL};
		timer_init(&timers->itimers[i], process);
	}
}

static void timer_stop(struct interval_timer *timer)
{
	timer->state = TIMER_OFF;
	timer_event_disarm(&timer->event);
}

/* nothing refers to it any more */
static void timer_end(struct interval_timer *timer)
{
	timer_event_wait(&timer->event);
	signal_entry_cancel(timer->process, &timer->entry);
}

void timers_release(struct process *process)
{
	struct process_timers *timers = &process->timers;

	for (unsigned i = 0; i < ITIMER_COUNT; i++) {
		uint64_t flags = spin_lock_irq(&timers->lock);

		timer_stop(&timers->itimers[i]);
		spin_unlock_irq(&timers->lock, flags);
		timer_end(&timers->itimers[i]);
	}
	while (!list_is_empty(&timers->created))
		timer_delete(list_entry(timers->created.next, struct interval_timer, link)->id);
}

static void setting_get(struct interval_timer *timer, struct timer_setting *setting)
{
	uint64_t now = clock_now(timer);
	uint64_t least = timer->is_silent ? 0 : timer->counts ? 1 : 1000;

	*setting = (struct timer_setting){.interval = timer->interval};
	if (timer->state == TIMER_OFF)
		return;
	if (timer->interval && (timer->is_silent || timer->state == TIMER_DELIVERS))
		timer->overrun += timer_forward(timer, now);
	setting->value = timer->expires > now ? timer->expires - now : least;
}

/* An absolute value of its clock as `expires` has it. */
static uint64_t expiry_of(const struct interval_timer *timer, uint64_t value)
{
	switch (timer->clock) {
	case TIMER_REALTIME:
		return time_realtime_deadline(value);
	case TIMER_MONOTONIC:
		return time_boot_deadline(value);
	default:
		return value;
	}
}

static void setting_apply(struct interval_timer *timer, bool is_absolute,
			  const struct timer_setting *new)
{
	uint64_t now = clock_now(timer);

	timer_stop(timer);
	timer->interval = new->interval;
	timer->overrun = 0;
	timer->last_overrun = 0;
	if (new->value == 0)
		return;
	timer->expires = is_absolute ? expiry_of(timer, new->value) : now + new->value;
	timer_start(timer, now);
}

void itimer_set(unsigned which, const struct timer_setting *new, struct timer_setting *old)
{
	struct process_timers *timers = &process_current()->timers;
	uint64_t flags = spin_lock_irq(&timers->lock);

	if (old)
		setting_get(&timers->itimers[which], old);
	if (new)
		setting_apply(&timers->itimers[which], false, new);
	spin_unlock_irq(&timers->lock, flags);
}

static struct interval_timer *timer_find(const struct process_timers *timers, int id)
{
	list_for_each (link, &timers->created) {
		struct interval_timer *timer = list_entry(link, struct interval_timer, link);

		if (timer->id == id)
			return timer;
	}
	return NULL;
}

int timer_add(struct interval_timer *timer, bool id_is_value)
{
	struct process_timers *timers = &process_current()->timers;
	uint64_t flags = spin_lock_irq(&timers->lock);
	int id = -EAGAIN;

	if (timers->count < TIMERS_MAX) {
		timer_init(timer, process_current());
		do {
			id = timers->next_id;
			timers->next_id = id == INT32_MAX ? 0 : id + 1;
		} while (timer_find(timers, id));
		timer->id = id;
		timer->counts = true;
		timer->entry.info.timer.id = id;
		if (id_is_value)
			timer->entry.info.timer.value = (uint64_t)id;
		timers->count++;
		list_add_tail(&timers->created, &timer->link);
	}
	spin_unlock_irq(&timers->lock, flags);
	return id;
}

int timer_set(int id, bool is_absolute, const struct timer_setting *new, struct timer_setting *old)
{
	struct process_timers *timers = &process_current()->timers;
	uint64_t flags = spin_lock_irq(&timers->lock);
	struct interval_timer *timer = timer_find(timers, id);

	if (timer && old)
		setting_get(timer, old);
	if (timer && new)
		setting_apply(timer, is_absolute, new);
	spin_unlock_irq(&timers->lock, flags);
	return timer ? 0 : -EINVAL;
}

int timer_get_overrun(int id)
{
	struct process_timers *timers = &process_current()->timers;
	uint64_t flags = spin_lock_irq(&timers->lock);
	const struct interval_timer *timer = timer_find(timers, id);
	int overrun = timer ? (int)timer->last_overrun : -EINVAL;

	spin_unlock_irq(&timers->lock, flags);
	return overrun;
}

int timer_delete(int id)
{
	struct process_timers *timers = &process_current()->timers;
	uint64_t flags = spin_lock_irq(&timers->lock);
	struct interval_timer *timer = timer_find(timers, id);

	if (timer) {
		list_remove(&timer->link);
		timers->count--;
		timer_stop(timer);
	}
	spin_unlock_irq(&timers->lock, flags);
	if (!timer)
		return -EINVAL;
	timer_end(timer);
	kfree(timer);
	return 0;
}

static struct interval_timer *timer_of_entry(struct process_timers *timers,
					     const struct signal_entry *entry)
{
	for (unsigned i = 0; i < ITIMER_COUNT; i++) {
		if (&timers->itimers[i].entry == entry)
			return &timers->itimers[i];
	}
	list_for_each (link, &timers->created) {
		struct interval_timer *timer = list_entry(link, struct interval_timer, link);

		if (&timer->entry == entry)
			return timer;
	}
	return NULL;
}

/* a period has passed with the signal; those beyond it were missed */
static void timer_go_on(struct interval_timer *timer)
{
	uint64_t now = clock_now(timer);
	uint64_t periods = timer_forward(timer, now + PERIOD_MIN);

	timer->overrun += periods > 1 ? periods - 1 : 0;
	timer_start(timer, now);
}

void timer_signal_taken(const struct signal_entry *entry, struct signal_info *info)
{
	struct process_timers *timers = &process_current()->timers;
	uint64_t flags = spin_lock_irq(&timers->lock);
	struct interval_timer *timer = timer_of_entry(timers, entry);

	if (timer) {
		if (timer->state == TIMER_DELIVERS)
			timer_go_on(timer);
		timer->last_overrun = timer->overrun < INT32_MAX ? timer->overrun : INT32_MAX;
		timer->overrun = 0;
		if (timer->counts)
			info->timer.overrun = (int)timer->last_overrun;
	}
	spin_unlock_irq(&timers->lock, flags);
}

bool timers_are_set(struct process *process)
{
	struct process_timers *timers = &process->timers;
	uint64_t flags = spin_lock_irq(&timers->lock);
	bool are_set = false;

	for (unsigned i = 0; i < ITIMER_COUNT; i++)
		are_set |= timers->itimers[i].state != TIMER_OFF;
	list_for_each (link, &timers->created)
		are_set |= list_entry(link, struct interval_timer, link)->state != TIMER_OFF;
	spin_unlock_irq(&timers->lock, flags);
	return are_set;
}
