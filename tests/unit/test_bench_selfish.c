/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * selfish-detour: what it makes of recordings, which of them it believes, and a recording of the
 * build host, whose detours nobody knows but which has to be consistent.
 */
#include <bench/selfish/statistics.h>
#include "unit.h"
#include <counter.h>
#include <math.h>

#define HZ        UINT64_C(62500000) /* a tick is 16 ns */
#define THRESHOLD 5u
#define TICKS     10000u

/* 10000 ticks with detours of 10, 6 and 300 ticks; a read takes up to 4 ticks */
struct example {
	struct detour detours[4];
	struct recording recording;
};

static struct example example_make(void)
{
	return (struct example){
		{{100, 10}, {2000, 6}, {5000, 300}},
		{.capacity = 4,
		 .count = 3,
		 .start = 100,
		 .end = 10102,
		 .reads = 3000,
		 .writing = 3},
	};
}

static bool is_believed(struct example *example)
{
	example->recording.detours = example->detours;
	return recording_verify(&example->recording, TICKS, THRESHOLD);
}

static void test_conversions(void **state)
{
	(void)state;
	assert_int_equal(ticks_to_ns(1, HZ), 16);
	assert_int_equal(ticks_to_ns(HZ * 3600 * 24 * 365, HZ), UINT64_C(31536000000000000));
	assert_int_equal(ticks_to_ns(UINT64_C(3000000001), UINT64_C(3000000000)), 1000000000);
	assert_int_equal(threshold_ticks(0.5, 9.0, 0.0, HZ), 4);
	assert_int_equal(threshold_ticks(0.05, 9.0, 0.0, HZ), 1);
	assert_int_equal(threshold_ticks(0.5, 9.0, 1000.0, HZ), 62);
	assert_int_equal(threshold_ticks(0.5, 9.0, 1.0, HZ), 1);
}

static void test_statistics(void **state)
{
	struct example one = example_make(), two = example_make();
	struct recording both[2];
	struct statistics s;

	(void)state;
	two.recording.count = 1;
	both[0] = one.recording;
	both[0].detours = one.detours;
	both[1] = two.recording;
	both[1].detours = two.detours;
	s = statistics_make(both, 2, HZ);
	assert_int_equal(s.count, 4);
	assert_int_equal(s.shortest_ns, 96);
	assert_int_equal(s.median_ns, 160);
	assert_int_equal(s.longest_ns, 4800);
	assert_true(fabs(s.observed - 20004 * 16e-9) < 1e-12);
	assert_true(fabs(s.lost - 326 * 16e-9) < 1e-12);
	for (unsigned i = 0; i < BUCKETS; i++)
		assert_int_equal(s.buckets[i], i == 6 ? 1 : i == 7 ? 2 : i == 12 ? 1 : 0);
	both[0].count = 0;
	s = statistics_make(both, 1, HZ);
	assert_true(s.count == 0 && s.median_ns == 0 && s.lost == 0.0 && s.observed > 0.0);
}

static void test_believed(void **state)
{
	struct example example = example_make();

	(void)state;
	assert_true(is_believed(&example));
	example.recording.capacity = 3; /* full: it may have ended before the time */
	example.recording.end = 5300;
	assert_true(is_believed(&example));
}

/* each change alone makes a recording that cannot be true */
static void test_not_believed(void **state)
{
	struct example good = example_make(), bad = good;

	(void)state;
	bad.recording.end = 10099; /* too short */
	assert_false(is_believed(&bad));
	bad = good;
	bad.recording.end = 99;
	assert_false(is_believed(&bad));
	bad = good;
	bad.recording.count = 5;
	assert_false(is_believed(&bad));
	bad = good;
	bad.detours[1].length = THRESHOLD;
	assert_false(is_believed(&bad));
	bad = good;
	bad.detours[0].time = 99; /* before the start */
	assert_false(is_believed(&bad));
	bad = good;
	bad.detours[1].time = 109; /* within the first */
	assert_false(is_believed(&bad));
	bad = good;
	bad.detours[2].time = 9803; /* beyond the end */
	assert_false(is_believed(&bad));
	bad = good;
	bad.recording.reads = 1900; /* something that took long is missing */
	assert_false(is_believed(&bad));
	bad = good;
	bad.recording.reads = 2;
	assert_false(is_believed(&bad));
	bad = good;
	bad.recording.writing = 9700; /* more than there was */
	assert_false(is_believed(&bad));
}

static void test_frequency(void **state)
{
	struct clock_pair start = {1000, 1010, 1.0};
	struct clock_pair end = {1000 + HZ, 1010 + HZ, 2.0};

	(void)state;
	assert_true(frequency_verify(&start, &end, HZ));
	end.seconds = 2.002;
	assert_false(frequency_verify(&start, &end, HZ));
	end.seconds = 1.998;
	assert_false(frequency_verify(&start, &end, HZ));
	end.seconds = 2.5;
	end.after += HZ; /* interrupted while it read the clock: nobody knows */
	assert_true(frequency_verify(&start, &end, HZ));
}

static void test_real_recording(void **state)
{
	static struct detour detours[1000];
	uint64_t hz = counter_hz();
	double loop = loop_ticks(hz, 0);
	struct recording recording = {.detours = detours, .capacity = 1000};
	struct observation how = {counter_read(), hz / 50, 0, 0};

	(void)state;
	how.threshold = threshold_ticks(loop, 9.0, 0.0, hz);
	detours_record(&recording, &how);
	assert_true(recording_verify(&recording, how.ticks, how.threshold));
	assert_true(loop_ticks(hz, 64) > loop);
	/* every gap is one: ends when it is full */
	how.threshold = 0;
	detours_record(&recording, &how);
	assert_int_equal(recording.count, recording.capacity);
	assert_true(recording_verify(&recording, how.ticks, how.threshold));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversions), cmocka_unit_test(test_statistics),
		cmocka_unit_test(test_believed),    cmocka_unit_test(test_not_believed),
		cmocka_unit_test(test_frequency),   cmocka_unit_test(test_real_recording),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
