/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A core of the LWK's that leaves: no thread keeps its place there, wherever it waits meanwhile, and nobody hears that the core has gone before
 * that is so.
 */
#include "lwk_thread_fake/threads.h"
#include "unit.h"
#include <arch/context.h>
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/mutex.h>
#include <lwk/progress.h>
#include <lwk/role.h>
#include <lwk/thread.h>
#include <lwk/timer.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

struct core cores[CORES_MAX];
unsigned core_count = 3;
struct spinlock process_lock;
const struct role *role;

static _Thread_local struct core *here = &cores[0];
static struct process process;
static struct thread waiter; /* on core 0 */
static void (*leaver_run)(void *arg);
static pthread_t leaver;
static bool is_told;
static unsigned visits, notices;

struct core *arch_core_self(void)
{
	return here;
}

uint64_t time_now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int thread_park_always(uint64_t deadline)
{
	(void)deadline;
	sched_yield();
	return -ETIMEDOUT;
}

void fake_wait(unsigned *rounds)
{
	if (++*rounds > 100000000u)
		abort();
	sched_yield();
}

void mutex_lock(struct mutex *mutex)
{
	mutex->is_held = true;
}

void mutex_unlock(struct mutex *mutex)
{
	mutex->is_held = false;
}

void progress_start_core(void)
{
}

void progress_stop_core(void)
{
}

void arch_halt(void)
{
	pthread_exit(NULL);
}

void arch_timer_set(uint64_t deadline)
{
	assert_true(deadline == UINT64_MAX);
}

void sched_take_along(struct thread *thread, unsigned to)
{
	if (thread->core == here->index || to == here->index)
		abort();
}

void sched_take_events_along(void)
{
}

void sched_move(unsigned core)
{
	(void)core;
}

void thread_notify(struct thread *thread)
{
	assert_ptr_equal(thread, &waiter);
	notices++;
}

void process_visit(void (*visit)(struct process *process, void *context), void *context)
{
	visits++;
	visit(&process, context);
}

/* the thread that empties the core, then its idle thread */
static void *core_main(void *unused)
{
	here = &cores[2];
	leaver_run(unused);
	here->queue.threads--;
	while (!core_leave(here))
		sched_yield();
	return NULL;
}

struct thread *thread_create_kernel(const char *name, unsigned core, void (*run)(void *arg),
				    void *arg)
{
	assert_string_equal(name, "leave");
	leaver_run = run;
	cores[core].queue.threads++;
	return pthread_create(&leaver, NULL, core_main, arg) == 0 ? &waiter : NULL;
}

/* The host hears of it late. */
static void core_down(void)
{
	const struct timespec nap = {.tv_nsec = 30000000};

	nanosleep(&nap, NULL);
	__atomic_store_n(&is_told, true, __ATOMIC_RELEASE);
}

static const struct role tells = {.core_down = core_down};

static int set_up(void **state)
{
	(void)state;
	role = &tells;
	is_told = false;
	visits = 0;
	notices = 0;
	list_init(&process.threads);
	waiter = (struct thread){.process = &process, .affinity = UINT64_MAX, .place = 2};
	list_add_tail(&process.threads, &waiter.siblings);
	for (unsigned i = 0; i < core_count; i++) {
		cores[i] = (struct core){.index = i, .is_online = true};
		list_init(&cores[i].queue.events);
	}
	cores[2].queue.users = 1;
	return 0;
}

/* A thread that waits elsewhere would go to a core that is no more, for ever. */
static void test_no_thread_has_its_place_there(void **state)
{
	(void)state;
	assert_int_equal(core_remove(2), 0);
	assert_int_equal(pthread_join(leaver, NULL), 0);
	assert_int_equal(waiter.place, 0);
	assert_int_equal(cores[2].queue.users, 0);
	assert_int_equal(cores[0].queue.users, 1);
	assert_true(visits > 0 && cores[2].queue.is_closed && !cores[2].is_leaving);
}

static void test_gone_is_down(void **state)
{
	(void)state;
	assert_int_equal(core_remove(2), 0);
	assert_true(__atomic_load_n(&is_told, __ATOMIC_ACQUIRE));
	assert_int_equal(pthread_join(leaver, NULL), 0);
}

static void test_those_that_stay(void **state)
{
	(void)state;
	assert_int_equal(core_remove(0), -EBUSY);
	assert_int_equal(core_remove(3), -EBUSY);
	cores[1].is_online = false;
	assert_int_equal(core_remove(1), -EBUSY);
	assert_int_equal(waiter.place, 2);
}

/* It goes elsewhere once: one that is woken at each look is never found parked, and the core waits for it. */
static void test_one_that_may_be_nowhere_else(void **state)
{
	(void)state;
	cores[2].is_leaving = true;
	for (unsigned i = 0; i < 3; i++)
		sched_set_affinity(&waiter, UINT64_C(1) << 2);
	assert_int_equal(notices, 1);
	assert_int_equal(waiter.place, 0);
	assert_int_equal(sched_open_cores(waiter.affinity), 3);
	assert_int_equal(sched_open_cores(UINT64_C(6)), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_no_thread_has_its_place_there, set_up),
		cmocka_unit_test_setup(test_gone_is_down, set_up),
		cmocka_unit_test_setup(test_those_that_stay, set_up),
		cmocka_unit_test_setup(test_one_that_may_be_nowhere_else, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
