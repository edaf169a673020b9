/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which core a thread goes to. run_queue.users counts threads of processes that use a core or may do so at any time:
 * not those that wait for a child. All under process_lock.
 */
#include <lwk/core.h>
#include <assert.h>

static_assert(CORES_MAX == 64, "an affinity mask is one word");

uint64_t sched_all_cores(void)
{
	return core_count == CORES_MAX ? UINT64_MAX : (UINT64_C(1) << core_count) - 1;
}

unsigned sched_place(uint64_t affinity, unsigned start)
{
	unsigned best = core_count;

	for (unsigned i = 0; i < core_count; i++) {
		unsigned index = (start + i) % core_count;

		if (!(affinity >> index & 1))
			continue;
		if (best == core_count || cores[index].queue.users < cores[best].queue.users)
			best = index;
	}
	best = best < core_count ? best : start % core_count; /* no mask is empty */
	cores[best].queue.users++;
	return best;
}
