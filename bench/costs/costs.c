/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a kernel's services cost a program: each is repeated between two readings of the counter, less the same loop
 * without it. On a deterministic node the differences are instructions, of user and kernel together. One line each on
 * stdout: "cost NAME OPERATIONS TICKS TICKS_OF_THE_EMPTY_LOOP"; a service that fails says so instead: "failed NAME TEXT".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <services.h>

#define PAGE       4096u
#define BLOCK      (2ul << 20)
#define SMALL_AREA (1ul << 20) /* within a block, so that small pages back it */
#define HUGE_AREA  (1ul << 30)
#define CALLS      10000u
#define DEAR_CALLS 200u

/* 0, or an errno; `rounds` operations */
typedef int (*loop_fn)(unsigned rounds);

struct figure {
	const char *name;
	unsigned operations; /* that one measurement repeats */
	int (*prepare)(void);
	loop_fn loop;
	loop_fn empty; /* the same without the service */
};

static int loop_nothing(unsigned rounds)
{
	do {
		__asm__ volatile("" ::: "memory");
	} while (--rounds);
	return 0;
}

static int loop_clock(unsigned rounds)
{
	struct timespec now;
	int status = 0;

	do {
		status |= clock_gettime(CLOCK_MONOTONIC, &now);
	} while (--rounds);
	return status ? errno : 0;
}

static uint32_t turn;

static void turn_pass(uint32_t to)
{
	__atomic_store_n(&turn, to, __ATOMIC_RELEASE);
	(void)syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void turn_await(uint32_t own)
{
	uint32_t seen;

	while ((seen = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) != own)
		(void)syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void *answer_turns(void *arg)
{
	for (unsigned left = *(unsigned *)arg; left > 0; left--) {
		turn_await(1);
		turn_pass(0);
	}
	return NULL;
}

static int take_turns(unsigned turns)
{
	pthread_t partner;
	int status = pthread_create(&partner, NULL, answer_turns, &turns);

	if (status)
		return status;
	for (unsigned left = turns; left > 0; left--) {
		turn_pass(1);
		turn_await(0);
	}
	return pthread_join(partner, NULL);
}

/* a turn there and back is two hand-offs */
static int loop_handoff(unsigned rounds)
{
	return take_turns(rounds / 2);
}

static int loop_no_handoff(unsigned rounds)
{
	(void)rounds;
	return take_turns(0);
}

static void *do_nothing(void *arg)
{
	return arg;
}

static int loop_thread(unsigned rounds)
{
	int status = 0;

	do {
		pthread_t thread;

		status = pthread_create(&thread, NULL, do_nothing, NULL);
		if (!status)
			status = pthread_join(thread, NULL);
	} while (--rounds && !status);
	return status;
}

/* writes a byte every `step` */
static int touch(char *memory, size_t size, size_t step)
{
	for (size_t at = 0; at < size; at += step)
		((volatile char *)memory)[at] = 1;
	return 0;
}

static char *map(size_t size, int flags)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

/* untouched, for loop_touch; what small pages are asked for is no error where there is no choice */
static char *area;

static int prepare_area(void)
{
	area = map(SMALL_AREA, MAP_NORESERVE);
	if (area == MAP_FAILED)
		return errno;
	(void)madvise(area, SMALL_AREA, MADV_NOHUGEPAGE);
	return 0;
}

static int loop_touch(unsigned rounds)
{
	return touch(area, (size_t)rounds * PAGE, PAGE);
}

static int loop_map_page(unsigned rounds)
{
	do {
		char *page = map(PAGE, 0);

		if (page == MAP_FAILED || touch(page, PAGE, PAGE) || munmap(page, PAGE))
			return errno;
	} while (--rounds);
	return 0;
}

/* `touched`: every large page is written to, so that all of it is backed */
static int map_huge(int flags, int touched)
{
	char *huge = map(HUGE_AREA, flags);

	if (huge == MAP_FAILED)
		return errno;
	(void)madvise(huge, HUGE_AREA, MADV_HUGEPAGE);
	if (touched)
		(void)touch(huge, HUGE_AREA, BLOCK);
	return munmap(huge, HUGE_AREA) ? errno : 0;
}

static int loop_map_huge(unsigned rounds)
{
	int status;

	do {
		status = map_huge(0, 1);
	} while (--rounds && !status);
	return status;
}

static int loop_reserve_huge(unsigned rounds)
{
	int status;

	do {
		status = map_huge(MAP_NORESERVE, 0);
	} while (--rounds && !status);
	return status;
}

static const struct figure figures[] = {
	{"null", CALLS, NULL, loop_null, loop_nothing},
	{"futex_wake", CALLS, NULL, loop_futex_wake, loop_nothing},
	{"clock_gettime", CALLS, NULL, loop_clock, loop_nothing},
	{"handoff", CALLS, NULL, loop_handoff, loop_no_handoff},
	{"thread", DEAR_CALLS, NULL, loop_thread, loop_nothing},
	{"touch_page", SMALL_AREA / PAGE, prepare_area, loop_touch, loop_touch},
	{"map_page", CALLS, NULL, loop_map_page, loop_nothing},
	{"reserve_1g", DEAR_CALLS, NULL, loop_reserve_huge, loop_nothing},
	{"map_1g", 2, NULL, loop_map_huge, loop_nothing},
};

/* what happens only the first time is not measured */
static int warm_up(const struct figure *figure)
{
	int status = figure->prepare ? figure->prepare() : 0;

	if (!status)
		status = figure->loop(2);
	if (!status && figure->prepare)
		status = figure->prepare();
	return status;
}

static void measure(const struct figure *figure)
{
	uint64_t start, middle, end;
	int status = warm_up(figure);

	start = services_counter();
	if (!status)
		status = figure->loop(figure->operations);
	middle = services_counter();
	if (!status)
		status = figure->empty(figure->operations);
	end = services_counter();
	if (status)
		printf("failed %s %s\n", figure->name, strerror(status));
	else
		printf("cost %s %u %lu %lu\n", figure->name, figure->operations, middle - start,
		       end - middle);
}

static int is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(name, argv[i]) == 0)
			return 1;
	}
	return argc == 1;
}

/* arguments: the figures wanted, all without */
int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		if (is_wanted(figures[i].name, argc, argv))
			measure(&figures[i]);
	}
	return 0;
}
