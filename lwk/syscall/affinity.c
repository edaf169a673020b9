/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sched_setaffinity(2) and sched_getaffinity(2), for any thread. When a call returns, the thread does not
 * execute user code on a core that it may not use.
 */
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define MASK_SIZE sizeof(uint64_t) /* of all cores */

static long sys_sched_getaffinity(const uint64_t *args)
{
	const struct thread *thread;
	uint64_t mask = 0;
	bool is_there;

	if ((uint32_t)args[1] < MASK_SIZE || args[1] % sizeof(uint64_t) != 0)
		return -EINVAL;
	spin_lock(&process_lock);
	thread = thread_find((int)args[0]);
	is_there = thread != NULL;
	if (is_there)
		mask = sched_open_cores(thread->affinity);
	spin_unlock(&process_lock);
	if (!is_there)
		return -ESRCH;
	return copy_to_user(UADDR(args[2]), &mask, sizeof(mask)) == 0 ? (long)MASK_SIZE : -EFAULT;
}
SYSCALL(NR_sched_getaffinity, sys_sched_getaffinity);

/* caller holds process_lock */
static bool is_where_it_may_be(const struct thread *thread)
{
	unsigned core = __atomic_load_n(&thread->core, __ATOMIC_RELAXED);

	return core == thread->place ||
	       __atomic_load_n(&cores[core].queue.current, __ATOMIC_ACQUIRE) != thread;
}

/*
 * A thread that is not running goes to its place before it is in user mode again; one that runs is waited for. Threads
 * that move each other do not wait in a circle, as whoever waits here goes to his own place.
 */
static void wait_for_move(int tid)
{
	bool is_done;

	do {
		const struct thread *thread;

		sched_go_to_place();
		spin_lock(&process_lock);
		thread = process_current()->is_ending ? NULL : thread_find(tid);
		is_done = !thread || is_where_it_may_be(thread);
		spin_unlock(&process_lock);
		if (!is_done)
			thread_yield();
	} while (!is_done);
}

static long sys_sched_setaffinity(const uint64_t *args)
{
	struct thread *thread;
	uint64_t mask = 0;
	long status = 0;

	if (copy_from_user(&mask, UADDR(args[2]),
			   (uint32_t)args[1] < MASK_SIZE ? (uint32_t)args[1] : MASK_SIZE) != 0)
		return -EFAULT;
	mask &= sched_all_cores();
	spin_lock(&process_lock);
	thread = thread_find((int)args[0]);
	if (!thread)
		status = -ESRCH;
	else if (!mask)
		status = -EINVAL;
	else
		sched_set_affinity(thread, mask);
	spin_unlock(&process_lock);
	if (status == 0)
		wait_for_move((int)args[0]);
	return status;
}
SYSCALL(NR_sched_setaffinity, sys_sched_setaffinity);
