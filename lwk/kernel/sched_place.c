/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which core a thread goes to. run_queue.users counts threads of processes by their place, the core that they use or
 * may use at any time: not those that wait for a child. All under process_lock.
 */
#include <assert.h>
#include <lwk/core.h>
#include <lwk/process.h>

static_assert(CORES_MAX == 64, "an affinity mask is one word");

uint64_t sched_all_cores(void)
{
	uint64_t mask = 0;

	for (unsigned i = 0; i < core_count; i++)
		mask |= (uint64_t)core_is_open(&cores[i]) << i;
	return mask;
}

uint64_t sched_open_cores(uint64_t affinity)
{
	uint64_t open = sched_all_cores();

	return affinity & open ? affinity & open : open;
}

unsigned sched_place(uint64_t affinity, unsigned start)
{
	unsigned best = core_count;

	affinity = sched_open_cores(affinity);
	for (unsigned i = 0; i < core_count; i++) {
		unsigned index = (start + i) % core_count;

		if (!(affinity >> index & 1))
			continue;
		if (best == core_count || cores[index].queue.users < cores[best].queue.users)
			best = index;
	}
	cores[best].queue.users++;
	return best;
}

/* a thread in wait_for_child is counted when it takes its place again */
static void place_count(const struct thread *thread, int change)
{
	if (!thread->has_lent_place)
		cores[thread->place].queue.users += (unsigned)change;
}

void sched_set_affinity(struct thread *thread, uint64_t affinity)
{
	thread->affinity = affinity;
	/* once it has another place because its cores are gone, it stays there: who is woken each time is never found parked */
	if (sched_open_cores(affinity) >> thread->place & 1)
		return;
	place_count(thread, -1);
	thread->place = sched_place(affinity, thread->place + 1);
	cores[thread->place].queue.users--;
	place_count(thread, 1);
	thread_notify(thread);
}

static void set_lent(bool is_lent)
{
	struct thread *thread = thread_current();

	spin_lock(&process_lock);
	place_count(thread, -1);
	thread->has_lent_place = is_lent;
	place_count(thread, 1);
	spin_unlock(&process_lock);
}

void sched_lend_place(void)
{
	set_lent(true);
}

void sched_take_place(void)
{
	set_lent(false);
}

void sched_go_to_place(void)
{
	sched_move(__atomic_load_n(&thread_current()->place, __ATOMIC_RELAXED));
}
