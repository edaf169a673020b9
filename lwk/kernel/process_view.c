/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A process or thread at one moment, taken under process_lock.
 */
#include <lwk/address_space.h>
#include <lwk/process_view.h>
#include <string.h>

static bool is_runnable(const struct thread *thread)
{
	return __atomic_load_n(&thread->state, __ATOMIC_RELAXED) == THREAD_RUNNABLE;
}

static void view_memory(const struct process *process, struct process_view *view)
{
	view->pages_max = process->pages_max;
	if (!process->space) /* it is ending */
		return;
	view->pages = __atomic_load_n(&process->space->pages, __ATOMIC_RELAXED);
	view->pages_max = __atomic_load_n(&process->space->pages_max, __ATOMIC_RELAXED);
}

/* what belongs to the process, whichever thread is looked at */
static void view_process(const struct process *process, struct process_view *view)
{
	view->pid = process->pid;
	view->tid = process->pid;
	view->parent = process->parent ? process->parent->pid : 0;
	view->state = 'S';
	view->threads = process->thread_count;
	view->cpu_ns = process_cpu_ns(process);
	view->children_ns = process_children_ns(process);
	view->start_ns = process->start_ns;
	memcpy(view->name, process->name, sizeof(view->name));
	view_memory(process, view);
	list_for_each (link, &process->threads) {
		const struct thread *thread = list_entry(link, struct thread, siblings);

		view->switches += thread->switches;
		if (is_runnable(thread))
			view->state = 'R';
	}
}

static void view_thread(const struct thread *thread, struct process_view *view)
{
	memcpy(view->name, thread->name, sizeof(view->name));
	view->core = thread->core;
	view->affinity = sched_open_cores(thread->affinity);
}

bool process_view_get(int pid, int tid, struct process_view *view)
{
	struct process *process;
	const struct thread *thread = NULL;

	*view = (struct process_view){.pid = 0};
	spin_lock(&process_lock);
	process = process_find(pid);
	if (process) {
		view_process(process, view);
		thread = process_thread_find(process, tid ? tid : pid);
	}
	if (thread)
		view_thread(thread, view);
	if (thread && tid) {
		view->tid = tid;
		view->state = is_runnable(thread) ? 'R' : 'S';
		view->switches = thread->switches;
		view->cpu_ns = thread_cpu_ns(thread);
	}
	spin_unlock(&process_lock);
	return process && (thread || !tid);
}

static int next_thread(const struct process *process, int after)
{
	int next = 0;

	list_for_each (link, &process->threads) {
		int tid = list_entry(link, struct thread, siblings)->tid;

		if (tid > after && (!next || tid < next))
			next = tid;
	}
	return next;
}

int process_next_id(int pid, int after)
{
	const struct process *process;
	int next = 0;

	spin_lock(&process_lock);
	process = pid ? process_find(pid) : process_next(after);
	if (process)
		next = pid ? next_thread(process, after) : process->pid;
	spin_unlock(&process_lock);
	return next;
}

unsigned process_runnable_count(void)
{
	unsigned count = 0;

	spin_lock(&process_lock);
	for (const struct process *process = process_next(0); process;
	     process = process_next(process->pid)) {
		list_for_each (link, &process->threads)
			count += is_runnable(list_entry(link, struct thread, siblings));
	}
	spin_unlock(&process_lock);
	return count;
}
