/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs ask of pthreads: barriers, condition variables, 256 threads at once, read-write locks, keys, a robust mutex whose
 * owner ends, time limits, joining many, stacks of one's own.
 */
#include "report.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MANY   256
#define ROUNDS 50

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER, idle = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_key_t key;
static sem_t semaphore;
static atomic_int counter, destroyed;
static int shared, generation;
static _Thread_local int own = 7;

static void run(unsigned count, void *(*start)(void *), size_t stack)
{
	static pthread_t thread[MANY];
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	if (stack)
		pthread_attr_setstacksize(&attr, stack);
	for (unsigned i = 0; i < count; i++)
		if (pthread_create(&thread[i], &attr, start, (void *)(intptr_t)i) != 0)
			printf("no thread %u\n", i);
	for (unsigned i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
}

static void *at_once(void *index)
{
	own += (int)(intptr_t)index;
	counter++;
	pthread_barrier_wait(&barrier); /* all of them are there */
	if (own != 7 + (int)(intptr_t)index)
		counter = -1000;
	return NULL;
}

static void *in_rounds(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		counter++;
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			shared += counter == 4 * (i + 1);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void *follow(void *unused)
{
	(void)unused;
	for (int seen = 0; seen < ROUNDS; seen++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_cond_signal(&idle);
		while (generation == seen)
			pthread_cond_wait(&cond, &mutex);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void broadcasts(void)
{
	pthread_t thread[8];

	counter = 0;
	for (int i = 0; i < 8; i++)
		pthread_create(&thread[i], NULL, follow, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		while (counter < 8 * (i + 1))
			pthread_cond_wait(&idle, &mutex);
		generation++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
	for (int i = 0; i < 8; i++)
		pthread_join(thread[i], NULL);
}

static void *lock_often(void *index)
{
	for (int i = 0; i < 200; i++) {
		if (((intptr_t)index + i) % 4 == 0) {
			pthread_rwlock_wrlock(&rwlock);
			shared++;
			pthread_rwlock_unlock(&rwlock);
		} else {
			pthread_rwlock_rdlock(&rwlock);
			counter += shared < 0;
			pthread_rwlock_unlock(&rwlock);
		}
	}
	return NULL;
}

static void destroy(void *value)
{
	destroyed += (int)(intptr_t)value;
}

static void *with_key(void *index)
{
	pthread_setspecific(key, (void *)((intptr_t)index + 1));
	return NULL;
}

static void *post(void *unused)
{
	(void)unused;
	for (int i = 0; i < 20; i++)
		sem_post(&semaphore);
	return NULL;
}

static void *end_with_lock(void *lock)
{
	pthread_mutex_lock(lock);
	return NULL;
}

static void robust(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t lock;
	pthread_t thread;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&lock, &attr);
	pthread_create(&thread, NULL, end_with_lock, &lock);
	pthread_join(thread, NULL);
	HOLDS(pthread_mutex_lock(&lock) == EOWNERDEAD);
	HOLDS(pthread_mutex_consistent(&lock) == 0);
	HOLDS(pthread_mutex_unlock(&lock) == 0);
	HOLDS(pthread_mutex_lock(&lock) == 0);
	pthread_mutex_unlock(&lock);
	pthread_create(&thread, NULL, end_with_lock, &lock);
	pthread_join(thread, NULL);
	HOLDS(pthread_mutex_lock(&lock) == EOWNERDEAD);
	pthread_mutex_unlock(&lock); /* not made consistent */
	HOLDS(pthread_mutex_lock(&lock) == ENOTRECOVERABLE);
}

static void limits(void)
{
	struct timespec past = {1, 0}, soon;

	pthread_mutex_lock(&mutex);
	HOLDS(pthread_cond_timedwait(&cond, &mutex, &past) == ETIMEDOUT);
	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_nsec += 2000000;
	if (soon.tv_nsec >= 1000000000)
		soon.tv_sec++, soon.tv_nsec -= 1000000000;
	HOLDS(pthread_cond_timedwait(&cond, &mutex, &soon) == ETIMEDOUT);
	HOLDS(pthread_mutex_timedlock(&mutex, &past) == ETIMEDOUT);
	pthread_mutex_unlock(&mutex);
	HOLDS(sem_timedwait(&semaphore, &past) == -1 && errno == ETIMEDOUT);
}

int main(void)
{
	pthread_barrier_init(&barrier, NULL, MANY);
	run(MANY, at_once, 1 << 16);
	HOLDS(counter == MANY && own == 7);
	counter = 0;
	pthread_barrier_init(&barrier, NULL, 4);
	run(4, in_rounds, 0);
	HOLDS(shared == ROUNDS);
	broadcasts();
	HOLDS(counter == 8 * ROUNDS);
	shared = counter = 0;
	run(8, lock_often, 0);
	HOLDS(shared == 400 && counter == 0);
	pthread_key_create(&key, destroy);
	run(32, with_key, 0);
	HOLDS(destroyed == 32 * 33 / 2);
	sem_init(&semaphore, 0, 0);
	run(4, post, 0);
	for (counter = 0; sem_trywait(&semaphore) == 0;)
		counter++;
	HOLDS(counter == 80);
	limits();
	robust();
	return 0;
}
