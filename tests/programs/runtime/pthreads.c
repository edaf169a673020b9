/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * POSIX threads as programs use them: barriers, condition variables, cancellation, thread-specific data, locks of all kinds,
 * semaphores, attributes, 256 threads at once.
 */
#include "../report.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MANY 256

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_key_t key;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t semaphore;
static int counter, once_count, destroyed, cleaned, serial, present;

static struct timespec after_ms(clockid_t clock, long ms)
{
	struct timespec time;

	clock_gettime(clock, &time);
	time.tv_nsec += ms * 1000000;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

static void start(pthread_t *threads, int count, void *(*run)(void *))
{
	for (intptr_t i = 0; i < count; i++) {
		int error = pthread_create(&threads[i], NULL, run, (void *)i);

		if (error) {
			printf("pthread_create %d: %s\n", (int)i, errno_name(error));
			exit(1);
		}
	}
}

static long join(pthread_t *threads, int count)
{
	long sum = 0;

	for (int i = 0; i < count; i++) {
		void *result;

		pthread_join(threads[i], &result);
		sum += (intptr_t)result;
	}
	return sum;
}

/* all of them there at once, and none goes before */
static void *many_run(void *argument)
{
	pthread_mutex_lock(&mutex);
	if (++present == MANY)
		pthread_cond_broadcast(&condition);
	while (present < MANY)
		pthread_cond_wait(&condition, &mutex);
	pthread_mutex_unlock(&mutex);
	return argument;
}

static void check_many(void)
{
	static pthread_t threads[MANY];

	start(threads, MANY, many_run);
	VALUE(join(threads, MANY));
	VALUE(present);
}

static void *barrier_run(void *unused)
{
	for (int i = 0; i < 100; i++) {
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			serial++;
		__atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
		pthread_barrier_wait(&barrier);
		if (counter != (i + 1) * 8)
			return (void *)1;
		pthread_barrier_wait(&barrier);
	}
	(void)unused;
	return NULL;
}

static void check_barrier(void)
{
	pthread_t threads[8];

	pthread_barrier_init(&barrier, NULL, 8);
	start(threads, 8, barrier_run);
	VALUE(join(threads, 8));
	VALUE(serial);
	VALUE(counter);
	VALUE(pthread_barrier_destroy(&barrier));
}

static void check_timed_waits(void)
{
	struct timespec time = after_ms(CLOCK_REALTIME, 5);
	pthread_condattr_t attributes;
	pthread_cond_t monotonic;

	pthread_mutex_lock(&mutex);
	puts(errno_name(pthread_cond_timedwait(&condition, &mutex, &time)));
	pthread_condattr_init(&attributes);
	VALUE(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
	pthread_cond_init(&monotonic, &attributes);
	time = after_ms(CLOCK_MONOTONIC, 5);
	puts(errno_name(pthread_cond_timedwait(&monotonic, &mutex, &time)));
	pthread_mutex_unlock(&mutex);
	sem_init(&semaphore, 0, 1);
	VALUE(sem_wait(&semaphore));
	VALUE(sem_trywait(&semaphore));
	time = after_ms(CLOCK_REALTIME, 5);
	VALUE(sem_timedwait(&semaphore, &time));
}

static void clean(void *argument)
{
	cleaned += (int)(intptr_t)argument;
}

static void *cancelled_run(void *unused)
{
	pthread_cleanup_push(clean, (void *)1);
	pthread_cleanup_push(clean, (void *)10);
	sem_post(&semaphore);
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return unused;
}

static void unlock(void *lock)
{
	pthread_mutex_unlock(lock);
}

static void *cancelled_while_waiting(void *unused)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(unlock, &mutex);
	sem_post(&semaphore);
	for (;;)
		pthread_cond_wait(&condition, &mutex);
	pthread_cleanup_pop(1);
	return unused;
}

static void *cancelled_any_time(void *unused)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	sem_post(&semaphore);
	for (volatile long i = 0;; i++)
		;
	return unused;
}

static int cancel_sent;

static void *cancelled_later(void *unused)
{
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	sem_post(&semaphore);
	while (!__atomic_load_n(&cancel_sent, __ATOMIC_ACQUIRE))
		sched_yield();
	cleaned += 1000;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_testcancel();
	return unused;
}

static void cancel(const char *what, void *(*run)(void *))
{
	pthread_t thread;
	void *result;

	cancel_sent = 0;
	start(&thread, 1, run);
	while (sem_wait(&semaphore) != 0)
		;
	pthread_cancel(thread);
	__atomic_store_n(&cancel_sent, 1, __ATOMIC_RELEASE);
	pthread_join(thread, &result);
	printf("%s: cancelled %d, cleaned %d\n", what, result == PTHREAD_CANCELED, cleaned);
}

static void check_cancellation(void)
{
	cancel("in a call", cancelled_run);
	cancel("at a condition", cancelled_while_waiting);
	VALUE(pthread_mutex_trylock(&mutex));
	pthread_mutex_unlock(&mutex);
	cancel("computing", cancelled_any_time);
	cancel("not at once", cancelled_later);
}

static void destroy(void *value)
{
	__atomic_add_fetch(&destroyed, (int)(intptr_t)value, __ATOMIC_RELAXED);
}

static void *specific_run(void *argument)
{
	pthread_setspecific(key, (void *)((intptr_t)argument + 1));
	sched_yield();
	return pthread_getspecific(key);
}

static void init_once(void)
{
	once_count++;
}

static void *once_run(void *unused)
{
	pthread_once(&once, init_once);
	return unused ? NULL : NULL;
}

static void check_specific_and_once(void)
{
	pthread_t threads[16];

	pthread_key_create(&key, destroy);
	start(threads, 16, specific_run);
	VALUE(join(threads, 16));
	VALUE(destroyed);
	VALUE(pthread_key_delete(key));
	start(threads, 16, once_run);
	join(threads, 16);
	VALUE(once_count);
}

static long shared_value;

static void *rwlock_run(void *argument)
{
	long wrong = 0;

	for (int i = 0; i < 200; i++) {
		if ((i + (intptr_t)argument) % 8 == 0) {
			pthread_rwlock_wrlock(&rwlock);
			shared_value += 2;
			pthread_rwlock_unlock(&rwlock);
		} else {
			pthread_rwlock_rdlock(&rwlock);
			wrong += shared_value % 2;
			pthread_rwlock_unlock(&rwlock);
		}
	}
	return (void *)wrong;
}

static void *die_with_lock(void *lock)
{
	pthread_mutex_lock(lock);
	return NULL;
}

static void check_locks(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t robust, kind;
	pthread_t threads[8];

	start(threads, 8, rwlock_run);
	VALUE(join(threads, 8));
	VALUE(shared_value);
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&kind, &attributes);
	pthread_mutex_lock(&kind);
	puts(errno_name(pthread_mutex_lock(&kind)));
	VALUE(pthread_mutex_unlock(&kind));
	puts(errno_name(pthread_mutex_unlock(&kind)));
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&kind, &attributes);
	VALUE(pthread_mutex_lock(&kind) + pthread_mutex_lock(&kind) + pthread_mutex_unlock(&kind));
	pthread_mutexattr_init(&attributes);
	VALUE(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
	pthread_mutex_init(&robust, &attributes);
	pthread_create(&threads[0], NULL, die_with_lock, &robust);
	pthread_join(threads[0], NULL);
	puts(errno_name(pthread_mutex_lock(&robust)));
	VALUE(pthread_mutex_consistent(&robust));
	VALUE(pthread_mutex_unlock(&robust));
	VALUE(pthread_mutex_lock(&robust));
}

static void *stack_run(void *unused)
{
	pthread_attr_t attributes;
	volatile char large[900 * 1024];
	size_t size = 0;

	(void)unused;
	memset((char *)large, 1, sizeof(large));
	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstacksize(&attributes, &size);
	return (void *)(intptr_t)(size >= 1 << 20 && large[77] == 1);
}

static void *affinity_run(void *unused)
{
	cpu_set_t set;

	(void)unused;
	pthread_getaffinity_np(pthread_self(), sizeof(set), &set);
	return (void *)(intptr_t)(CPU_COUNT(&set) * 100 + sched_getcpu());
}

static void *detached_run(void *unused)
{
	sem_post(&semaphore);
	return unused;
}

static void check_attributes(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	cpu_set_t set;
	void *result;

	pthread_attr_init(&attributes);
	VALUE(pthread_attr_setstacksize(&attributes, 1 << 20));
	pthread_create(&thread, &attributes, stack_run, NULL);
	pthread_join(thread, &result);
	VALUE((intptr_t)result);
	CPU_ZERO(&set);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
	pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	pthread_create(&thread, &attributes, affinity_run, NULL);
	pthread_join(thread, &result);
	VALUE((intptr_t)result == 100 + sysconf(_SC_NPROCESSORS_ONLN) - 1);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 100; i++) {
		if (pthread_create(&thread, &attributes, detached_run, NULL) != 0)
			puts("no detached thread");
		while (sem_wait(&semaphore) != 0)
			;
	}
	puts("100 detached");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	check_many();
	check_barrier();
	check_timed_waits();
	check_cancellation();
	check_specific_and_once();
	check_locks();
	check_attributes();
	return 0;
}
