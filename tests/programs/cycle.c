/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cycle COUNT: starts itself COUNT times, one after the other, as a process of 8 threads that ends in one of several ways, and
 * says whether as many pages are free as before. Only for the lightweight kernel, which has a call to start programs.
 */
#include "futex.h"
#include <bulkhead/job.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>

#define THREADS 7 /* and the first one */
#define WAYS    6

static word_t never, arrived;
static volatile uintptr_t nowhere = 8;
static pthread_barrier_t barrier;

static unsigned long pages_free(void)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 ? info.freeram * info.mem_unit / 4096 : 0;
}

/* one each: computes, waits, sleeps, maps memory, yields, has ended, takes part in a barrier */
static void *work(void *kind)
{
	const struct timespec hour = {3600, 0};

	arrived++;
	switch ((int)(intptr_t)kind) {
	case 0:
		for (;;)
			__asm__ volatile("");
	case 1:
		for (;;)
			futex(&never, FUTEX_WAIT, 0, NULL, NULL, 0);
	case 2:
		nanosleep(&hour, NULL);
		break;
	case 3:
		for (;;) {
			char *at = mmap(NULL, 1 << 22, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			memset(at, 1, 1 << 16);
			munmap(at, 1 << 22);
		}
	case 4:
		for (;;)
			sched_yield();
	case 6:
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

/* exit() of a static program takes away the tables that pthread_exit of the first thread may still walk */
static void *end_process(void *status)
{
	_exit((int)(intptr_t)status);
}

/* the status of the process is its way plus 10, or a signal */
static int child(int way)
{
	pthread_t thread[THREADS], last;

	pthread_barrier_init(&barrier, NULL, 2);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, work, (void *)(intptr_t)(way == 4 ? 5 : i)))
			return 1;
	while (arrived < THREADS)
		sched_yield();
	switch (way) {
	case 1: /* by another thread, the first one gone */
		pthread_create(&last, NULL, end_process, (void *)11);
		pthread_exit(NULL);
	case 2:
		syscall(SYS_exit_group, 12);
		break;
	case 3:
		*(volatile int *)nowhere = 1;
		break;
	case 4: /* all threads end by themselves, in any order */
		syscall(SYS_exit, 14);
		break;
	case 5:
		kill(getpid(), SIGKILL);
	}
	return way + 10;
}

static bool is_expected(int way, int status)
{
	if (way == 4 && status == 0) /* whichever thread was the last */
		return true;
	return status == (way == 3 ? SIGSEGV : way == 5 ? SIGKILL : (way + 10) << 8);
}

static int cycle(const char *path, int way)
{
	char number[8];
	const char *const argv[] = {path, "child", number, NULL}, *const envp[] = {NULL};
	int status, pid;

	snprintf(number, sizeof(number), "%d", way);
	pid = (int)syscall(LWK_NR_SPAWN, path, argv, envp);
	if (pid < 0 || wait4(pid, &status, 0, NULL) != pid) {
		perror("cycle");
		return 1;
	}
	if (is_expected(way, status))
		return 0;
	printf("way %d: status %x\n", way, (unsigned)status);
	return 1;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1;
	unsigned long before, after;

	if (argc > 2)
		return child(atoi(argv[2]));
	printf("start\n"); /* what this program needs itself is there */
	for (int way = 0; way < WAYS; way++)
		if (cycle(argv[0], way))
			return 1;
	before = pages_free();
	for (int i = 0; i < count; i++)
		if (cycle(argv[0], i % WAYS))
			return 1;
	after = pages_free();
	printf("%d cycles, %s\n", count, before == after ? "no page lost" : "pages are missing");
	if (before != after)
		printf("%lu before, %lu after\n", before, after);
	return before != after;
}
