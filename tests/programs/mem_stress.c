/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mem_stress SEED SECONDS [THREADS]: mappings made, filled, cut, protected, moved and given back by several threads at once. Of each
 * area it is known what every page must hold and allow; whoever has the area's lock works on it, so that what one core did is checked
 * from another. One more area is touched by all at the same time. What differs ends the program with a sentence and status 1. Works
 * the same on Linux.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 16
#define AREAS       8
#define PAGES_MAX   1600u /* three pages of 2 MiB */
#define COMMON      700u  /* pages of the area of all */
#define PAGE        4096ul
#define RW          (PROT_READ | PROT_WRITE)
#define ANONYMOUS   (MAP_PRIVATE | MAP_ANONYMOUS)

struct page {
	uint32_t value; /* 0: reads as zero */
	uint8_t prot;
	uint8_t is_mapped;
};

struct area {
	pthread_mutex_t lock;
	char *base;
	uint32_t pages; /* 0: there is none */
	struct page page[PAGES_MAX];
};

struct worker {
	pthread_t thread;
	unsigned index;
	uint64_t random;
	unsigned long done;
	uint32_t generation; /* of the common area; `count` is what the own words hold */
	uint32_t count[COMMON];
};

static struct area areas[AREAS];
static struct worker workers[THREADS_MAX];
static time_t end_time;
static pthread_rwlock_t common_lock = PTHREAD_RWLOCK_INITIALIZER;
static char *common;
static uint32_t common_generation;
static _Thread_local sigjmp_buf after_fault;
static _Thread_local volatile sig_atomic_t expects_fault;

static void check(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "mem_stress: failed: %s (errno %d)\n", what, errno);
	_exit(1);
}

static uint32_t draw(struct worker *worker, uint32_t limit)
{
	worker->random = worker->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(worker->random >> 33) % limit;
}

static void on_fault(int signal)
{
	(void)signal;
	check(expects_fault, "an access that is permitted");
	siglongjmp(after_fault, 1);
}

/* whether reading, or writing what is there, is answered by a signal */
static int faults(volatile char *at, int is_write)
{
	int result = 1;

	if (sigsetjmp(after_fault, 1) == 0) {
		expects_fault = 1;
		if (is_write)
			*at = 0;
		else
			(void)*at;
		result = 0;
	}
	expects_fault = 0;
	return result;
}

/* the words of a page that are looked at */
static uint64_t *spot(const struct area *area, uint32_t page, unsigned n)
{
	static const unsigned at[3] = {0, 2040, 4088};

	return (uint64_t *)(void *)(area->base + page * PAGE + at[n]);
}

static uint64_t pattern(uint32_t value, uint32_t page)
{
	return value ? (uint64_t)value << 32 | page : 0;
}

static void pages_set(struct area *area, uint32_t first, uint32_t count, uint8_t prot)
{
	for (uint32_t i = first; i < first + count; i++)
		area->page[i] = (struct page){.prot = prot, .is_mapped = 1};
}

/* Some pages side by side that are mapped; 0: there are none. */
static uint32_t run_choose(struct worker *worker, const struct area *area, uint32_t *first)
{
	uint32_t wanted = draw(worker, draw(worker, 2) ? 20 : PAGES_MAX) + 1, count = 0;

	if (!area->pages)
		return 0;
	*first = draw(worker, area->pages);
	while (*first + count < area->pages && count < wanted &&
	       area->page[*first + count].is_mapped)
		count++;
	return count;
}

static void area_map(struct worker *worker, struct area *area)
{
	uint32_t pages = draw(worker, PAGES_MAX) + 1;
	int flags = ANONYMOUS | (draw(worker, 2) ? MAP_NORESERVE : 0) |
		    (draw(worker, 4) ? 0 : MAP_POPULATE);

	if (area->pages)
		return;
	area->base = mmap(NULL, pages * PAGE, RW, flags, -1, 0);
	check(area->base != MAP_FAILED, "mmap");
	area->pages = pages;
	pages_set(area, 0, pages, RW);
}

static void area_fill(struct worker *worker, struct area *area)
{
	uint32_t first, count = run_choose(worker, area, &first),
			value = draw(worker, UINT32_MAX) | 1;

	for (uint32_t i = first; count && i < first + count; i++) {
		if (area->page[i].prot != RW)
			continue;
		for (unsigned n = 0; n < 3; n++)
			*spot(area, i, n) = pattern(value, i);
		area->page[i].value = value;
	}
}

static void area_check(struct worker *worker, struct area *area)
{
	uint32_t first, count = run_choose(worker, area, &first);

	for (uint32_t i = first; count && i < first + count; i++)
		for (unsigned n = 0; n < 3 && area->page[i].prot; n++)
			check(*spot(area, i, n) == pattern(area->page[i].value, i),
			      "a page keeps what was written");
}

static void area_protect(struct worker *worker, struct area *area)
{
	static const uint8_t kinds[] = {PROT_NONE, PROT_READ, RW, RW};
	uint32_t first, count = run_choose(worker, area, &first);
	uint8_t prot = kinds[draw(worker, 4)];

	if (!count)
		return;
	check(mprotect(area->base + first * PAGE, count * PAGE, prot) == 0, "mprotect");
	for (uint32_t i = first; i < first + count; i++)
		area->page[i].prot = prot;
}

/* what is not permitted is a signal, on whichever core it was forbidden */
static void area_probe(struct worker *worker, struct area *area)
{
	uint32_t first, count = run_choose(worker, area, &first);

	for (uint32_t i = first; count && i < first + count && i < first + 8; i++) {
		char *middle = area->base + i * PAGE + 100;

		check(faults(middle, 0) == !area->page[i].prot, "a read of a page");
		check(faults(middle, 1) == (area->page[i].prot != RW), "a write to a page");
	}
}

static void area_discard(struct worker *worker, struct area *area)
{
	uint32_t first, count = run_choose(worker, area, &first);

	if (!count)
		return;
	check(madvise(area->base + first * PAGE, count * PAGE, MADV_DONTNEED) == 0, "madvise");
	for (uint32_t i = first; i < first + count; i++)
		area->page[i].value = 0;
}

static void area_replace(struct worker *worker, struct area *area)
{
	uint32_t first, count = run_choose(worker, area, &first);
	char *at = area->base + first * PAGE;

	if (!count)
		return;
	check(mmap(at, count * PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0) == at, "mmap over another");
	pages_set(area, first, count, RW);
}

/* What is gone may be somebody else's at once: it is never touched again. */
static void area_unmap(struct worker *worker, struct area *area)
{
	uint32_t first, count = run_choose(worker, area, &first), left = 0;

	if (!count)
		return;
	check(munmap(area->base + first * PAGE, count * PAGE) == 0, "munmap");
	memset(&area->page[first], 0, count * sizeof(area->page[0]));
	for (uint32_t i = 0; i < area->pages; i++)
		left += area->page[i].is_mapped;
	if (!left)
		area->pages = 0;
}

/* An area without holes, alike all over. Of several mappings it is an error that changes nothing. */
static void area_move(struct worker *worker, struct area *area)
{
	uint32_t pages = draw(worker, PAGES_MAX) + 1;
	char *moved;

	for (uint32_t i = 0; i < area->pages; i++)
		if (!area->page[i].is_mapped || area->page[i].prot != area->page[0].prot)
			return;
	if (!area->pages)
		return;
	moved = mremap(area->base, area->pages * PAGE, pages * PAGE, MREMAP_MAYMOVE);
	if (moved == MAP_FAILED) {
		check(errno == EFAULT, "mremap");
		return;
	}
	area->base = moved;
	if (pages > area->pages)
		pages_set(area, area->pages, pages - area->pages, area->page[0].prot);
	area->pages = pages;
}

static void common_touch(struct worker *worker)
{
	uint32_t first = draw(worker, COMMON - 40);

	pthread_rwlock_rdlock(&common_lock);
	if (worker->generation != common_generation)
		memset(worker->count, 0, sizeof(worker->count));
	worker->generation = common_generation;
	for (uint32_t i = first; i < first + 40; i++) {
		uint32_t *own = (uint32_t *)(void *)(common + i * PAGE) + worker->index;

		check(*own == worker->count[i], "a page that all touch at once");
		*own = ++worker->count[i];
	}
	pthread_rwlock_unlock(&common_lock);
}

static void common_renew(struct worker *worker)
{
	pthread_rwlock_wrlock(&common_lock);
	if (draw(worker, 2))
		check(madvise(common, COMMON * PAGE, MADV_DONTNEED) == 0, "madvise");
	else
		check(mmap(common, COMMON * PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0) == common,
		      "mmap over the common area");
	common_generation++;
	pthread_rwlock_unlock(&common_lock);
}

static void (*const operations[])(struct worker *, struct area *) = {
	area_map,     area_map,   area_fill,    area_fill,    area_check, area_check,
	area_protect, area_probe, area_discard, area_replace, area_unmap, area_move,
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	for (; now() < end_time; worker->done++) {
		uint32_t operation = draw(worker, OPERATIONS + 8);
		struct area *area = &areas[draw(worker, AREAS)];

		if (operation == OPERATIONS) {
			common_renew(worker);
		} else if (operation > OPERATIONS) {
			common_touch(worker);
		} else {
			pthread_mutex_lock(&area->lock);
			operations[operation](worker, area);
			pthread_mutex_unlock(&area->lock);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	time_t seconds = argc > 2 ? (time_t)strtoul(argv[2], NULL, 0) : 1;
	unsigned threads = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 0) : 4;
	struct sigaction action = {.sa_handler = on_fault};
	unsigned long done = 0;

	check(threads > 0 && threads <= THREADS_MAX, "1 to 16 threads");
	printf("mem_stress: seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	sigaction(SIGSEGV, &action, NULL);
	common = mmap(NULL, COMMON * PAGE, RW, ANONYMOUS, -1, 0);
	check(common != MAP_FAILED, "mmap");
	for (unsigned i = 0; i < AREAS; i++)
		pthread_mutex_init(&areas[i].lock, NULL);
	end_time = now() + seconds;
	for (unsigned i = 0; i < threads; i++) {
		workers[i].index = i;
		workers[i].random = seed * THREADS_MAX + i;
		check(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0,
		      "pthread_create");
	}
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		done += workers[i].done;
	}
	printf("mem_stress: %lu operations\n", done);
	return 0;
}
