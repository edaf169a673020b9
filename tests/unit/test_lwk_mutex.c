/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's sleeping lock, with threads of the build host: mutual exclusion, waiters in the order in which they came, and no
 * newcomer ahead of a waiter that has found the lock taken once.
 */
#include "lwk_thread_fake/threads.h"
#include "unit.h"
#include <lwk/mutex.h>
#include <pthread.h>
#include <sched.h>

#define THREADS 4
#define ROUNDS  20000
#define TRIES   1000

static struct process process;
static struct mutex mutex = MUTEX_INIT(mutex);
static unsigned counter; /* under the mutex, as the next two */
static int order[THREADS];
static unsigned ordered;

static int waiter_count(void)
{
	uint64_t flags = spin_lock_irq(&mutex.waiters.lock);
	int count = 0;

	list_for_each (link, &mutex.waiters.waiters)
		count++;
	spin_unlock_irq(&mutex.waiters.lock, flags);
	return count;
}

static bool wants_hand_off(void)
{
	uint64_t flags = spin_lock_irq(&mutex.waiters.lock);
	bool wanted = mutex.hand_off;

	spin_unlock_irq(&mutex.waiters.lock, flags);
	return wanted;
}

static void *count_up(void *unused)
{
	fake_thread_start(&process);
	for (int i = 0; i < ROUNDS; i++) {
		mutex_lock(&mutex);
		counter++;
		mutex_unlock(&mutex);
	}
	return unused;
}

static void test_exclusion(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, count_up, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(counter, THREADS * ROUNDS);
	assert_int_equal(waiter_count(), 0);
}

static void *take_once(void *number)
{
	fake_thread_start(&process);
	mutex_lock(&mutex);
	order[ordered++] = (int)(intptr_t)number;
	mutex_unlock(&mutex);
	return NULL;
}

static void waiter_start(pthread_t *thread, int number)
{
	int before = waiter_count();

	pthread_create(thread, NULL, take_once, (void *)(intptr_t)number);
	while (waiter_count() == before)
		sched_yield();
}

static void test_order(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	ordered = 0;
	mutex_lock(&mutex);
	for (int i = 0; i < THREADS; i++)
		waiter_start(&threads[i], i);
	mutex_unlock(&mutex);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(order[i], i);
}

/* Lets the lock go and takes it again at once. Whether the waiter was overtaken. */
static bool overtake(void)
{
	mutex_unlock(&mutex);
	mutex_lock(&mutex);
	return ordered == 0;
}

static void test_overtaken_once(void **state)
{
	unsigned overtaken = 0;

	(void)state;
	for (int i = 0; i < TRIES; i++) {
		pthread_t thread;

		ordered = 0;
		mutex_lock(&mutex);
		waiter_start(&thread, i);
		if (overtake()) {
			overtaken++;
			while (!wants_hand_off()) /* it has woken up and seen it */
				sched_yield();
			assert_false(overtake());
		}
		assert_int_equal(ordered, 1);
		mutex_unlock(&mutex);
		pthread_join(thread, NULL);
	}
	print_message("%u of %d waiters were overtaken, once\n", overtaken, TRIES);
}

static int set_up(void **state)
{
	(void)state;
	fake_thread_start(&process);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exclusion),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_overtaken_once),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
