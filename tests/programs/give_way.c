/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Long system calls on a core that two threads share: the other one runs before such a call has done all of its work, as the
 * part of the result that is not there yet shows. For one core.
 */
#include "report.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE     4096ul
#define MARK     0x55
#define RESERVED (32ul << 30)
#define QUERIES  2000000ul
#define ZEROS    (96ul << 20)

static unsigned char *result; /* MARK, until the call writes it */
static size_t size;
static void **queries;
static volatile int begun, ended;

static long residency(void)
{
	void *reserved = mmap(NULL, RESERVED, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	long status;

	begun = 1;
	status = mincore(reserved, RESERVED, result);
	munmap(reserved, RESERVED);
	return status;
}

static long placement(void)
{
	begun = 1;
	return syscall(SYS_move_pages, 0, QUERIES, queries, NULL, result, 0);
}

static long zeros(void)
{
	int fd = open("/dev/zero", O_RDONLY);
	long got;

	begun = 1;
	got = read(fd, result, size);
	close(fd);
	return got == (long)size ? 0 : -1;
}

static void *call(void *fn)
{
	long (*const function)(void) = (long (*)(void))fn;
	long status = function();

	ended = 1;
	return (void *)status;
}

/* whether we ran when the last byte was still to come */
static int runs_meanwhile(long (*fn)(void), size_t bytes)
{
	pthread_t thread;
	void *status;
	int seen = 0;

	size = bytes;
	begun = ended = 0;
	memset(result, MARK, size);
	if (pthread_create(&thread, NULL, call, (void *)fn) != 0)
		return 0;
	while (!ended) {
		seen |= begun && result[0] != MARK && result[size - 1] == MARK;
		sched_yield();
	}
	pthread_join(thread, &status);
	return seen && status == NULL && result[size - 1] != MARK;
}

int main(void)
{
	result = malloc(ZEROS);
	queries = malloc(QUERIES * sizeof(*queries));
	for (size_t i = 0; i < QUERIES; i++)
		queries[i] = result;
	HOLDS(runs_meanwhile(residency, RESERVED / PAGE));
	HOLDS(runs_meanwhile(placement, QUERIES * 4));
	HOLDS(runs_meanwhile(zeros, ZEROS));
	return 0;
}
