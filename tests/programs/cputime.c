/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CPU time with threads: each has its own, the process has that of all, those that ended included; who sleeps has none.
 */
#include "report.h"
#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#define BURN_NS INT64_C(30000000)
#define MS      INT64_C(1000000)

static int64_t now(clockid_t clock)
{
	struct timespec t;

	return clock_gettime(clock, &t) ? -1 : t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int64_t burn(void)
{
	int64_t start = now(CLOCK_THREAD_CPUTIME_ID), end = start;

	while (end - start < BURN_NS)
		end = now(CLOCK_THREAD_CPUTIME_ID);
	return end - start;
}

static pthread_barrier_t burnt, looked;

static void *burn_and_wait(void *unused)
{
	burn();
	pthread_barrier_wait(&burnt);
	pthread_barrier_wait(&looked);
	return unused;
}

static void *burn_and_end(void *unused)
{
	burn();
	return unused;
}

/* it is on its way to sleep, however slow the machine is */
static int comes_to_rest(clockid_t clock)
{
	int64_t last = -1;

	for (int i = 0; i < 1000 && last != now(clock); i++) {
		last = now(clock);
		usleep(20000);
	}
	return last == now(clock);
}

static void check_other_thread(void)
{
	pthread_t thread;
	clockid_t clock, own;

	pthread_barrier_init(&burnt, NULL, 2);
	pthread_barrier_init(&looked, NULL, 2);
	VALUE(pthread_create(&thread, NULL, burn_and_wait, NULL));
	pthread_barrier_wait(&burnt);
	VALUE(pthread_getcpuclockid(thread, &clock));
	VALUE(pthread_getcpuclockid(pthread_self(), &own));
	HOLDS(now(clock) >= BURN_NS);
	HOLDS(comes_to_rest(clock));
	HOLDS(now(own) <= now(CLOCK_THREAD_CPUTIME_ID));
	int64_t both = now(clock) + now(own);
	HOLDS(now(CLOCK_PROCESS_CPUTIME_ID) >= both);
	pthread_barrier_wait(&looked);
	pthread_join(thread, NULL);
}

static void check_ended_threads(void)
{
	int64_t process = now(CLOCK_PROCESS_CPUTIME_ID), own = now(CLOCK_THREAD_CPUTIME_ID);
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		VALUE(pthread_create(&threads[i], NULL, burn_and_end, NULL));
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	HOLDS(now(CLOCK_PROCESS_CPUTIME_ID) - process >= 3 * BURN_NS);
	HOLDS(now(CLOCK_THREAD_CPUTIME_ID) - own < 3 * BURN_NS);
}

static int64_t usage_ns(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage))
		return -1;
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000000) +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

static int64_t clock_used(void)
{
	return clock();
}

int main(void)
{
	struct tms times_now;
	clockid_t clock;

	check_other_thread();
	check_ended_threads();
	int64_t sleeping = now(CLOCK_THREAD_CPUTIME_ID);
	usleep(1000000);
	HOLDS(now(CLOCK_THREAD_CPUTIME_ID) - sleeping < 500 * MS);
	VALUE(clock_getcpuclockid(0, &clock));
	HOLDS(now(clock) >= 4 * BURN_NS);
	HOLDS(now(clock) <= now(CLOCK_PROCESS_CPUTIME_ID));
	HOLDS(usage_ns(RUSAGE_SELF) >= 4 * BURN_NS - 10 * MS);
	HOLDS(usage_ns(RUSAGE_THREAD) < usage_ns(RUSAGE_SELF));
	HOLDS(usage_ns(RUSAGE_CHILDREN) == 0);
	HOLDS(times(&times_now) != -1 &&
	      times_now.tms_utime + times_now.tms_stime >= 4 * BURN_NS / (10 * MS) - 1);
	HOLDS(clock_used() >= 4 * BURN_NS / 1000 - 10000);
	VALUE(getrusage(7, NULL));
	return 0;
}
