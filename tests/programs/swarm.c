/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threads that take memory, fill it, look whether it stays as it is, write a page of it to standard output and give it back, until somebody
 * ends them: for tests of cores and memory that come and go meanwhile. Memory that changes ends it with status 1. They go from core to core, so
 * that they use one that comes; each page begins with "swarm on core N".
 *   swarm THREADS
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE      4096ul
#define PAGES_MAX 256
#define CORES     8
#define MARK      "swarm on core " /* and a digit */
#define WORDS     (PAGE / sizeof(uint64_t))

static uint64_t word(uint64_t seed, uint64_t i)
{
	return (seed + i) * UINT64_C(0x9E3779B97F4A7C15);
}

/* what differs from round to round */
static uint64_t any(uint64_t seed, uint64_t i)
{
	return word(seed, i) >> 40;
}

/* To one of the cores, if it is there; then it may be anywhere again. */
static void change_core(uint64_t seed)
{
	cpu_set_t one, all;

	CPU_ZERO(&one);
	CPU_SET(any(seed, 1) % CORES, &one);
	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(one), &one);
	sched_setaffinity(0, sizeof(all), &all);
}

static void round_once(uint64_t seed)
{
	size_t pages = 1 + any(seed, 0) % PAGES_MAX;
	uint64_t *words = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* what was taken away may be just what we need now */
	if (words == MAP_FAILED)
		return;
	change_core(seed);
	for (uint64_t i = 0; i < pages * WORDS; i++)
		words[i] = word(seed, i);
	sched_yield();
	for (uint64_t i = 0; i < pages * WORDS; i++) {
		if (words[i] != word(seed, i)) {
			fprintf(stderr, "swarm: memory has changed\n");
			_exit(1);
		}
	}
	sprintf((char *)words, MARK "%d", sched_getcpu() % CORES);
	if (write(STDOUT_FILENO, words, PAGE) != (ssize_t)PAGE)
		_exit(2);
	munmap(words, pages * PAGE);
}

static void *work(void *first)
{
	for (uint64_t seed = (uintptr_t)first;; seed += UINT64_C(1) << 32)
		round_once(seed);
	return NULL;
}

int main(int argc, char **argv)
{
	uintptr_t threads = argc > 1 ? (uintptr_t)atoi(argv[1]) : 4;
	pthread_t thread;

	for (uintptr_t i = 1; i < threads; i++)
		if (pthread_create(&thread, NULL, work, (void *)i) != 0)
			return 3;
	work(0);
}
