/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What reading the clock and sleeping cost, in nanoseconds of the counter: on a deterministic node these are instructions. Lines
 * "NAME NANOSECONDS"; a sleep's is how late it came back, and -1 when it came back early.
 */
#include <machine.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

#define ROUNDS 1000

static int64_t ns_of(uint64_t ticks)
{
	static uint64_t hz;

	if (!hz)
		hz = counter_hz();
	return (int64_t)((unsigned __int128)ticks * 1000000000 / hz);
}

#define COST(name, call)                                                               \
	do {                                                                           \
		uint64_t start, end, empty;                                            \
		call;                                                                  \
		start = counter();                                                     \
		for (int i = 0; i < ROUNDS; i++) {                                     \
			call;                                                          \
			__asm__ volatile("" ::: "memory");                             \
		}                                                                      \
		end = counter();                                                       \
		for (int i = 0; i < ROUNDS; i++)                                       \
			__asm__ volatile("" ::: "memory");                             \
		empty = counter() - end;                                               \
		printf("%s %ld\n", name, (long)(ns_of(end - start - empty) / ROUNDS)); \
	} while (0)

static void sleep_once(const char *name, long ns)
{
	struct timespec delay = {0, ns};
	uint64_t start = counter();

	nanosleep(&delay, NULL);
	int64_t late = ns_of(counter() - start) - ns;
	printf("%s %ld\n", name, late < 0 ? -1 : (long)late);
}

static void sleep_until(const char *name, clockid_t clock, long ns)
{
	struct timespec now;

	clock_gettime(clock, &now);
	int64_t until = now.tv_sec * INT64_C(1000000000) + now.tv_nsec + ns;
	struct timespec end = {until / 1000000000, until % 1000000000};
	clock_nanosleep(clock, TIMER_ABSTIME, &end, NULL);
	clock_gettime(clock, &now);
	int64_t late = now.tv_sec * INT64_C(1000000000) + now.tv_nsec - until;
	printf("%s %ld\n", name, late < 0 ? -1 : (long)late);
}

int main(void)
{
	struct timespec t;
	struct timeval v;

	COST("clock_gettime", clock_gettime(CLOCK_MONOTONIC, &t));
	COST("clock_gettime_real", clock_gettime(CLOCK_REALTIME, &t));
	COST("clock_getres", clock_getres(CLOCK_MONOTONIC, &t));
	COST("gettimeofday", gettimeofday(&v, NULL));
	COST("sched_getcpu", sched_getcpu());
	for (long ns = 1000; ns < 10000000; ns *= 7)
		sleep_once("sleep", ns);
	sleep_until("sleep_monotonic", CLOCK_MONOTONIC, 300000);
	sleep_until("sleep_real", CLOCK_REALTIME, 300000);
	return 0;
}
