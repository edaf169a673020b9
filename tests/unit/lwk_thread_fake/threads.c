/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See threads.h. A wake-up that comes before the park is kept, as the scheduler does.
 */
#define _GNU_SOURCE
#include "threads.h"
#include <lwk/errno.h>
#include <lwk/page.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_SECOND UINT64_C(1000000000)

struct host_thread {
	struct thread thread; /* first */
	pthread_mutex_t lock;
	pthread_cond_t woken;
};

static _Thread_local struct host_thread self;
static _Thread_local struct core core;
unsigned fake_barrier;
static uint64_t absent; /* page number; atomic, as the next */
static bool is_absent_for_ever;

void fake_thread_start(struct process *process)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&self.lock, NULL);
	pthread_cond_init(&self.woken, &attr);
	self.thread.process = process;
	self.thread.wake_token = false;
}

struct core *arch_core_self(void)
{
	core.queue.current = &self.thread;
	return &core;
}

uint64_t fake_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * NS_PER_SECOND + (uint64_t)time.tv_nsec;
}

int thread_park(uint64_t deadline)
{
	struct timespec time = {(time_t)(deadline / NS_PER_SECOND),
				(long)(deadline % NS_PER_SECOND)};
	int status = 0;

	pthread_mutex_lock(&self.lock);
	while (!self.thread.wake_token && !status) {
		if (deadline == UINT64_MAX)
			pthread_cond_wait(&self.woken, &self.lock);
		else if (pthread_cond_timedwait(&self.woken, &self.lock, &time))
			status = -ETIMEDOUT;
	}
	if (self.thread.wake_token)
		status = 0;
	self.thread.wake_token = false;
	pthread_mutex_unlock(&self.lock);
	return status;
}

int thread_park_always(uint64_t deadline)
{
	return thread_park(deadline);
}

void thread_unpark_with(struct thread *thread, bool *flag)
{
	struct host_thread *host = (struct host_thread *)thread;

	pthread_mutex_lock(&host->lock);
	__atomic_store_n(flag, true, __ATOMIC_RELEASE);
	thread->wake_token = true;
	pthread_cond_signal(&host->woken);
	pthread_mutex_unlock(&host->lock);
}

void thread_unpark(struct thread *thread)
{
	bool flag;

	thread_unpark_with(thread, &flag);
}

/* for spin locks */
void fake_wait(unsigned *rounds)
{
	if (++*rounds > 100000000u)
		abort();
	sched_yield();
}

void fake_absent_page(uint64_t address, bool is_bad)
{
	__atomic_store_n(&is_absent_for_ever, is_bad, __ATOMIC_SEQ_CST);
	__atomic_store_n(&absent, address / PAGE_SIZE, __ATOMIC_SEQ_CST);
}

static bool is_absent(uint64_t address)
{
	return address / PAGE_SIZE == __atomic_load_n(&absent, __ATOMIC_SEQ_CST);
}

int user_word_read(uaddr_t from, uint32_t *value)
{
	if (is_absent(from.v))
		return -EFAULT;
	*value = __atomic_load_n((uint32_t *)from.v, __ATOMIC_RELAXED);
	return 0;
}

int user_word_exchange(uaddr_t word, uint32_t expected, uint32_t value, uint32_t *found)
{
	*found = expected;
	if (is_absent(word.v))
		return -EFAULT;
	__atomic_compare_exchange_n((uint32_t *)word.v, found, value, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_RELAXED);
	return 0;
}

int copy_from_user(void *to, uaddr_t from, size_t bytes)
{
	uint32_t value;

	if (is_absent(from.v)) {
		if (__atomic_load_n(&is_absent_for_ever, __ATOMIC_SEQ_CST))
			return -EFAULT;
		fake_absent_page(0, false);
	}
	value = __atomic_load_n((uint32_t *)from.v, __ATOMIC_RELAXED);
	memcpy(to, &value, bytes);
	return 0;
}
