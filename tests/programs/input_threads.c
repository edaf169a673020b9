/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Eight threads read standard input side by side, a few bytes at a time. None may see its end while there is more to come: what
 * was read by then lacks no more than the others' last pieces. Says how many bytes there were.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define THREADS 8
#define PIECE   7

static atomic_long total;

static void *read_pieces(void *at_end)
{
	char piece[PIECE];
	long got;

	while ((got = read(STDIN_FILENO, piece, sizeof(piece))) > 0)
		total += got;
	*(long *)at_end = total;
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	long at_end[THREADS];
	int early = 0;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, read_pieces, &at_end[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++)
		early += at_end[i] < total - THREADS * PIECE;
	printf("%ld bytes, %d threads ended early\n", total, early);
	return early != 0;
}
