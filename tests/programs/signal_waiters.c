/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Several threads wait for one signal, which is queued as often at once: each gets one. Sender and waiters share a core, so
 * that all are queued before the first waiter runs. A lost wake-up is a hang.
 */
#include "report.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#define WAITERS 3

static sigset_t awaited;
static pthread_barrier_t start;

static void *waiter(void *unused)
{
	pthread_barrier_wait(&start);
	return sigwaitinfo(&awaited, NULL) == SIGRTMIN ? unused : NULL;
}

int main(void)
{
	pthread_t threads[WAITERS];
	cpu_set_t one;
	void *got;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	VALUE(sched_setaffinity(0, sizeof(one), &one));
	sigemptyset(&awaited);
	sigaddset(&awaited, SIGRTMIN);
	VALUE(pthread_sigmask(SIG_BLOCK, &awaited, NULL));
	pthread_barrier_init(&start, NULL, WAITERS + 1);
	for (int i = 0; i < WAITERS; i++)
		pthread_create(&threads[i], NULL, waiter, &awaited);
	pthread_barrier_wait(&start);
	usleep(50000);
	for (int i = 0; i < WAITERS; i++)
		VALUE(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 0}));
	for (int i = 0; i < WAITERS; i++) {
		pthread_join(threads[i], &got);
		HOLDS(got == &awaited);
	}
	return 0;
}
