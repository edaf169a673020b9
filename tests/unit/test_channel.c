/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Both ends of the channel with each other: no byte of a session is lost or changed, a session that does not read holds up no other, a
 * kernel that begins anew finds the channel anew.
 */
#define _GNU_SOURCE
#include "channel_fake/link.h"
#include <bulkhead/status.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void test_messages_stay_whole(void **state)
{
	const size_t sizes[] = {1, 2, 4095, CHANNEL_MESSAGE_MAX - 1, CHANNEL_MESSAGE_MAX};
	static uint8_t message[CHANNEL_MESSAGE_MAX + 1], got[CHANNEL_MESSAGE_MAX];
	struct link *link = link_begin();
	struct core_session *file = link_open(link, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct peer *peer = &link->peers[0];

		memset(message, (int)i + 1, sizeof(message));
		peer->have = 0;
		assert_int_equal(core_send(&link->core, file, message, sizes[i]), BH_OK);
		link_settle(link);
		assert_int_equal(peer->have, sizes[i]);
		assert_memory_equal(peer->received, message, sizes[i]);
		assert_true(session_send(peer->session, message, sizes[i]));
		link_settle(link);
		if (sizes[i] > 1)
			assert_int_equal(core_receive(&link->core, file, got, sizes[i] - 1),
					 BH_ERANGE);
		assert_int_equal(core_receive(&link->core, file, got, sizeof(got)), sizes[i]);
		assert_memory_equal(got, message, sizes[i]);
		assert_int_equal(core_receive(&link->core, file, got, sizeof(got)), BH_EBUSY);
	}
	assert_int_equal(core_send(&link->core, file, message, 0), BH_EINVAL);
	assert_int_equal(core_send(&link->core, file, message, sizeof(message)), BH_EINVAL);
	assert_int_equal(link->channel.malformed + link->core.resets, 0);
	link_end(link);
}

static void test_silence_before_hello(void **state)
{
	struct link *link = link_begin();
	struct core_session *file = core_open(&link->core, malloc(CHANNEL_WINDOW), 0);

	(void)state;
	link->files[0] = file;
	assert_int_equal(core_send(&link->core, file, "x", 1), BH_EBUSY);
	assert_int_equal(core_events(&link->core, file), 0);
	link_settle(link);
	assert_int_equal(core_events(&link->core, file), CORE_WRITABLE);
	link_end(link);
}

/* a job that does not read its input, a terminal that is stopped: both windows fill, the others go on */
static void test_windows(void **state)
{
	static uint8_t message[1000], got[CHANNEL_MESSAGE_MAX];
	struct link *link = link_begin();
	struct peer *stopped = link_talk(link, 0), *other = link_talk(link, 1);
	size_t sent = 0, answered = 0;

	(void)state;
	stopped->is_deaf = true;
	stopped->have = 0;
	other->have = 0;
	while (core_send(&link->core, link->files[0], message, sizeof(message)) == BH_OK) {
		sent += sizeof(message);
		link_settle(link);
	}
	assert_in_range(sent, CHANNEL_WINDOW * 9 / 10, CHANNEL_WINDOW);
	assert_int_equal(core_events(&link->core, link->files[0]), 0);
	for (answered = 0; answered < 3 * CHANNEL_WINDOW; answered += sizeof(message)) {
		assert_true(session_send(stopped->session, message, sizeof(message)));
		link_settle(link);
	}
	assert_int_equal(stopped->urgent, 0);
	assert_int_equal(core_send(&link->core, link->files[1], "on", 2), BH_OK);
	assert_true(session_send(other->session, "and on", 6));
	link_settle(link);
	assert_int_equal(other->have, 2);
	assert_int_equal(core_receive(&link->core, link->files[1], got, sizeof(got)), 6);
	stopped->is_deaf = false;
	while (answered > 0) {
		int64_t n = core_receive(&link->core, link->files[0], got, sizeof(got));

		assert_int_equal(n, sizeof(message));
		answered -= (size_t)n;
		link_settle(link);
	}
	link_settle(link);
	assert_int_equal(stopped->have, sent);
	assert_int_equal(core_events(&link->core, link->files[0]), CORE_WRITABLE);
	assert_int_equal(link->channel.malformed + link->core.resets, 0);
	link_end(link);
}

/* a signal for a job that does not read its input */
static void test_urgent(void **state)
{
	struct link *link = link_begin();
	struct peer *peer = link_talk(link, 0);

	(void)state;
	peer->is_deaf = true;
	peer->have = 0;
	assert_int_equal(core_send(&link->core, link->files[0], "waits", 5), BH_OK);
	assert_int_equal(core_send(&link->core, link->files[0], "!", 1), BH_OK);
	link_settle(link);
	assert_int_equal(peer->urgent, 1);
	assert_int_equal(peer->have, 0);
	peer->is_deaf = false;
	link_settle(link);
	assert_int_equal(peer->have, 5);
	link_end(link);
}

static void test_close(void **state)
{
	uint8_t got[16];
	struct link *link = link_begin();
	struct peer *peer = link_talk(link, 0);

	(void)state;
	link_close(link, 0);
	assert_int_equal(peer->closed, 1);
	peer->have = 0;
	peer = link_talk(link, 0);
	assert_true(session_send(peer->session, "bye", 3));
	session_close(peer->session);
	link_settle(link);
	assert_int_equal(core_send(&link->core, link->files[0], "x", 1), BH_ENOENT);
	assert_int_equal(core_events(&link->core, link->files[0]), CORE_READABLE | CORE_ENDED);
	assert_int_equal(core_receive(&link->core, link->files[0], got, sizeof(got)), 3);
	assert_int_equal(core_receive(&link->core, link->files[0], got, sizeof(got)), 0);
	link_close(link, 0);
	assert_int_equal(peer->closed, 1);
	assert_int_equal(peer->lost + link->channel.malformed + link->core.resets, 0);
	link_end(link);
}

static void test_all_places_taken(void **state)
{
	struct core_session *files[CHANNEL_SESSIONS_MAX];
	struct link *link = link_begin();

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
			files[i] = core_open(&link->core, malloc(CHANNEL_WINDOW), 0);
			assert_non_null(files[i]);
		}
		link_settle(link);
		assert_null(core_open(&link->core, NULL, 0));
		for (unsigned i = 0; i < CHANNEL_SESSIONS_MAX; i++)
			free(core_close(&link->core, files[i]));
		link_settle(link);
	}
	assert_int_equal(link->channel.malformed + link->core.resets, 0);
	assert_int_equal(link->peers[0].closed, 3 * CHANNEL_SESSIONS_MAX);
	link_end(link);
}

/* a kernel dies in the middle of a frame, another one starts; the control task is told of a new VM, or is not (a module anew) */
static void check_new_kernel(bool is_new_vm)
{
	struct link *link = link_begin();
	struct peer *peer = link_talk(link, 0);

	assert_int_equal(core_send(&link->core, link->files[0], "half a message", 14), BH_OK);
	if (is_new_vm) {
		uint8_t bytes[10];

		assert_int_equal(ring_read(&link->up, bytes, sizeof(bytes)), sizeof(bytes));
		assert_int_equal(write(link->kernel, bytes, sizeof(bytes)), sizeof(bytes));
		channel_serve(&link->channel);
		close(link->kernel);
		close(link->channel.fd);
		channel_begin(&link->channel, link_file(link), &link_user);
	} else {
		link_settle(link);
		assert_true(session_send(peer->session, "nobody reads this", 17));
		channel_serve(&link->channel);
	}
	free(core_close(&link->core, link->files[0]));
	link->files[0] = NULL;
	link_region(link, 1000);
	link_settle(link);
	assert_int_equal(peer->lost, 1);
	peer->have = 0;
	link_talk(link, 0);
	assert_int_equal(link->core.resets, 0);
	link_end(link);
}

static void test_new_kernel(void **state)
{
	(void)state;
	check_new_kernel(true);
	check_new_kernel(false);
}

/* no byte is lost or changed, whatever the order of things */
static void test_random_traffic(void **state)
{
	static uint8_t message[CHANNEL_MESSAGE_MAX];
	static uint32_t up_sent[SESSIONS], up_seen[SESSIONS], down_sent[SESSIONS],
		down_seen[SESSIONS];
	struct random random = random_start();
	struct link *link = link_begin();

	(void)state;
	for (unsigned i = 0; i < SESSIONS; i++) {
		up_sent[i] = up_seen[i] = down_sent[i] = down_seen[i] = 0;
		link_talk(link, i)->have = 0;
	}
	for (unsigned step = 0; step < 20000; step++) {
		unsigned i = (unsigned)random_below(&random, SESSIONS);
		struct peer *peer = &link->peers[i];
		size_t size = 1 + (size_t)random_below(&random, random_below(&random, 8)
									? 200
									: CHANNEL_MESSAGE_MAX);
		int64_t n;

		switch (random_below(&random, 7)) {
		case 0:
			for (size_t k = 0; k < size; k++)
				message[k] = (uint8_t)((up_sent[i] + k) * 31);
			if (core_send(&link->core, link->files[i], message, size) == BH_OK)
				up_sent[i] += (uint32_t)size;
			break;
		case 1:
			if (peer->session->out.used > 100000)
				break;
			for (size_t k = 0; k < size; k++)
				message[k] = (uint8_t)((down_sent[i] + k) * 37);
			assert_true(session_send(peer->session, message, size));
			down_sent[i] += (uint32_t)size;
			break;
		case 2:
			n = core_receive(&link->core, link->files[i], message, sizeof(message));
			for (int64_t k = 0; k < n; k++)
				assert_int_equal(message[k], (uint8_t)(down_seen[i]++ * 37));
			break;
		case 3:
			peer->is_deaf = random_below(&random, 4) == 0;
			break;
		case 4:
			(void)core_serve(&link->core);
			break;
		case 5:
			(void)link_pump(link);
			break;
		default:
			channel_serve(&link->channel);
		}
		for (size_t k = 0; k < peer->have; k++)
			assert_int_equal(peer->received[k], (uint8_t)(up_seen[i]++ * 31));
		peer->have = 0;
	}
	for (unsigned i = 0; i < SESSIONS; i++)
		link->peers[i].is_deaf = false;
	for (unsigned i = 0; i < SESSIONS; i++) {
		while (down_seen[i] < down_sent[i]) {
			link_settle(link);
			int64_t n = core_receive(&link->core, link->files[i], message,
						 sizeof(message));

			assert_true(n > 0);
			for (int64_t k = 0; k < n; k++)
				assert_int_equal(message[k], (uint8_t)(down_seen[i]++ * 37));
		}
		link_settle(link);
		assert_int_equal(up_seen[i] + link->peers[i].have, up_sent[i]);
	}
	assert_int_equal(link->channel.malformed + link->core.resets, 0);
	link_end(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_stay_whole),
		cmocka_unit_test(test_silence_before_hello),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_urgent),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_all_places_taken),
		cmocka_unit_test(test_new_kernel),
		cmocka_unit_test(test_random_traffic),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
