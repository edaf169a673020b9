/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * deadlock: two threads wait for each other's mutex for ever. `deadlock sleep`: one of them waits with a time limit, then gives
 * way. `deadlock input`: another one waits for input meanwhile.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t barrier;
static int has_limit;

static void *forwards(void *unused)
{
	pthread_mutex_lock(&first);
	pthread_barrier_wait(&barrier);
	pthread_mutex_lock(&second);
	pthread_mutex_unlock(&second);
	pthread_mutex_unlock(&first);
	return unused;
}

static void *backwards(void *unused)
{
	struct timespec limit;

	pthread_mutex_lock(&second);
	pthread_barrier_wait(&barrier);
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 4;
	if (has_limit)
		pthread_mutex_timedlock(&first, &limit);
	else
		pthread_mutex_lock(&first);
	pthread_mutex_unlock(&second);
	return unused;
}

static void *wait_for_input(void *unused)
{
	char byte;

	if (read(0, &byte, 1) >= 0)
		puts("input came");
	fflush(stdout);
	_exit(3);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread[3];

	has_limit = argc > 1 && strcmp(argv[1], "sleep") == 0;
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread[0], NULL, forwards, NULL);
	pthread_create(&thread[1], NULL, backwards, NULL);
	if (argc > 1 && strcmp(argv[1], "input") == 0)
		pthread_create(&thread[2], NULL, wait_for_input, NULL);
	pthread_join(thread[0], NULL);
	pthread_join(thread[1], NULL);
	puts("both went on");
	return 0;
}
