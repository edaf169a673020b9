/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Timers that call a function in a thread of its own (SIGEV_THREAD): the C library keeps a thread that waits for a signal that is
 * the timer's, and starts one for each expiration.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define TIMERS 5
#define MS     1000000

static sem_t called;
static pthread_t main_thread;
static atomic_int sum, in_main, blocked;

static void on_expiry(union sigval value)
{
	sigset_t set;

	pthread_sigmask(SIG_SETMASK, NULL, &set);
	blocked += sigismember(&set, SIGUSR1);
	in_main += pthread_equal(pthread_self(), main_thread) != 0;
	sum += value.sival_int;
	sem_post(&called);
}

static int timer_make(timer_t *timer, clockid_t clock, int value, pthread_attr_t *attr)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = value};

	event.sigev_notify_function = on_expiry;
	event.sigev_notify_attributes = attr;
	return timer_create(clock, &event, timer);
}

static void wait_for(int count)
{
	while (count > 0)
		count -= sem_wait(&called) == 0;
}

static void once_each(void)
{
	const struct itimerspec soon = {{0, 0}, {0, 3 * MS}};
	timer_t timers[TIMERS];
	struct itimerspec left;

	for (int i = 0; i < TIMERS; i++)
		printf("timer_create: %d\n",
		       timer_make(&timers[i], i % 2 ? CLOCK_REALTIME : CLOCK_MONOTONIC, 1 << i,
				  NULL));
	for (int i = 0; i < TIMERS; i++)
		printf("timer_settime: %d\n", timer_settime(timers[i], 0, &soon, NULL));
	wait_for(TIMERS);
	printf("sum of values %d, called in the main thread %d\n", sum, in_main);
	for (int i = 0; i < TIMERS; i++) {
		printf("timer_gettime: %d", timer_gettime(timers[i], &left));
		printf(", disarmed %d, ", !left.it_value.tv_sec && !left.it_value.tv_nsec);
		printf("overrun %d, ", timer_getoverrun(timers[i]));
		printf("timer_delete: %d\n", timer_delete(timers[i]));
	}
}

static void again_and_again(void)
{
	const struct itimerspec often = {{0, 5 * MS}, {0, 5 * MS}}, off = {{0, 0}, {0, 0}};
	pthread_attr_t attr;
	timer_t timer;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	sum = 0;
	printf("timer_create: %d\n", timer_make(&timer, CLOCK_MONOTONIC, 1, &attr));
	printf("timer_settime: %d\n", timer_settime(timer, 0, &often, NULL));
	wait_for(20);
	printf("called at least 20 times: %d\n", sum >= 20);
	printf("timer_settime: %d\n", timer_settime(timer, 0, &off, NULL));
	printf("timer_delete: %d\n", timer_delete(timer));
}

static void never(void)
{
	const struct itimerspec late = {{0, 0}, {1000, 0}};
	timer_t timer;

	/* threads of the timer before may still be under way */
	printf("timer_create: %d\n", timer_make(&timer, CLOCK_MONOTONIC, 1000000, NULL));
	printf("timer_settime: %d\n", timer_settime(timer, 0, &late, NULL));
	printf("timer_delete: %d, called %d\n", timer_delete(timer), sum >= 1000000);
}

int main(void)
{
	sem_init(&called, 0, 0);
	main_thread = pthread_self();
	once_each();
	again_and_again();
	never();
	return 0;
}
