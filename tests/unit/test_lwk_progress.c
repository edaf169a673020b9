/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the LWK's watch takes for no progress, and what it must not.
 */
#include "lwk_thread_fake/threads.h"
#include "unit.h"
#include <lwk/progress.h>

#define LIMIT 1000u

static void test_beats(void **state)
{
	(void)state;
	assert_false(progress_beat_is_late(0, UINT64_MAX, LIMIT)); /* not watched yet */
	assert_false(progress_beat_is_late(5000, 5000, LIMIT));
	assert_false(progress_beat_is_late(5000, 6000, LIMIT));
	assert_true(progress_beat_is_late(5000, 6001, LIMIT));
	assert_false(
		progress_beat_is_late(5001, 5000, LIMIT)); /* another core's clock was read later */
}

static void test_who_needs_others(void **state)
{
	struct thread thread = {.state = THREAD_PARKED, .futex = 0x1000};

	(void)state;
	assert_true(progress_needs_others(&thread));
	thread.state = THREAD_RUNNABLE;
	assert_false(progress_needs_others(&thread));
	thread.state = THREAD_PARKED;
	thread.has_deadline = true;
	assert_false(progress_needs_others(&thread));
	thread.has_deadline = false;
	thread.wake_token = true;
	assert_false(progress_needs_others(&thread));
	thread.wake_token = false;
	thread.signals.is_due = true;
	assert_false(progress_needs_others(&thread));
	thread.signals.is_due = false;
	thread.futex = 0; /* input, for example */
	assert_false(progress_needs_others(&thread));
	thread.has_lent_place = true;
	assert_true(progress_needs_others(&thread));
}

static void test_stall(void **state)
{
	struct progress_stall stall = {.since = 0};

	(void)state;
	assert_false(progress_is_stalled(&stall, true, 7, 5000, LIMIT));
	assert_false(progress_is_stalled(&stall, true, 7, 5999, LIMIT));
	assert_true(progress_is_stalled(&stall, true, 7, 6000, LIMIT));
	assert_false(progress_is_stalled(&stall, true, 8, 6100, LIMIT)); /* one of them ran */
	assert_false(progress_is_stalled(&stall, true, 8, 7099, LIMIT));
	assert_false(
		progress_is_stalled(&stall, false, 8, 7100, LIMIT)); /* one can go on by itself */
	assert_false(progress_is_stalled(&stall, true, 8, 7200, LIMIT));
	assert_true(progress_is_stalled(&stall, true, 8, 8200, LIMIT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beats),
		cmocka_unit_test(test_who_needs_others),
		cmocka_unit_test(test_stall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
