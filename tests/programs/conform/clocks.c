/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Clocks, sleeps, and the time that processes used. Of times only order and bounds are told.
 */
#include "conform.h"
#include <time.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>

CONFORM(clocks,
	"clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday times getrusage");

#define CPU_OF(pid, which) \
	((int)(~(unsigned)(pid) << 3 | (which))) /* of another process: linux/posix-timers.h */

static void check_read(void)
{
	static const int clocks[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 99, -1};
	struct timespec time;

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		printf("clock %d: ", clocks[i]);
		VALUE(SYS(clock_gettime, clocks[i], &time));
		HOLDS(time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
		VALUE(SYS(clock_getres, clocks[i], NULL));
	}
	VALUE(SYS(clock_getres, CLOCK_MONOTONIC, &time));
	printf("%ld %ld\n", (long)time.tv_sec, time.tv_nsec);
	VALUE(SYS(clock_getres, CLOCK_THREAD_CPUTIME_ID, &time));
	printf("%ld %ld\n", (long)time.tv_sec, time.tv_nsec);
	VALUE(SYS(clock_gettime, CPU_OF(getpid(), 2), &time));
	VALUE(SYS(clock_gettime, CPU_OF(999999, 2), &time));
	BAD_WRITE(p, SYS(clock_gettime, CLOCK_MONOTONIC, p));
	BAD_WRITE(p, SYS(clock_gettime, CLOCK_PROCESS_CPUTIME_ID, p));
	BAD_WRITE(p, SYS(clock_getres, CLOCK_REALTIME, p));
}

static int64_t ns(int clock)
{
	struct timespec time;

	need(SYS(clock_gettime, clock, &time) == 0, "clock_gettime");
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void check_order(void)
{
	struct timespec time;
	int64_t a, b, c;

	a = ns(CLOCK_MONOTONIC);
	need(clock_gettime(CLOCK_MONOTONIC, &time) == 0, "clock_gettime"); /* by the vDSO */
	b = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
	c = ns(CLOCK_MONOTONIC);
	HOLDS(a <= b && b <= c);
	HOLDS(ns(CLOCK_MONOTONIC) <= ns(CLOCK_BOOTTIME));
	HOLDS(ns(CLOCK_MONOTONIC_COARSE) <= ns(CLOCK_MONOTONIC));
	HOLDS(ns(CLOCK_REALTIME_COARSE) <= ns(CLOCK_REALTIME));
	HOLDS(ns(CLOCK_THREAD_CPUTIME_ID) <= ns(CLOCK_PROCESS_CPUTIME_ID));
	HOLDS(ns(CLOCK_REALTIME) > ns(CLOCK_MONOTONIC));
}

static void check_time_of_day(void)
{
	struct timeval time = {-1, -1};
	struct timezone zone = {1, 1};
	int64_t real = ns(CLOCK_REALTIME);

	VALUE(SYS(gettimeofday, &time, &zone));
	HOLDS(time.tv_usec >= 0 && time.tv_usec < 1000000);
	HOLDS(time.tv_sec >= real / 1000000000);
	printf("%d %d\n", zone.tz_minuteswest, zone.tz_dsttime);
	VALUE(SYS(gettimeofday, NULL, NULL));
	BAD_WRITE(p, SYS(gettimeofday, bad_->address ? p : (char *)8, NULL));
	BAD_WRITE(p, SYS(gettimeofday, NULL, bad_->address ? p : (char *)8));
}

static void check_sleep(void)
{
	const struct timespec zero = {0, 0}, short_time = {0, 2000000}, wrong = {0, 1000000000},
			      negative = {-1, 0}, before = {5, 0};
	struct timespec until;
	int64_t start = ns(CLOCK_MONOTONIC);

	VALUE(SYS(nanosleep, &zero, NULL));
	VALUE(SYS(nanosleep, &short_time, NULL));
	HOLDS(ns(CLOCK_MONOTONIC) - start >= 2000000);
	VALUE(SYS(nanosleep, &wrong, NULL));
	VALUE(SYS(nanosleep, &negative, NULL));
	BAD_READ(p, SYS(nanosleep, p, NULL));
	start = ns(CLOCK_MONOTONIC);
	VALUE(SYS(clock_nanosleep, CLOCK_MONOTONIC, 0, &short_time, NULL));
	VALUE(SYS(clock_nanosleep, CLOCK_REALTIME, 0, &short_time, NULL));
	VALUE(SYS(clock_nanosleep, CLOCK_BOOTTIME, 0, &short_time, NULL));
	HOLDS(ns(CLOCK_MONOTONIC) - start >= 6000000);
	VALUE(SYS(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &before, NULL));
	VALUE(SYS(clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &before, NULL));
	start = ns(CLOCK_MONOTONIC) + 3000000;
	until = (struct timespec){start / 1000000000, start % 1000000000};
	VALUE(SYS(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
	HOLDS(ns(CLOCK_MONOTONIC) >= start);
	VALUE(SYS(clock_nanosleep, CLOCK_MONOTONIC, 0, &wrong, NULL));
	VALUE(SYS(clock_nanosleep, CLOCK_MONOTONIC, 0x100, &zero, NULL));
	VALUE(SYS(clock_nanosleep, 99, 0, &zero, NULL));
	VALUE(SYS(clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &zero, NULL));
	VALUE(SYS(clock_nanosleep, CLOCK_MONOTONIC_RAW, 0, &zero, NULL));
	BAD_READ(p, SYS(clock_nanosleep, CLOCK_MONOTONIC, 0, p, NULL));
}

static void burn(int64_t amount)
{
	int64_t end = ns(CLOCK_THREAD_CPUTIME_ID) + amount;

	while (ns(CLOCK_THREAD_CPUTIME_ID) < end)
		;
}

static void check_usage(void)
{
	struct rusage before, after;
	struct tms used;

	VALUE(SYS(getrusage, RUSAGE_SELF, &before));
	burn(20000000);
	VALUE(SYS(getrusage, RUSAGE_THREAD, &after));
	VALUE(SYS(getrusage, RUSAGE_SELF, &after));
	HOLDS(after.ru_utime.tv_sec * 1000000 + after.ru_utime.tv_usec +
		      after.ru_stime.tv_sec * 1000000 + after.ru_stime.tv_usec -
		      before.ru_utime.tv_sec * 1000000 - before.ru_utime.tv_usec >
	      10000);
	HOLDS(after.ru_maxrss > 0);
	VALUE(SYS(getrusage, RUSAGE_CHILDREN, &after));
	VALUE(SYS(getrusage, 2, &after));
	VALUE(SYS(getrusage, -2, &after));
	BAD_WRITE(p, SYS(getrusage, RUSAGE_SELF, p));
	HOLDS(SYS(times, &used) > 0);
	HOLDS(SYS(times, NULL) > 0);
	HOLDS(used.tms_utime + used.tms_stime > 0);
	BAD_WRITE(p, bad_->address ? SYS(times, p) > 0 ? 0 : SYS(times, p) : 0);
}

static void conform_clocks(void)
{
	check_read();
	check_order();
	check_time_of_day();
	check_sleep();
	check_usage();
}
