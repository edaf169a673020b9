/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What counts as no progress. In doubt there is some: whoever waits with a time limit, for input, or may get a signal from a
 * timer is not alone.
 */
#include <lwk/progress.h>
#include <lwk/thread.h>

bool progress_beat_is_late(uint64_t beat, uint64_t now, uint64_t limit)
{
	return beat != 0 && now > beat && now - beat > limit;
}

bool progress_needs_others(const struct thread *thread)
{
	return thread->state == THREAD_PARKED && !thread->has_deadline && !thread->wake_token &&
	       !signal_is_due(&thread->signals) && (thread->futex || thread->has_lent_place);
}

bool progress_is_stalled(struct progress_stall *stall, bool all_need_others, uint64_t fingerprint,
			 uint64_t now, uint64_t limit)
{
	if (!all_need_others) {
		stall->since = 0;
		return false;
	}
	if (stall->since == 0 || stall->fingerprint != fingerprint) {
		stall->since = now;
		stall->fingerprint = fingerprint;
	}
	return now - stall->since >= limit;
}
