/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which core threads run on: a spread of new ones, masks that are inherited, moves of a thread that computes, waits or is the
 * caller. For four cores.
 */
#include "report.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CORES 4

static atomic_int stop, state, tid, seen_core;
static pthread_barrier_t barrier;

static int affine(int id, unsigned long mask)
{
	return (int)syscall(SYS_sched_setaffinity, id, sizeof(mask), &mask);
}

static unsigned long mask_of(int id)
{
	unsigned long mask = 0;

	syscall(SYS_sched_getaffinity, id, sizeof(mask), &mask);
	return mask;
}

static int here(void)
{
	unsigned core;

	return syscall(SYS_getcpu, &core, NULL, NULL) == 0 ? (int)core : -1;
}

static void *note_core(void *where)
{
	*(int *)where = here();
	pthread_barrier_wait(&barrier);
	return NULL;
}

static int spread(unsigned count, const unsigned *most)
{
	pthread_t threads[16];
	int core[16];
	unsigned on[CORES] = {0}, right = 1;

	pthread_barrier_init(&barrier, NULL, count + 1);
	for (unsigned i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, note_core, &core[i]);
	pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < count; i++) {
		pthread_join(threads[i], NULL);
		on[core[i]]++;
	}
	for (unsigned i = 0; i < CORES; i++)
		right &= on[i] == most[i];
	return (int)right;
}

static void *compute(void *unused)
{
	volatile double value = 1.5; /* the registers go along */

	(void)unused;
	tid = (int)syscall(SYS_gettid);
	state = 1;
	while (!stop) {
		value = value * 3.0 / 3.0;
		if (state == 2) {
			seen_core = here();
			state = 3;
		}
	}
	return value == 1.5 ? (void *)1 : NULL;
}

static int wait_state(int value)
{
	while (state != value)
		sched_yield();
	return 1;
}

static void move_computing(void)
{
	pthread_t thread;
	void *result;
	int right = 1;

	pthread_create(&thread, NULL, compute, NULL);
	wait_state(1);
	for (int round = 0; round < 200; round++) {
		int core = round * 7 % CORES;

		right &= affine(tid, 1ul << core) == 0;
		right &= mask_of(tid) == 1ul << core;
		state = 2;
		wait_state(3);
		right &= seen_core == core;
	}
	HOLDS(right);
	stop = 1;
	pthread_join(thread, &result);
	HOLDS(result == (void *)1);
	VALUE(affine(tid, 1));
}

static void *sleeper(void *unused)
{
	(void)unused;
	tid = (int)syscall(SYS_gettid);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier); /* moved meanwhile */
	seen_core = here();
	return NULL;
}

static void move_waiting(void)
{
	int right = 1;

	for (int round = 0; round < 20; round++) {
		pthread_t thread;

		pthread_barrier_init(&barrier, NULL, 2);
		pthread_create(&thread, NULL, sleeper, NULL);
		pthread_barrier_wait(&barrier);
		right &= affine(tid, 1ul << round % CORES) == 0;
		pthread_barrier_wait(&barrier);
		pthread_join(thread, NULL);
		right &= seen_core == round % CORES;
	}
	HOLDS(right);
}

static void move_self(void)
{
	int right = 1;

	for (int round = 0; round < 40; round++) {
		right &= affine(0, 1ul << round % CORES) == 0;
		right &= here() == round % CORES;
	}
	HOLDS(right);
	VALUE(affine(0, 0));
	VALUE(affine(0, 1ul << 60));
	VALUE(affine(999999, 1));
	VALUE(syscall(SYS_sched_setaffinity, 0, 8, NULL));
	VALUE(syscall(SYS_sched_getaffinity, 0, 4, &right));
	HOLDS(mask_of(getpid()) == 8);
}

int main(void)
{
	static const unsigned three[CORES] = {0, 1, 1, 1}, on_core_3[CORES] = {0, 0, 0, 3};
	static const unsigned eleven[CORES] = {2, 3, 3, 3};

	HOLDS(mask_of(0) == 15);
	HOLDS(here() == 0);
	HOLDS(spread(3, three));
	HOLDS(spread(3, three)); /* those that have gone do not count */
	HOLDS(spread(11, eleven));
	move_computing();
	move_waiting();
	move_self(); /* ends on core 3 alone */
	HOLDS(spread(3, on_core_3));
	affine(0, 15);
	HOLDS(here() == 3);
	return 0;
}
