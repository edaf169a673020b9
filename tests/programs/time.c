/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Clocks and sleeping: monotone, of sane resolution, consistent with each other; a sleep is never short and, with much
 * tolerance for emulation on a busy machine, not absurdly long.
 */
#include "report.h"
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SLEEP_NS     INT64_C(20000000)
#define TOLERANCE_NS INT64_C(2000000000)

static int64_t now(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		return -1;
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int is_monotone(clockid_t clock)
{
	int64_t last = now(clock);

	for (int i = 0; i < 10000; i++) {
		int64_t next = now(clock);
		if (next < last)
			return 0;
		last = next;
	}
	return last > 0;
}

static int moves(clockid_t clock)
{
	int64_t start = now(clock);

	for (int i = 0; i < 100000000; i++)
		if (now(clock) > start)
			return 1;
	return 0;
}

static int sleep_is_exact(int64_t start)
{
	int64_t took = now(CLOCK_MONOTONIC) - start;
	return took >= SLEEP_NS && took < SLEEP_NS + TOLERANCE_NS;
}

static void check_sleeps(void)
{
	struct timespec delay = {0, SLEEP_NS};
	struct timespec wrong = {0, 1000000000};
	struct timespec negative = {-1, 0};
	struct timespec zero = {0, 0};
	int64_t start = now(CLOCK_MONOTONIC);

	VALUE(nanosleep(&delay, NULL));
	HOLDS(sleep_is_exact(start));
	start = now(CLOCK_MONOTONIC);
	VALUE(clock_nanosleep(CLOCK_MONOTONIC, 0, &delay, NULL));
	HOLDS(sleep_is_exact(start));
	start = now(CLOCK_MONOTONIC);
	struct timespec until = {(start + SLEEP_NS) / 1000000000, (start + SLEEP_NS) % 1000000000};
	VALUE(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
	HOLDS(sleep_is_exact(start));
	VALUE(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
	VALUE(nanosleep(&zero, NULL));
	VALUE(nanosleep(&wrong, NULL));
	VALUE(nanosleep(&negative, NULL));
	VALUE(usleep(1000));
}

int main(void)
{
	struct timespec t;
	struct timeval v;

	HOLDS(is_monotone(CLOCK_MONOTONIC));
	HOLDS(is_monotone(CLOCK_REALTIME));
	HOLDS(moves(CLOCK_MONOTONIC));
	HOLDS(moves(CLOCK_REALTIME));
	HOLDS(moves(CLOCK_PROCESS_CPUTIME_ID));
	HOLDS(moves(CLOCK_MONOTONIC_RAW));
	VALUE(clock_getres(CLOCK_MONOTONIC, &t));
	HOLDS(t.tv_sec == 0 && t.tv_nsec > 0 && t.tv_nsec <= 4000000);
	VALUE(syscall(SYS_clock_gettime, 1000, &t));
	VALUE(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 1));
	VALUE(gettimeofday(&v, NULL));
	HOLDS(v.tv_usec >= 0 && v.tv_usec < 1000000);
	int64_t real = now(CLOCK_REALTIME) / 1000000000;
	HOLDS(real - v.tv_sec >= 0 && real - v.tv_sec < 10);
	HOLDS(time(NULL) - real >= 0 && time(NULL) - real < 10);
	check_sleeps();
	return 0;
}
