/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a co-kernel's program pays for its conversation with the host, in the loader of bench/x86, which answers: a question by the control
 * ring, a vector there and back, one of its own. Between two readings of the counter, less the same loop without it; one line each on
 * stdout, as bench/costs has them. Then the loader counts what regions cost.
 */
#include <bench/x86/measure.h>
#include <bulkhead/vectors.h>
#include <errno.h>
#include <fcntl.h>
#include <services.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define ROUNDS 1000u

/* 0, or an errno */
typedef int (*round_fn)(void);

static int vectors;

static int signal_and_wait(uint32_t target, struct vectors_wait *wait)
{
	if (ioctl(vectors, VECTORS_SIGNAL, &target) || ioctl(vectors, VECTORS_WAIT, wait))
		return errno;
	return 0;
}

static int round_empty(void)
{
	return 0;
}

/* The loader has no vector for anybody: the answer is all there is. */
static int round_question(void)
{
	uint32_t vector = 0;

	if (ioctl(vectors, VECTORS_ALLOC, &vector) == 0)
		return EBUSY;
	return errno == ENOSPC ? 0 : errno;
}

static int round_echo(void)
{
	static struct vectors_wait wait = {.vector = MEASURE_ECHO_BACK};

	return signal_and_wait(MEASURE_ECHO, &wait);
}

static int round_own(void)
{
	static struct vectors_wait wait = {.vector = MEASURE_OWN_BACK};

	return signal_and_wait(MEASURE_OWN, &wait);
}

static uint64_t repeat(round_fn round, int *status)
{
	uint64_t start = services_counter();

	for (unsigned left = ROUNDS; left > 0 && *status == 0; left--)
		*status = round();
	return services_counter() - start;
}

static void measure(const char *name, round_fn round)
{
	int status = round();
	uint64_t ticks = repeat(round, &status), empty = repeat(round_empty, &status);

	if (status)
		printf("failed %s %s\n", name, strerror(status));
	else
		printf("cost %s %u %lu %lu\n", name, ROUNDS, ticks, empty);
}

int main(void)
{
	struct vectors_wait wait = {.vector = MEASURE_REGIONS_BACK};

	vectors = open(VECTORS_PATH, O_RDWR | O_CLOEXEC);
	measure("question", round_question);
	measure("vector", round_echo);
	measure("own_vector", round_own);
	fflush(stdout);
	return signal_and_wait(MEASURE_REGIONS, &wait);
}
