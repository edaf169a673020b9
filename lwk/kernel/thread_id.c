/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ids of threads and processes: one space of numbers, given out in ascending order, so that a number comes back as
 * late as can be. A process's id is its first thread's and lasts until the process is collected. id_lock guards the map.
 */
#include <lwk/errno.h>
#include <lwk/spinlock.h>
#include <lwk/thread_life.h>

#define ID_LIMIT 32768 /* kernel.pid_max of a small Linux */

static struct spinlock id_lock;
static uint64_t used[ID_LIMIT / 64] = {1}; /* 0 is nobody's */
static int last_id;

static bool id_take(int id)
{
	uint64_t bit = UINT64_C(1) << id % 64;
	bool is_free = !(used[id / 64] & bit);

	used[id / 64] |= bit;
	return is_free;
}

int thread_id_alloc(void)
{
	int id = -EAGAIN;

	spin_lock(&id_lock);
	for (int i = 1; i < ID_LIMIT && id < 0; i++) {
		int candidate = (last_id + i) % ID_LIMIT;

		if (id_take(candidate))
			id = last_id = candidate;
	}
	spin_unlock(&id_lock);
	return id;
}

void thread_id_free(int id)
{
	if (id <= 0)
		return;
	spin_lock(&id_lock);
	used[id / 64] &= ~(UINT64_C(1) << id % 64);
	spin_unlock(&id_lock);
}
