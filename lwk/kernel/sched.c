/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The scheduler. Each core has a run queue under a lock of its own. A switch happens with the lock of
 * the queue held: the thread that is switched to releases it (sched_finish_switch). A thread that moves
 * to another core is switched away from first, so that its context is saved. Lock order: anything, then
 * a wait queue's lock, then one run queue's lock.
 */
#include <arch/context.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/process.h>
#include <lwk/thread_life.h>
#include <lwk/timer.h>
#include <lwk/timer_event.h>

static uint64_t quantum_ns = 10000000;
static uint64_t tick_ns;

void sched_set_quantum(uint64_t ns)
{
	quantum_ns = ns;
}

uint64_t sched_get_quantum(void)
{
	return quantum_ns;
}

static uint64_t tick_first(void)
{
	return tick_ns ? time_now_ns() + tick_ns : UINT64_MAX;
}

bool sched_is_alone(void)
{
	return list_is_empty(&core_self()->queue.ready);
}

void sched_set_tick(uint64_t ns)
{
	tick_ns = ns;
	core_self()->queue.next_tick = tick_first(); /* the other cores are to come */
}

void sched_init_core(struct core *core, struct thread *idle)
{
	struct run_queue *queue = &core->queue;

	list_init(&queue->ready);
	list_init(&queue->sleepers);
	list_init(&queue->events);
	queue->current = idle;
	queue->idle = idle;
	queue->is_closed = false;
	queue->need_resched = false;
	queue->armed = UINT64_MAX;
	queue->next_tick = tick_first();
}

void sched_arm_timer(struct run_queue *queue)
{
	uint64_t next = queue->next_tick;

	if (!list_is_empty(&queue->sleepers)) {
		uint64_t deadline =
			list_entry(queue->sleepers.next, struct thread, sleeper)->deadline;

		next = deadline < next ? deadline : next;
	}
	if (!list_is_empty(&queue->events)) {
		uint64_t deadline =
			list_entry(queue->events.next, struct timer_event, link)->deadline;

		next = deadline < next ? deadline : next;
	}
	if (!list_is_empty(&queue->ready) && !queue->need_resched) {
		if (!queue->quantum_end)
			queue->quantum_end = time_now_ns() + quantum_ns;
		next = queue->quantum_end < next ? queue->quantum_end : next;
	}
	queue->must_arm = false;
	if (next != queue->armed) {
		queue->armed = next;
		arch_timer_set(next);
	}
}

/*
 * A thread becomes runnable; caller holds the lock of `queue`. Returns whether the queue's core
 * must look at it.
 */
static bool make_ready(struct run_queue *queue, struct thread *thread)
{
	bool was_alone = list_is_empty(&queue->ready);

	thread->state = THREAD_RUNNABLE;
	if (thread->has_deadline) {
		thread->has_deadline = false;
		list_remove(&thread->sleeper);
	}
	list_add_tail(&queue->ready, &thread->link);
	if (queue->current == queue->idle)
		queue->need_resched = true;
	else if (was_alone)
		queue->quantum_end = 0;
	return was_alone;
}

/*
 * After make_ready, with the lock still held. A user thread may give way before it is in user mode
 * again, where the quantum counts: then the timer need not be touched.
 */
static void notify_core(struct core *core)
{
	if (core != core_self()) {
		arch_send_ipi(core, IPI_RESCHEDULE);
	} else if (core->queue.current->process) {
		core->queue.must_arm = true;
		core->attention = true;
	} else {
		sched_arm_timer(&core->queue);
	}
}

void sched_add(struct thread *thread)
{
	struct core *core = &cores[thread->core];
	uint64_t flags = spin_lock_irq(&core->queue.lock);

	if (core->queue.is_closed) {
		spin_unlock_irq(&core->queue.lock, flags);
		thread->core = 0;
		core = &cores[0];
		flags = spin_lock_irq(&core->queue.lock);
	}
	core->queue.threads++;
	if (make_ready(&core->queue, thread))
		notify_core(core);
	spin_unlock_irq(&core->queue.lock, flags);
}

/* The core of a thread, which stays that while its queue is locked. */
static struct core *thread_core_lock(const struct thread *thread, uint64_t *flags)
{
	for (;;) {
		unsigned index = __atomic_load_n(&thread->core, __ATOMIC_RELAXED);

		*flags = spin_lock_irq(&cores[index].queue.lock);
		if (thread->core == index)
			return &cores[index];
		spin_unlock_irq(&cores[index].queue.lock, *flags);
	}
}

/* caller holds the lock of the core's queue */
static void unpark_locked(struct core *core, struct thread *thread)
{
	if (thread->state != THREAD_PARKED)
		thread->wake_token = true;
	else if (make_ready(&core->queue, thread))
		notify_core(core);
}

void thread_unpark(struct thread *thread)
{
	uint64_t flags;
	struct core *core = thread_core_lock(thread, &flags);

	unpark_locked(core, thread);
	spin_unlock_irq(&core->queue.lock, flags);
}

void thread_unpark_with(struct thread *thread, bool *flag)
{
	uint64_t flags;
	struct core *core = thread_core_lock(thread, &flags);

	__atomic_store_n(flag, true, __ATOMIC_RELEASE);
	unpark_locked(core, thread);
	spin_unlock_irq(&core->queue.lock, flags);
}

void thread_notify(struct thread *thread)
{
	uint64_t flags;
	struct core *core = thread_core_lock(thread, &flags);

	if (thread->state == THREAD_PARKED)
		unpark_locked(core, thread);
	else if (thread == thread_current())
		core->attention = true;
	else if (core->queue.current == thread)
		arch_send_ipi(core, IPI_RESCHEDULE);
	spin_unlock_irq(&core->queue.lock, flags);
}

static void account(struct run_queue *queue, struct thread *next)
{
	uint64_t now = time_now_ns();

	queue->current->run_ns += now - queue->current->started;
	next->started = now;
	next->switches++;
	queue->quantum_end = now + quantum_ns;
}

/*
 * Caller holds the lock of the own queue and has put the current thread where it belongs. Returns
 * when the thread runs again, the lock released.
 */
static void switch_next(struct run_queue *queue)
{
	struct thread *previous = queue->current;
	struct thread *next = queue->idle;

	if (!list_is_empty(&queue->ready)) {
		next = list_entry(queue->ready.next, struct thread, link);
		list_remove(&next->link);
	}
	queue->need_resched = false;
	account(queue, next);
	queue->current = next;
	sched_arm_timer(queue);
	if (next == previous) {
		spin_unlock(&queue->lock);
		return;
	}
	queue->previous = previous;
	core_self()->attention = true;
	arch_switch(previous, next);
	sched_finish_switch();
}

void sched_finish_switch(void)
{
	struct run_queue *queue = &core_self()->queue;
	struct thread *previous = queue->previous;
	enum thread_state state = previous->state; /* RUNNABLE may be over once the lock is free */

	if (state == THREAD_DEAD || state == THREAD_MOVING)
		queue->threads--;
	if (state == THREAD_MOVING)
		__atomic_store_n(&previous->core, previous->destination, __ATOMIC_RELAXED);
	spin_unlock(&queue->lock);
	if (state == THREAD_DEAD)
		thread_reap(previous);
	else if (state == THREAD_MOVING)
		sched_add(previous);
}

void sched_move(unsigned core)
{
	uint64_t flags = arch_irq_save();
	struct run_queue *queue = &core_self()->queue;
	struct thread *thread = queue->current;

	if (core != core_self()->index) {
		spin_lock(&queue->lock);
		thread->state = THREAD_MOVING;
		thread->destination = core;
		arch_thread_unload(thread);
		switch_next(queue);
	}
	arch_irq_restore(flags);
}

/* behind the other runnable threads of the core; false: there are none */
static bool give_way(void)
{
	uint64_t flags = arch_irq_save();
	struct run_queue *queue = &core_self()->queue;
	bool is_alone;

	spin_lock(&queue->lock);
	is_alone = list_is_empty(&queue->ready);
	if (is_alone) {
		queue->need_resched = false;
		spin_unlock(&queue->lock);
	} else {
		list_add_tail(&queue->ready, &queue->current->link);
		switch_next(queue);
	}
	arch_irq_restore(flags);
	return !is_alone;
}

void thread_yield(void)
{
	/* what the caller waits for is done by another core, then */
	if (!give_way())
		cpu_relax();
}

void sched_preempt_point(void)
{
	if (__atomic_load_n(&core_self()->queue.need_resched, __ATOMIC_RELAXED))
		give_way();
}

static void sleeper_add(struct run_queue *queue, struct thread *thread, uint64_t deadline)
{
	struct list *place = queue->sleepers.prev;

	while (place != &queue->sleepers &&
	       list_entry(place, struct thread, sleeper)->deadline > deadline)
		place = place->prev;
	thread->deadline = deadline;
	thread->has_deadline = true;
	list_add_head(place, &thread->sleeper);
}

/* The one place where two queues are locked: the leaving core's first, of which there is one at a time. */
static uint64_t lock_both(struct run_queue *from, struct run_queue *to)
{
	uint64_t flags = spin_lock_irq(&from->lock);

	spin_lock(&to->lock);
	return flags;
}

static void unlock_both(struct run_queue *from, struct run_queue *to, uint64_t flags)
{
	spin_unlock(&to->lock);
	spin_unlock_irq(&from->lock, flags);
}

void sched_take_along(struct thread *thread, unsigned to)
{
	struct run_queue *from = &core_self()->queue, *queue = &cores[to].queue;
	uint64_t flags = lock_both(from, queue);

	if (thread->core == core_self()->index && thread->state == THREAD_PARKED) {
		arch_thread_unload(thread);
		from->threads--;
		queue->threads++;
		if (thread->has_deadline) {
			list_remove(&thread->sleeper);
			sleeper_add(queue, thread, thread->deadline);
		}
		__atomic_store_n(&thread->core, to, __ATOMIC_RELAXED);
		arch_send_ipi(&cores[to], IPI_RESCHEDULE); /* sets its timer */
	}
	unlock_both(from, queue, flags);
}

void sched_take_events_along(void)
{
	struct run_queue *from = &core_self()->queue;
	uint64_t flags = lock_both(from, &cores[0].queue);

	timer_events_move(from, &cores[0]);
	arch_send_ipi(&cores[0], IPI_RESCHEDULE);
	unlock_both(from, &cores[0].queue, flags);
}

static int park(uint64_t deadline, bool may_interrupt)
{
	uint64_t flags = arch_irq_save();
	struct run_queue *queue = &core_self()->queue;
	struct thread *thread = queue->current;
	int status = 0;

	spin_lock(&queue->lock);
	thread->timed_out = false;
	if (thread->wake_token) {
		thread->wake_token = false;
		spin_unlock(&queue->lock);
	} else if (may_interrupt && thread->process &&
		   (thread->process->is_ending || signal_is_due(&thread->signals))) {
		spin_unlock(&queue->lock);
		status = -ERESTARTSYS;
	} else {
		thread->state = THREAD_PARKED;
		if (deadline != UINT64_MAX)
			sleeper_add(queue, thread, deadline);
		switch_next(queue);
		if (thread->timed_out)
			status = -ETIMEDOUT;
	}
	arch_irq_restore(flags);
	return status;
}

int thread_park(uint64_t deadline)
{
	return park(deadline, true);
}

int thread_park_always(uint64_t deadline)
{
	return park(deadline, false);
}

_Noreturn void sched_exit_current(void)
{
	struct run_queue *queue;

	arch_irq_disable();
	queue = &core_self()->queue;
	spin_lock(&queue->lock);
	queue->current->state = THREAD_DEAD;
	switch_next(queue);
	__builtin_unreachable();
}

_Noreturn void sched_idle(void)
{
	struct run_queue *queue = &core_self()->queue;

	for (;;) {
		arch_irq_disable();
		spin_lock(&queue->lock);
		if (list_is_empty(&queue->ready)) {
			spin_unlock(&queue->lock);
			if (!core_leave(core_self()))
				arch_wait_interrupt(); /* wakes up for a masked one, too */
		} else {
			switch_next(queue);
		}
		arch_irq_enable();
	}
}

static void wake_sleepers(struct run_queue *queue, uint64_t now)
{
	while (!list_is_empty(&queue->sleepers)) {
		struct thread *thread = list_entry(queue->sleepers.next, struct thread, sleeper);

		if (thread->deadline > now)
			break;
		thread->timed_out = true;
		make_ready(queue, thread);
	}
}

void sched_timer_interrupt(void)
{
	struct run_queue *queue = &core_self()->queue;
	uint64_t now = time_now_ns();

	timer_events_expire(queue, now);
	spin_lock(&queue->lock);
	queue->ticks++;
	queue->armed = UINT64_MAX;
	wake_sleepers(queue, now);
	if (now >= queue->next_tick)
		queue->next_tick = now - (now - queue->next_tick) % tick_ns + tick_ns;
	if (!list_is_empty(&queue->ready) && queue->quantum_end && now >= queue->quantum_end)
		queue->need_resched = true;
	core_self()->attention = true;
	sched_arm_timer(queue);
	spin_unlock(&queue->lock);
}

void sched_ipi(void)
{
	struct run_queue *queue = &core_self()->queue;

	core_self()->attention = true;
	spin_lock(&queue->lock);
	sched_arm_timer(queue);
	spin_unlock(&queue->lock);
}

void sched_user_return(void)
{
	struct run_queue *queue = &core_self()->queue;

	if (!queue->must_arm)
		return;
	spin_lock(&queue->lock);
	sched_arm_timer(queue);
	spin_unlock(&queue->lock);
}
