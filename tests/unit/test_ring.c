/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The byte ring: by itself, between two threads, and with a peer that writes what it likes into the
 * shared index. Data and shared page are heap blocks of the exact size, so that a step outside of
 * them ends the test.
 */
#include <lib/ring.h>
#include <bulkhead/status.h>
#include "unit.h"
#include <pthread.h>
#include <sched.h>

struct pair {
	struct ring_shared *shared;
	uint8_t *data;
	struct ring producer, consumer;
};

static struct pair pair_start(uint32_t size, uint32_t index)
{
	struct pair pair = {.shared = calloc(1, sizeof(*pair.shared)), .data = calloc(1, size)};

	pair.shared->head = pair.shared->tail = index;
	ring_init_producer(&pair.producer, pair.shared, pair.data, size);
	ring_init_consumer(&pair.consumer, pair.shared, pair.data, size);
	return pair;
}

static void pair_end(struct pair *pair)
{
	free(pair->shared);
	free(pair->data);
}

static void test_fill_and_drain(void **state)
{
	struct pair p = pair_start(16, 0);
	uint8_t buffer[32];

	(void)state;
	assert_int_equal(ring_read(&p.consumer, buffer, 4), 0);
	assert_int_equal(ring_write(&p.producer, "0123456789abcdefXYZ", 19), 16);
	assert_int_equal(ring_write(&p.producer, "XYZ", 3), 0);
	assert_int_equal(ring_space(&p.producer), 0);
	assert_int_equal(ring_fill(&p.consumer), 16);
	assert_int_equal(ring_read(&p.consumer, buffer, 10), 10);
	assert_memory_equal(buffer, "0123456789", 10);
	assert_int_equal(ring_space(&p.producer), 10);
	assert_int_equal(ring_write(&p.producer, "ghijkl", 6), 6); /* around the end */
	assert_int_equal(ring_read(&p.consumer, buffer, 32), 12);
	assert_memory_equal(buffer, "abcdefghijkl", 12);
	assert_int_equal(ring_write(&p.producer, buffer, 0), 0);
	assert_int_equal(ring_fill(&p.consumer), 0);
	pair_end(&p);
}

static void test_index_wraps(void **state)
{
	struct pair p = pair_start(64, UINT32_MAX - 100);
	struct random random = random_start();
	uint8_t in = 0, out = 0, buffer[64];

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		size_t bytes = (size_t)random_below(&random, sizeof(buffer) + 1);
		int64_t moved;

		for (size_t k = 0; k < bytes; k++)
			buffer[k] = (uint8_t)(in + k);
		moved = ring_write(&p.producer, buffer, bytes);
		assert_true(moved >= 0);
		in = (uint8_t)(in + moved);
		moved = ring_read(&p.consumer, buffer, (size_t)random_below(&random, 65));
		assert_true(moved >= 0);
		for (int64_t k = 0; k < moved; k++)
			assert_int_equal(buffer[k], out++);
	}
	assert_true(p.shared->head < UINT32_MAX - 100);
	pair_end(&p);
}

static void test_corrupt_is_for_good(void **state)
{
	struct pair p = pair_start(16, 0);
	uint8_t buffer[16] = {0};

	(void)state;
	assert_int_equal(ring_write(&p.producer, buffer, 4), 4);
	p.shared->tail = 5; /* more than was written */
	assert_int_equal(ring_write(&p.producer, buffer, 1), BH_ECORRUPT);
	p.shared->tail = 4;
	assert_int_equal(ring_write(&p.producer, buffer, 1), BH_ECORRUPT);
	assert_int_equal(ring_space(&p.producer), BH_ECORRUPT);
	assert_int_equal(p.shared->head, 4);

	p.shared->head = 17; /* more than fits */
	assert_int_equal(ring_read(&p.consumer, buffer, 1), BH_ECORRUPT);
	p.shared->head = 4;
	assert_int_equal(ring_fill(&p.consumer), BH_ECORRUPT);
	pair_end(&p);
}

/*
 * Any index at all, before each call: the answer is a possible count or ECORRUPT, and memory
 * outside stays untouched.
 */
static void test_hostile_index(void **state)
{
	struct random random = random_start();
	uint8_t buffer[300];

	(void)state;
	memset(buffer, 0x5a, sizeof(buffer));
	for (unsigned i = 0; i < 20000; i++) {
		struct pair p = pair_start(128, (uint32_t)random_next(&random));

		for (unsigned k = 0; k < 20; k++) {
			bool near = random_one_in(&random, 2);
			uint32_t *peer = k % 2 ? &p.shared->tail : &p.shared->head;
			int64_t moved;

			*peer = near ? p.producer.index - (uint32_t)random_below(&random, 200) + 30
				     : (uint32_t)random_next(&random);
			if (k % 2)
				moved = ring_write(&p.producer, buffer, random_below(&random, 300));
			else
				moved = ring_read(&p.consumer, buffer, random_below(&random, 300));
			assert_true(moved == BH_ECORRUPT || (moved >= 0 && moved <= 128));
		}
		pair_end(&p);
	}
}

struct transfer {
	struct ring ring;
	uint64_t seed;
	uint64_t bytes;
	uint64_t mismatches;
	bool corrupt;
};

static void *produce(void *arg)
{
	struct transfer *transfer = arg;
	struct random content = {.state = transfer->seed}, sizes = {.state = 99};
	uint8_t buffer[512];

	for (uint64_t done = 0; done < transfer->bytes;) {
		size_t bytes = 1 + (size_t)random_below(&sizes, sizeof(buffer));
		size_t sent = 0;

		bytes = bytes > transfer->bytes - done ? (size_t)(transfer->bytes - done) : bytes;
		for (size_t i = 0; i < bytes; i++)
			buffer[i] = (uint8_t)random_next(&content);
		while (sent < bytes) {
			int64_t moved = ring_write(&transfer->ring, buffer + sent, bytes - sent);

			transfer->corrupt |= moved < 0;
			if (moved < 0)
				return NULL;
			if (moved == 0)
				sched_yield();
			sent += (size_t)moved;
		}
		done += bytes;
	}
	return NULL;
}

static void *consume(void *arg)
{
	struct transfer *transfer = arg;
	struct random content = {.state = transfer->seed}, sizes = {.state = 7};
	uint8_t buffer[512];

	for (uint64_t done = 0; done < transfer->bytes;) {
		int64_t moved = ring_read(&transfer->ring, buffer,
					  1 + (size_t)random_below(&sizes, sizeof(buffer)));

		transfer->corrupt |= moved < 0;
		if (moved < 0)
			return NULL;
		if (moved == 0)
			sched_yield();
		for (int64_t i = 0; i < moved; i++)
			transfer->mismatches += buffer[i] != (uint8_t)random_next(&content);
		done += (uint64_t)moved;
	}
	return NULL;
}

static void test_two_threads(void **state)
{
	struct pair p = pair_start(1024, UINT32_MAX - 4000);
	struct transfer up = {.ring = p.producer, .seed = 3, .bytes = 8u << 20};
	struct transfer down = {.ring = p.consumer, .seed = 3, .bytes = 8u << 20};
	pthread_t producer, consumer;

	(void)state;
	assert_int_equal(pthread_create(&producer, NULL, produce, &up), 0);
	assert_int_equal(pthread_create(&consumer, NULL, consume, &down), 0);
	pthread_join(producer, NULL);
	pthread_join(consumer, NULL);
	assert_false(up.corrupt || down.corrupt);
	assert_int_equal(down.mismatches, 0);
	assert_int_equal(ring_fill(&down.ring), 0);
	pair_end(&p);
}

struct vandal {
	struct ring_shared *shared;
	bool stop;
};

/* Now an index that can be true, now one that cannot. */
static void *vandalize(void *arg)
{
	struct vandal *vandal = arg;
	struct random random = {.state = 5};

	while (!__atomic_load_n(&vandal->stop, __ATOMIC_RELAXED)) {
		uint32_t wild = (uint32_t)random_next(&random);
		uint32_t plausible = (uint32_t)random_below(&random, 256);

		__atomic_store_n(&vandal->shared->head, plausible, __ATOMIC_RELAXED);
		__atomic_store_n(&vandal->shared->tail, wild, __ATOMIC_RELAXED);
		__atomic_store_n(&vandal->shared->head, wild, __ATOMIC_RELAXED);
		__atomic_store_n(&vandal->shared->tail, plausible, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* The index changes while a call runs: what was checked is what is used, as it is read once. */
static void test_vandal_thread(void **state)
{
	struct pair p = pair_start(128, 0);
	struct vandal vandal = {.shared = p.shared};
	pthread_t thread;
	uint8_t buffer[256] = {0};
	unsigned answered = 0;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, vandalize, &vandal), 0);
	for (unsigned i = 0; i < 1000000; i++) {
		int64_t written, read;

		p.producer.corrupt = p.consumer.corrupt =
			false; /* else the first would be the last */
		written = ring_write(&p.producer, buffer, sizeof(buffer));
		assert_true(written == BH_ECORRUPT || (written >= 0 && written <= 128));
		read = ring_read(&p.consumer, buffer, sizeof(buffer));
		assert_true(read == BH_ECORRUPT || (read >= 0 && read <= 128));
		answered += written > 0 ? 1 : 0;
		answered += read > 0 ? 1 : 0;
	}
	print_message("%u of 2000000 calls found a plausible index\n", answered);
	assert_true(answered > 0);
	__atomic_store_n(&vandal.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	pair_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fill_and_drain),      cmocka_unit_test(test_index_wraps),
		cmocka_unit_test(test_corrupt_is_for_good), cmocka_unit_test(test_hostile_index),
		cmocka_unit_test(test_two_threads),         cmocka_unit_test(test_vandal_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
