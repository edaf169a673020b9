/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long threads and processes have been on a core, up to this moment.
 */
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/process.h>
#include <lwk/thread.h>

uint64_t thread_cpu_ns(const struct thread *thread)
{
	for (;;) {
		struct run_queue *queue = &cores[thread->core].queue;
		uint64_t flags = spin_lock_irq(&queue->lock);
		uint64_t ns = thread->run_ns;
		bool is_here = &cores[thread->core].queue == queue; /* else it was just moved */

		if (queue->current == thread)
			ns += time_now_ns() - thread->started;
		spin_unlock_irq(&queue->lock, flags);
		if (is_here)
			return ns;
	}
}

uint64_t process_cpu_ns(const struct process *process)
{
	uint64_t ns = process->run_ns;

	list_for_each (link, &process->threads)
		ns += thread_cpu_ns(list_entry(link, struct thread, siblings));
	return ns;
}
