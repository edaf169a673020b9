/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's futexes, used by threads of the build host: every wake-up reaches exactly one waiter, none is lost, and operations on two
 * words do what futex(2) says. Built twice, the second time for ThreadSanitizer. UNIT_SEED repeats a run.
 */
#define _GNU_SOURCE
#include "lwk_thread_fake/threads.h"
#include "unit.h"
#include <lwk/errno.h>
#include <lwk/futex.h>
#include <pthread.h>

#define THREADS 6
#define ROUNDS  2000
#define MS      UINT64_C(1000000)
#define NEVER   UINT64_MAX
#define WORD(w) ((uaddr_t){(uint64_t)(uintptr_t)(w)})

static char spaces[2][64];
static struct process processes[2];
static uint32_t words[2]; /* atomic */
static unsigned woken, waited, given_up, running;

static int set_up(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++)
		processes[i].space = (struct address_space *)(void *)spaces[i];
	fake_thread_start(&processes[0]);
	words[0] = words[1] = 0;
	woken = waited = given_up = running = 0;
	return 0;
}

static unsigned count(const unsigned *counter)
{
	return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

static void add(unsigned *counter, unsigned value)
{
	__atomic_add_fetch(counter, value, __ATOMIC_ACQ_REL);
}

static void test_errors(void **state)
{
	static _Alignas(4096) uint32_t page[1024];

	(void)state;
	assert_int_equal(futex_wait(WORD(words), 1, FUTEX_ANY, NEVER), -EAGAIN);
	assert_int_equal(futex_wait(WORD(words), 0, FUTEX_ANY, fake_now() + MS), -ETIMEDOUT);
	assert_int_equal(futex_wait(WORD(words), 0, FUTEX_ANY, 0), -ETIMEDOUT);
	assert_int_equal(futex_wake(WORD(words), 1, FUTEX_ANY), 0);
	fake_absent_page((uint64_t)(uintptr_t)page, true);
	assert_int_equal(futex_wait(WORD(page), 0, FUTEX_ANY, NEVER), -EFAULT);
	assert_int_equal(futex_requeue(WORD(page), WORD(words), 1, 1, page + 1), -EFAULT);
	assert_int_equal(futex_wake_op(WORD(words), WORD(page), 1, 1, 0), -EFAULT);
	fake_absent_page((uint64_t)(uintptr_t)page, false);
	assert_int_equal(futex_wait(WORD(page), 1, FUTEX_ANY, NEVER), -EAGAIN);
	fake_absent_page((uint64_t)(uintptr_t)page, false);
	assert_int_equal(futex_wake_op(WORD(words), WORD(page), 1, 1, 7u << 12), 0);
	assert_int_equal(page[0], 7);
	assert_int_equal(futex_wake_op(WORD(words), WORD(words), 1, 1, 5u << 28), -ENOSYS);
	assert_int_equal(futex_wake_op(WORD(words), WORD(words), 1, 1, 6u << 24), -ENOSYS);
	assert_int_equal(futex_requeue(WORD(words), WORD(words + 1), 1, 1, words + 1), 0);
	words[1] = 5;
	assert_int_equal(futex_requeue(WORD(words), WORD(words + 1), 1, 1, words + 1), -EAGAIN);
}

static uint32_t operate(uint32_t old, uint32_t operation)
{
	uint32_t word = old;

	assert_int_equal(futex_wake_op(WORD(words), WORD(&word), 1, 1, operation), 0);
	return word;
}

static void test_arithmetic(void **state)
{
	(void)state;
	assert_int_equal(operate(5, 0u << 28 | 0xfffu << 12), UINT32_MAX); /* set to -1 */
	assert_int_equal(operate(5, 1u << 28 | 0xfffu << 12), 4);
	assert_int_equal(operate(5, 2u << 28 | 0x7f0u << 12), 0x7f5);
	assert_int_equal(operate(0xff, 3u << 28 | 0x00fu << 12), 0xf0);
	assert_int_equal(operate(5, 4u << 28 | 0x006u << 12), 3);
	assert_int_equal(operate(0, 1u << 31 | 2u << 28 | 31u << 12), 0x80000000u); /* 1 << 31 */
	assert_int_equal(operate(1, 1u << 31 | 1u << 28 | 33u << 12), 3); /* 1 << (33 & 31) */
}

/* two threads in turns: each waits for its turn */
static void *in_turns(void *own)
{
	uint32_t turn = (uint32_t)(uintptr_t)own;

	fake_thread_start(&processes[0]);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t seen;

		while ((seen = __atomic_load_n(words, __ATOMIC_ACQUIRE)) % 2 != turn)
			futex_wait(WORD(words), seen, FUTEX_ANY, NEVER);
		__atomic_store_n(words, seen + 1, __ATOMIC_RELEASE);
		futex_wake(WORD(words), 1, FUTEX_ANY);
	}
	return NULL;
}

static void test_turns(void **state)
{
	pthread_t thread[2];

	(void)state;
	for (uintptr_t i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, in_turns, (void *)i);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(words[0], 2 * ROUNDS);
}

static void *wait_often(void *random)
{
	fake_thread_start(&processes[0]);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t limit = fake_now() + random_below(random, MS / 10);
		unsigned which = (unsigned)random_below(random, 2);
		int status = futex_wait(WORD(words + which), 0, 1u << which, limit);

		if (status == 0)
			add(&waited, 1);
		else
			add(&given_up, status == -ETIMEDOUT);
	}
	add(&running, -1u);
	return NULL;
}

/* Waiters with short limits, wake-ups and moves meanwhile: who is counted as woken was woken, once. */
static void test_every_wake_up_counts(void **state)
{
	struct random randoms[THREADS], random = random_start();
	pthread_t thread[THREADS];

	(void)state;
	running = THREADS;
	for (unsigned i = 0; i < THREADS; i++) {
		randoms[i].state = random_next(&random);
		pthread_create(&thread[i], NULL, wait_often, &randoms[i]);
	}
	while (count(&running)) {
		unsigned which = (unsigned)random_below(&random, 2);
		uint32_t zero = 0;

		switch (random_below(&random, 4)) {
		case 0:
			add(&woken, (unsigned)futex_wake(WORD(words + which), 2, 3));
			break;
		case 1:
			add(&woken, (unsigned)futex_wake(WORD(words + which), THREADS, 1));
			break;
		case 2: /* nobody is woken, all are moved */
			futex_requeue(WORD(words + which), WORD(words + !which), 0, THREADS, &zero);
			break;
		case 3: /* words[] |= 0 */
			add(&woken,
			    (unsigned)futex_wake_op(WORD(words), WORD(words + 1), 1, 1, 2u << 28));
		}
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(woken, waited);
	assert_int_equal(waited + given_up, THREADS * ROUNDS);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(futex_wake(WORD(words + i), 1, FUTEX_ANY), 0);
}

static void *wait_once(void *process)
{
	fake_thread_start(process);
	add(&running, 1);
	add(&waited, futex_wait(WORD(words), 0, FUTEX_ANY, NEVER) == 0);
	return NULL;
}

/* the other process's waiter at the same address is nobody's business */
static void test_spaces_and_moves(void **state)
{
	pthread_t own[3], other;
	int moved = 0, total = 0;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		pthread_create(&own[i], NULL, wait_once, &processes[0]);
	pthread_create(&other, NULL, wait_once, &processes[1]);
	while (moved < 3) /* all of ours, when they have come */
		moved += futex_requeue(WORD(words), WORD(words + 1), 0, 3, NULL);
	assert_int_equal(moved, 3);
	assert_int_equal(futex_wake(WORD(words), 3, FUTEX_ANY), 0);
	assert_int_equal(futex_requeue(WORD(words + 1), WORD(words), 1, 1, NULL), 2);
	assert_int_equal(futex_wake(WORD(words + 1), 3, FUTEX_ANY), 1);
	assert_int_equal(futex_wake(WORD(words), 3, FUTEX_ANY), 1);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(own[i], NULL);
	assert_int_equal(count(&waited), 3);
	fake_thread_start(&processes[1]);
	while (!total)
		total = futex_wake(WORD(words), 3, FUTEX_ANY);
	assert_int_equal(total, 1);
	pthread_join(other, NULL);
	assert_int_equal(count(&waited), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_errors, set_up),
		cmocka_unit_test_setup(test_arithmetic, set_up),
		cmocka_unit_test_setup(test_turns, set_up),
		cmocka_unit_test_setup(test_every_wake_up_counts, set_up),
		cmocka_unit_test_setup(test_spaces_and_moves, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
