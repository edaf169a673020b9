/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * stress SEED SECONDS [PAIRS]: threads, futexes and memory in random order. Threads work in pairs: the leader chooses what both do
 * next. Every operation knows what must come of it, so a wake-up that is lost, delivered twice or to the wrong thread ends the
 * program with a sentence and status 1. How the process ends is chosen at random, too. Works the same on Linux.
 */
#include "futex.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define PAIRS_MAX 16
#define PAGE      4096ul
#define SECOND    1000000000ull
#define LOST      (10 * SECOND) /* a wake-up that takes longer is lost */

struct gate { /* opens when its word changes */
	word_t word;
	_Atomic uint64_t opened; /* when FUTEX_WAKE had returned, ns */
};

struct pair {
	struct gate order, answer; /* to the follower, to the leader */
	uint32_t operation, argument;
	word_t first, second;
	_Atomic int result;
	_Atomic int follower_tid;
	pthread_mutex_t mutex, robust;
	pthread_cond_t cond;
	int turn;
	unsigned long done;
	uint64_t random;
	pthread_t leader, follower;
};

static struct pair pairs[PAIRS_MAX];
static unsigned pair_count = 4;
static uint64_t end_time;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static void check(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "stress: failed: %s (errno %d)\n", what, errno);
	_exit(1);
}

static uint32_t draw(uint64_t *state, uint32_t limit)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % limit;
}

static int wake(word_t *word, int count, int flags)
{
	return futex(word, FUTEX_WAKE | flags, (uint32_t)count, NULL, NULL, 0);
}

static void gate_open(struct gate *gate, int flags)
{
	gate->opened = 0;
	gate->word++;
	check(wake(&gate->word, INT_MAX, flags) >= 0, "FUTEX_WAKE");
	gate->opened = now();
}

static void gate_wait(struct gate *gate, uint32_t closed, int flags)
{
	while (gate->word == closed) {
		uint64_t until = now() + LOST;
		struct timespec time = {(time_t)(until / SECOND), (long)(until % SECOND)};
		int result = futex(&gate->word, FUTEX_WAIT_BITSET | flags, closed, &time, NULL, FUTEX_BITSET_MATCH_ANY);
		uint64_t opened = gate->opened;

		if (result == 0)
			continue;
		check(errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT, "FUTEX_WAIT_BITSET");
		check(errno != ETIMEDOUT || gate->word == closed || !opened || opened > until - LOST / 2, "wake-up lost");
	}
}

/* leader: */
static void order(struct pair *pair, uint32_t operation, uint32_t argument)
{
	pair->operation = operation;
	pair->argument = argument;
	gate_open(&pair->order, pair->done & 1 ? FUTEX_PRIVATE_FLAG : 0);
}

static int flags_of(const struct pair *pair)
{
	return pair->argument & 1 ? FUTEX_PRIVATE_FLAG : 0;
}

static void ping(struct pair *pair, int is_leader)
{
	static const uint32_t rounds = 40;
	word_t *word = &pair->first;

	for (uint32_t i = 0; i < rounds; i++) {
		uint32_t own = 2 * i + !is_leader;

		while (*word != own) {
			uint32_t value = *word;

			if (value != own)
				futex(word, FUTEX_WAIT | flags_of(pair), value, NULL, NULL, 0);
		}
		*word = own + 1;
		check(wake(word, 1, flags_of(pair)) >= 0, "FUTEX_WAKE");
	}
}

/* a wake-up and a time limit at about the same time: exactly one of them wins */
static void race(struct pair *pair, int is_leader)
{
	struct timespec time = {0, (long)(pair->argument % 300000)};

	if (!is_leader) {
		int result = futex(&pair->first, FUTEX_WAIT, 0, &time, NULL, 0);

		check(result == 0 || errno == ETIMEDOUT || errno == EAGAIN, "FUTEX_WAIT with a limit");
		pair->result = result == 0;
		pair->second = 1;
		return;
	}
	nanosleep(&time, NULL);
	int woken = wake(&pair->first, 1, 0);

	while (!pair->second)
		sched_yield();
	check(woken == pair->result, "a waiter and its waker disagree");
}

static void requeue(struct pair *pair, int is_leader)
{
	int moved = 0, woken;

	if (!is_leader) {
		check(futex(&pair->first, FUTEX_WAIT, 0, NULL, NULL, 0) == 0, "FUTEX_WAIT, to be requeued");
		check(pair->second == 1, "woken by the word it was moved from");
		return;
	}
	while (!moved) {
		moved = futex(&pair->first, FUTEX_CMP_REQUEUE, 0, (void *)1, &pair->second, 0);
		check(moved == 0 || moved == 1, "FUTEX_CMP_REQUEUE");
	}
	check(wake(&pair->first, 1, 0) == 0, "a moved waiter is still where it was");
	pair->second = 1;
	woken = wake(&pair->second, 1, 0);
	check(woken == 1, "a moved waiter is not where it should be");
}

static void wake_op(struct pair *pair, int is_leader)
{
	int woken = 0;

	if (!is_leader) {
		check(futex(&pair->first, FUTEX_WAIT, 0, NULL, NULL, 0) == 0, "FUTEX_WAIT, to be woken by WAKE_OP");
		return;
	}
	for (uint32_t tries = 0; !woken; tries++) { /* second += 1; the comparison holds always */
		woken = futex(&pair->second, FUTEX_WAKE_OP, 1, (void *)1, &pair->first,
			      FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_GE, 0));
		check(woken == 0 || woken == 1, "FUTEX_WAKE_OP");
	}
}

static void condition(struct pair *pair, int is_leader)
{
	for (int i = 0; i < 20; i++) {
		pthread_mutex_lock(&pair->mutex);
		while (pair->turn % 2 != is_leader)
			pthread_cond_wait(&pair->cond, &pair->mutex);
		pair->turn++;
		if (i & 1)
			pthread_cond_broadcast(&pair->cond);
		else
			pthread_cond_signal(&pair->cond);
		pthread_mutex_unlock(&pair->mutex);
	}
}

static void *die_with_lock(void *mutex)
{
	check(pthread_mutex_lock(mutex) == 0, "a robust mutex");
	return NULL;
}

static void robust(struct pair *pair, int is_leader)
{
	pthread_t thread;
	int error;

	if (!is_leader)
		return;
	check(pthread_create(&thread, NULL, die_with_lock, &pair->robust) == 0, "pthread_create");
	if (pair->argument & 1)
		pthread_join(thread, NULL);
	do { /* until the other one had it, if not before */
		error = pthread_mutex_lock(&pair->robust);
		if (error == EOWNERDEAD)
			check(pthread_mutex_consistent(&pair->robust) == 0, "pthread_mutex_consistent");
		check(error == EOWNERDEAD || (error == 0 && !(pair->argument & 1)), "the owner of a robust mutex died");
		pthread_mutex_unlock(&pair->robust);
	} while (error != EOWNERDEAD);
	if (!(pair->argument & 1))
		pthread_join(thread, NULL);
}

static _Thread_local uint64_t own = 1;

static void *child(void *sum)
{
	check(own++ == 1, "a new thread has variables of its own");
	atomic_fetch_add((_Atomic unsigned *)sum, 1);
	return sum;
}

static void threads(struct pair *pair, int is_leader)
{
	unsigned count = pair->argument % 8 + 1;
	_Atomic unsigned sum = 0;
	pthread_t thread[8];
	void *result;

	(void)is_leader;
	for (unsigned i = 0; i < count; i++)
		check(pthread_create(&thread[i], NULL, child, &sum) == 0, "pthread_create");
	for (unsigned i = 0; i < count; i++)
		check(pthread_join(thread[i], &result) == 0 && result == &sum, "pthread_join");
	check(sum == count, "all threads ran");
}

static void fill(unsigned char *at, size_t pages, unsigned char value)
{
	for (size_t i = 0; i < pages; i++)
		at[i * PAGE] = at[i * PAGE + PAGE - 1] = (unsigned char)(value + i);
}

static int is_filled(const unsigned char *at, size_t pages, unsigned char value)
{
	for (size_t i = 0; i < pages; i++)
		if (at[i * PAGE] != (unsigned char)(value + i) || at[i * PAGE + PAGE - 1] != (unsigned char)(value + i))
			return 0;
	return 1;
}

static void memory(struct pair *pair, int is_leader)
{
	uint64_t random = pair->argument * 2 + (unsigned)is_leader;
	size_t pages = draw(&random, 1200) + 2, more = pages + draw(&random, 300), cut = draw(&random, (uint32_t)pages);
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (draw(&random, 2) ? MAP_NORESERVE : 0);
	unsigned char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0), *moved;

	check(at != MAP_FAILED, "mmap");
	check(at[0] == 0 && at[pages * PAGE - 1] == 0, "fresh memory is zero");
	fill(at, pages, (unsigned char)pages);
	check(mprotect(at, cut * PAGE, PROT_READ) == 0, "mprotect");
	check(is_filled(at, pages, (unsigned char)pages), "memory keeps what was written");
	check(mprotect(at, cut * PAGE, PROT_READ | PROT_WRITE) == 0, "mprotect back");
	moved = mremap(at, pages * PAGE, more * PAGE, MREMAP_MAYMOVE);
	check(moved != MAP_FAILED && is_filled(moved, pages, (unsigned char)pages), "mremap");
	check(madvise(moved, cut * PAGE, MADV_DONTNEED) == 0 && (cut == 0 || moved[0] == 0), "madvise");
	check(munmap(moved, cut * PAGE) == 0 || cut == 0, "munmap of the head");
	check(munmap(moved + cut * PAGE, (more - cut) * PAGE) == 0, "munmap of the tail");
}

static void move(struct pair *pair, int is_leader)
{
	int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(pair->argument % (unsigned)cpus, &set);
	check(sched_setaffinity(is_leader ? pair->follower_tid : 0, sizeof(set), &set) == 0, "sched_setaffinity");
	for (int i = 0; i < cpus; i++)
		CPU_SET(i, &set);
	if (!is_leader) {
		check(sched_setaffinity(0, sizeof(set), &set) == 0, "sched_setaffinity to all");
		sched_yield();
	}
}

static void (*const operations[])(struct pair *, int) = {ping,    race,    requeue, wake_op, condition,
							 robust,  threads, memory,  move};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static void *lead(void *arg)
{
	struct pair *pair = arg;

	while (now() < end_time) {
		uint32_t operation = draw(&pair->random, OPERATIONS), answer = pair->answer.word;

		pair->first = pair->second = 0;
		order(pair, operation, draw(&pair->random, UINT32_MAX));
		operations[operation](pair, 1);
		gate_wait(&pair->answer, answer, FUTEX_PRIVATE_FLAG);
		pair->done++;
	}
	order(pair, OPERATIONS, 0);
	return NULL;
}

static void *follow(void *arg)
{
	struct pair *pair = arg;

	pair->follower_tid = (int)syscall(SYS_gettid);
	for (uint32_t seen = 0;; seen++) {
		gate_wait(&pair->order, seen, seen & 1 ? FUTEX_PRIVATE_FLAG : 0);
		if (pair->operation == OPERATIONS)
			return NULL;
		operations[pair->operation](pair, 0);
		gate_open(&pair->answer, FUTEX_PRIVATE_FLAG);
	}
}

static void pair_start(struct pair *pair, uint64_t seed)
{
	pthread_mutexattr_t attr;

	pair->random = seed;
	pthread_mutex_init(&pair->mutex, NULL);
	pthread_cond_init(&pair->cond, NULL);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&pair->robust, &attr);
	check(pthread_create(&pair->follower, NULL, follow, pair) == 0, "pthread_create");
	while (!pair->follower_tid)
		sched_yield();
	check(pthread_create(&pair->leader, NULL, lead, pair) == 0, "pthread_create");
}

/* joins all, or leaves some at work */
static unsigned long wait_for_end(unsigned joined)
{
	unsigned long done = 0;

	for (unsigned i = 0; i < joined; i++) {
		pthread_join(pairs[i].leader, NULL);
		pthread_join(pairs[i].follower, NULL);
		done += pairs[i].done;
	}
	return done;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : now();
	uint64_t seconds = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	unsigned joined;

	if (argc > 3)
		pair_count = (unsigned)strtoul(argv[3], NULL, 0);
	check(pair_count > 0 && pair_count <= PAIRS_MAX, "1 to 16 pairs");
	printf("stress: seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	end_time = now() + seconds * SECOND;
	for (unsigned i = 0; i < pair_count; i++)
		pair_start(&pairs[i], seed * PAIRS_MAX + i);
	joined = seed % 3 == 0 ? 1 : pair_count;
	printf("stress: %lu operations\n", wait_for_end(joined));
	fflush(stdout);
	if (seed % 3 == 1)
		pthread_exit(NULL); /* the last thread ends the process */
	return 0;
}
