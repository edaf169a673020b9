/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * malloc from 16 threads: blocks of all sizes, filled, compared, given to other threads and freed there. The pattern of a block
 * comes from its owner and size, so that a page that two blocks share is seen.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 16
#define ROUNDS  2000
#define HELD    64

struct block {
	unsigned char *bytes;
	size_t size;
	unsigned char pattern;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct block exchange[256]; /* left by one thread for another */
static unsigned long wrong, failed;

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static size_t random_size(uint32_t *state)
{
	uint32_t kind = next_random(state) % 100;

	if (kind < 70)
		return 1 + next_random(state) % 512;
	if (kind < 95)
		return 1 + next_random(state) % 20000;
	return 1 + next_random(state) % 300000; /* some by mmap */
}

static void block_fill(struct block *block, size_t size, unsigned char pattern)
{
	block->bytes = malloc(size);
	block->size = size;
	block->pattern = pattern;
	if (block->bytes)
		memset(block->bytes, pattern, size);
	else
		__atomic_add_fetch(&failed, 1, __ATOMIC_RELAXED);
}

static void block_free(struct block *block)
{
	for (size_t i = 0; block->bytes && i < block->size; i++) {
		if (block->bytes[i] != block->pattern) {
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
			break;
		}
	}
	free(block->bytes);
	block->bytes = NULL;
}

static void block_resize(struct block *block, size_t size)
{
	unsigned char *bytes = realloc(block->bytes, size);

	if (!bytes)
		return;
	if (size > block->size)
		memset(bytes + block->size, block->pattern, size - block->size);
	block->bytes = bytes;
	block->size = size;
}

static void block_exchange(struct block *block, uint32_t place)
{
	struct block other;

	pthread_mutex_lock(&mutex);
	other = exchange[place % 256];
	exchange[place % 256] = *block;
	pthread_mutex_unlock(&mutex);
	*block = other;
}

static void *run(void *argument)
{
	uint32_t state = (uint32_t)(uintptr_t)argument * 7919u + 17u;
	struct block held[HELD] = {{NULL, 0, 0}};

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct block *block = &held[next_random(&state) % HELD];

		switch (next_random(&state) % 4) {
		case 0:
			if (block->bytes)
				block_resize(block, random_size(&state));
			break;
		case 1:
			block_exchange(block, next_random(&state));
			break;
		default:
			block_free(block);
			block_fill(block, random_size(&state), (unsigned char)next_random(&state));
		}
	}
	for (unsigned i = 0; i < HELD; i++)
		block_free(&held[i]);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	struct mallinfo2 info;

	for (uintptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, run, (void *)i) != 0)
			return 1;
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < 256; i++)
		block_free(&exchange[i]);
	malloc_trim(0);
	info = mallinfo2();
	printf("wrong %lu, failed %lu\n", wrong, failed);
	/* nothing but what the libraries hold is left, nothing mapped */
	printf("left less than 256 KiB: %d, mapped %zu\n", info.uordblks < 262144, info.hblks);
	return wrong || failed;
}
