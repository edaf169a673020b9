/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Goes on, whatever becomes of who started it: each round looks through all its memory and writes a line. A line of input ends it, with
 * that in its last words and status 6.
 *   lasting [PAUSE]      milliseconds between two rounds, by default 50
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WORDS (UINT64_C(1) << 20)

static uint64_t words[WORDS];
static atomic_bool is_over;
static unsigned rounds, wrong;
static long pause_ms = 50;

static uint64_t word(uint64_t i)
{
	return i * UINT64_C(0x9E3779B97F4A7C15) ^ i >> 7;
}

static void *work(void *unused)
{
	const struct timespec pause = {pause_ms / 1000, pause_ms % 1000 * 1000000};

	while (!is_over) {
		for (uint64_t i = 0; i < WORDS; i++)
			wrong += words[i] != word(i);
		printf("round %u\n", ++rounds);
		fflush(stdout);
		nanosleep(&pause, NULL);
	}
	return unused;
}

int main(int argc, char **argv)
{
	char answer[64] = "";
	pthread_t worker;

	if (argc > 1)
		pause_ms = atol(argv[1]);
	for (uint64_t i = 0; i < WORDS; i++)
		words[i] = word(i);
	if (pthread_create(&worker, NULL, work, NULL) != 0)
		return 1;
	if (!fgets(answer, sizeof(answer), stdin))
		return 2;
	is_over = 1;
	pthread_join(worker, NULL);
	printf("%u rounds, %u words wrong, the answer is %s", rounds, wrong, answer);
	return 6;
}
