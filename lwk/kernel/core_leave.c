/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A core that is given up while programs run. First no thread gets a place there any more. A thread of the kernel's on that core then sends on
 * what waits there, until only it itself is left: threads that run go by themselves when they come by user mode. When it has ended too, the
 * idle thread closes the queue and stops the core; who comes too late for that finds the queue closed. One core leaves at a time.
 */
#include <arch/context.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/mutex.h>
#include <lwk/process.h>
#include <lwk/progress.h>
#include <lwk/role.h>
#include <lwk/thread.h>
#include <lwk/timer.h>

#define LIMIT_NS (5 * NS_PER_SECOND)
#define STEP_NS  (NS_PER_SECOND / 1000)

static struct mutex one_at_a_time = MUTEX_INIT(one_at_a_time);

/* caller holds process_lock */
static void threads_leave(struct process *process, void *unused)
{
	(void)unused;
	list_for_each (link, &process->threads) {
		struct thread *thread = list_entry(link, struct thread, siblings);

		sched_set_affinity(thread, thread->affinity); /* another place, if this is none */
		if (thread->place != core_self()->index)
			sched_take_along(thread, thread->place);
	}
}

/* The core's last thread. It is the only one whose end the core does not wait for. */
static void empty(void *unused)
{
	struct core *core = core_self();

	(void)unused;
	progress_stop_core();
	/* at least once: threads that wait elsewhere may have their place here */
	do {
		spin_lock(&process_lock);
		process_visit(threads_leave, NULL);
		spin_unlock(&process_lock);
		thread_park_always(time_now_ns() + STEP_NS);
	} while (__atomic_load_n(&core->is_leaving, __ATOMIC_RELAXED) && core->queue.threads > 1);
	sched_take_events_along();
	if (!core->is_leaving)
		progress_start_core();
}

static void set_leaving(struct core *core, bool is_leaving)
{
	spin_lock(&process_lock);
	__atomic_store_n(&core->is_leaving, is_leaving, __ATOMIC_RELAXED);
	spin_unlock(&process_lock);
}

static bool is_gone(const struct core *core)
{
	return !__atomic_load_n(&core->is_online, __ATOMIC_ACQUIRE);
}

/* nothing that runs here can hold up a core that is gone on its way to its end */
static void wait_until_down(const struct core *core)
{
	uint64_t limit = time_now_ns() + LIMIT_NS;

	while (!__atomic_load_n(&core->is_down, __ATOMIC_ACQUIRE) && time_now_ns() < limit)
		thread_park_always(time_now_ns() + STEP_NS);
}

static int wait_until_gone(struct core *core)
{
	uint64_t limit = time_now_ns() + LIMIT_NS;

	while (!is_gone(core) && time_now_ns() < limit)
		thread_park_always(time_now_ns() + STEP_NS);
	set_leaving(core, false); /* from here on it does not go any more */
	if (!is_gone(core))
		return -EBUSY;
	wait_until_down(core);
	return 0;
}

int core_remove(unsigned index)
{
	struct core *core = &cores[index];
	int status = -EBUSY;

	mutex_lock(&one_at_a_time);
	if (index != 0 && index < core_count && core->is_online) {
		core->is_down = false;
		set_leaving(core, true);
		if (thread_create_kernel("leave", index, empty, NULL))
			status = wait_until_gone(core);
		else
			set_leaving(core, false);
	}
	mutex_unlock(&one_at_a_time);
	return status;
}

static void queue_close(struct run_queue *queue)
{
	spin_lock(&queue->lock);
	queue->is_closed = queue->threads == 0 && list_is_empty(&queue->events);
	spin_unlock(&queue->lock);
}

bool core_leave(struct core *core)
{
	struct run_queue *queue = &core->queue;

	if (!__atomic_load_n(&core->is_leaving, __ATOMIC_RELAXED))
		return false;
	spin_lock(&process_lock);
	if (core->is_leaving)
		queue_close(queue);
	if (queue->is_closed)
		__atomic_store_n(&core->is_online, false, __ATOMIC_SEQ_CST);
	spin_unlock(&process_lock);
	if (!queue->is_closed)
		return false;
	arch_timer_set(UINT64_MAX);
	arch_space_leave();
	role->core_down();
	__atomic_store_n(&core->is_down, true, __ATOMIC_RELEASE);
	arch_halt();
}
