/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Both ends of the channel, Linux's (linux/login/core.c) and the control task's (user/channel.c), with each other and with a
 * peer that does what it likes: no byte of a session is lost or changed, a session that does not read holds up no other, and
 * nothing that comes over the channel makes an end do more than begin anew.
 */
#define _GNU_SOURCE
#include "unit.h"
#include <bulkhead/status.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/login/core.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <user/channel.h>

#define SESSIONS 8u

/* What a session's user at the control task sees and does. */
struct peer {
	struct session *session;
	uint8_t received[1u << 20];
	size_t have;
	bool is_deaf; /* takes nothing */
	unsigned closed, lost, urgent;
};

static struct link {
	_Alignas(64) uint8_t region[STREAM_REGION_SIZE];
	struct core core;
	struct channel channel;
	struct ring up, down; /* the LWK's ends */
	int kernel;           /* its end of the file that the channel has */
	struct peer peers[SESSIONS];
	struct core_session *files[SESSIONS];
} link_state;

static struct peer *peer_of(struct session *session)
{
	if (session->use == NULL) {
		/* the user id is which one of the test's it is */
		assert_true(session->user < SESSIONS);
		session->use = &link_state.peers[session->user];
		link_state.peers[session->user].session = session;
	}
	return session->use;
}

static bool take_message(struct session *session, const uint8_t *data, size_t size)
{
	struct peer *peer;

	if (session->user >= SESSIONS)
		return true; /* a hostile Linux */
	peer = peer_of(session);
	if (peer->is_deaf)
		return false;
	if (peer->have + size <= sizeof(peer->received)) {
		memcpy(peer->received + peer->have, data, size);
		peer->have += size;
	}
	return true;
}

/* what begins with a bang */
static bool take_urgent(struct session *session, const uint8_t *data, size_t size)
{
	if (session->user >= SESSIONS || size != 1 || data[0] != '!')
		return false;
	peer_of(session)->urgent++;
	return true;
}

static void take_closed(struct session *session)
{
	if (session->user < SESSIONS)
		peer_of(session)->closed++;
}

static void take_lost(struct session *session)
{
	if (session->user < SESSIONS)
		peer_of(session)->lost++;
}

static const struct channel_user user = {take_message, take_urgent, take_closed, take_lost};

static void region_begin(struct link *link, uint32_t hello)
{
	struct stream_region *region = (struct stream_region *)link->region;

	memset(link->region, 0, sizeof(link->region));
	core_init(&link->core, region, hello);
	ring_init_consumer(&link->up, &region->up, link->region + STREAM_UP_OFFSET, STREAM_UP_SIZE);
	ring_init_producer(&link->down, &region->down, link->region + STREAM_DOWN_OFFSET,
			   STREAM_DOWN_SIZE);
}

static int file_begin(struct link *link)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	link->kernel = pair[1];
	return pair[0];
}

static struct link *link_begin(void)
{
	struct link *link = &link_state;

	memset(link, 0, sizeof(*link));
	region_begin(link, 4);
	link->channel.fd = -1;
	channel_begin(&link->channel, file_begin(link), &user);
	return link;
}

static void link_end(struct link *link)
{
	for (unsigned i = 0; i < SESSIONS; i++) {
		if (link->files[i])
			free(core_close(&link->core, link->files[i]));
	}
	close(link->channel.fd);
	channel_begin(&link->channel, -1, &user);
	close(link->kernel);
}

/* what the LWK's file of the VM does: bytes between rings and file, as many as there is room for */
static bool pump(struct link *link)
{
	uint8_t bytes[3000];
	ssize_t n = 0;
	int64_t space = ring_space(&link->down);
	bool moved = false;

	if (space > 0)
		n = read(link->kernel, bytes,
			 (size_t)space < sizeof(bytes) ? (size_t)space : sizeof(bytes));
	if (space > 0 && n > 0) {
		assert_int_equal(ring_write(&link->down, bytes, (size_t)n), n);
		moved = true;
	}
	n = (ssize_t)ring_read(&link->up, bytes, sizeof(bytes));
	if (n > 0) {
		/* the socket takes much more than the region */
		assert_int_equal(write(link->kernel, bytes, (size_t)n), n);
		moved = true;
	}
	return moved;
}

static void settle(struct link *link)
{
	bool moved = true;

	for (unsigned quiet = 0; quiet < 3; quiet = moved ? 0 : quiet + 1) {
		while (core_serve(&link->core))
			continue;
		moved = pump(link);
		channel_serve(&link->channel);
	}
}

static struct core_session *open_file(struct link *link, unsigned i)
{
	link->files[i] = core_open(&link->core, malloc(CHANNEL_WINDOW), i);
	assert_non_null(link->files[i]);
	settle(link);
	return link->files[i];
}

static void close_file(struct link *link, unsigned i)
{
	free(core_close(&link->core, link->files[i]));
	link->files[i] = NULL;
	settle(link);
}

/* a message up, so that the control task knows the session */
static struct peer *talk(struct link *link, unsigned i)
{
	open_file(link, i);
	assert_int_equal(core_send(&link->core, link->files[i], "hello", 5), BH_OK);
	settle(link);
	assert_int_equal(link->peers[i].have, 5);
	return &link->peers[i];
}

static void test_messages_stay_whole(void **state)
{
	const size_t sizes[] = {1, 2, 4095, CHANNEL_MESSAGE_MAX - 1, CHANNEL_MESSAGE_MAX};
	static uint8_t message[CHANNEL_MESSAGE_MAX + 1], got[CHANNEL_MESSAGE_MAX];
	struct link *link = link_begin();
	struct core_session *file = open_file(link, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct peer *peer = &link->peers[0];

		memset(message, (int)i + 1, sizeof(message));
		peer->have = 0;
		assert_int_equal(core_send(&link->core, file, message, sizes[i]), BH_OK);
		settle(link);
		assert_int_equal(peer->have, sizes[i]);
		assert_memory_equal(peer->received, message, sizes[i]);
		assert_true(session_send(peer->session, message, sizes[i]));
		settle(link);
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
	settle(link);
	assert_int_equal(core_events(&link->core, file), CORE_WRITABLE);
	link_end(link);
}

/* a job that does not read its input, a terminal that is stopped: both windows fill, the others go on */
static void test_windows(void **state)
{
	static uint8_t message[1000], got[CHANNEL_MESSAGE_MAX];
	struct link *link = link_begin();
	struct peer *stopped = talk(link, 0), *other = talk(link, 1);
	size_t sent = 0, answered = 0;

	(void)state;
	stopped->is_deaf = true;
	stopped->have = 0;
	other->have = 0;
	while (core_send(&link->core, link->files[0], message, sizeof(message)) == BH_OK) {
		sent += sizeof(message);
		settle(link);
	}
	assert_in_range(sent, CHANNEL_WINDOW * 9 / 10, CHANNEL_WINDOW);
	assert_int_equal(core_events(&link->core, link->files[0]), 0);
	for (answered = 0; answered < 3 * CHANNEL_WINDOW; answered += sizeof(message)) {
		assert_true(session_send(stopped->session, message, sizeof(message)));
		settle(link);
	}
	assert_int_equal(stopped->urgent, 0);
	assert_int_equal(core_send(&link->core, link->files[1], "on", 2), BH_OK);
	assert_true(session_send(other->session, "and on", 6));
	settle(link);
	assert_int_equal(other->have, 2);
	assert_int_equal(core_receive(&link->core, link->files[1], got, sizeof(got)), 6);
	stopped->is_deaf = false;
	while (answered > 0) {
		int64_t n = core_receive(&link->core, link->files[0], got, sizeof(got));

		assert_int_equal(n, sizeof(message));
		answered -= (size_t)n;
		settle(link);
	}
	settle(link);
	assert_int_equal(stopped->have, sent);
	assert_int_equal(core_events(&link->core, link->files[0]), CORE_WRITABLE);
	assert_int_equal(link->channel.malformed + link->core.resets, 0);
	link_end(link);
}

/* a signal for a job that does not read its input */
static void test_urgent(void **state)
{
	struct link *link = link_begin();
	struct peer *peer = talk(link, 0);

	(void)state;
	peer->is_deaf = true;
	peer->have = 0;
	assert_int_equal(core_send(&link->core, link->files[0], "waits", 5), BH_OK);
	assert_int_equal(core_send(&link->core, link->files[0], "!", 1), BH_OK);
	settle(link);
	assert_int_equal(peer->urgent, 1);
	assert_int_equal(peer->have, 0);
	peer->is_deaf = false;
	settle(link);
	assert_int_equal(peer->have, 5);
	link_end(link);
}

static void test_close(void **state)
{
	uint8_t got[16];
	struct link *link = link_begin();
	struct peer *peer = talk(link, 0);

	(void)state;
	close_file(link, 0);
	assert_int_equal(peer->closed, 1);
	peer->have = 0;
	peer = talk(link, 0);
	assert_true(session_send(peer->session, "bye", 3));
	session_close(peer->session);
	settle(link);
	assert_int_equal(core_send(&link->core, link->files[0], "x", 1), BH_ENOENT);
	assert_int_equal(core_events(&link->core, link->files[0]), CORE_READABLE | CORE_ENDED);
	assert_int_equal(core_receive(&link->core, link->files[0], got, sizeof(got)), 3);
	assert_int_equal(core_receive(&link->core, link->files[0], got, sizeof(got)), 0);
	close_file(link, 0);
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
		settle(link);
		assert_null(core_open(&link->core, NULL, 0));
		for (unsigned i = 0; i < CHANNEL_SESSIONS_MAX; i++)
			free(core_close(&link->core, files[i]));
		settle(link);
	}
	assert_int_equal(link->channel.malformed + link->core.resets, 0);
	assert_int_equal(link->peers[0].closed, 3 * CHANNEL_SESSIONS_MAX);
	link_end(link);
}

/* a kernel dies in the middle of a frame, another one starts; the control task is told of a new VM, or is not (a module anew) */
static void check_new_kernel(bool is_new_vm)
{
	struct link *link = link_begin();
	struct peer *peer = talk(link, 0);

	assert_int_equal(core_send(&link->core, link->files[0], "half a message", 14), BH_OK);
	if (is_new_vm) {
		uint8_t bytes[10];

		assert_int_equal(ring_read(&link->up, bytes, sizeof(bytes)), sizeof(bytes));
		assert_int_equal(write(link->kernel, bytes, sizeof(bytes)), sizeof(bytes));
		channel_serve(&link->channel);
		close(link->kernel);
		close(link->channel.fd);
		channel_begin(&link->channel, file_begin(link), &user);
	} else {
		settle(link);
		assert_true(session_send(peer->session, "nobody reads this", 17));
		channel_serve(&link->channel);
	}
	free(core_close(&link->core, link->files[0]));
	link->files[0] = NULL;
	region_begin(link, 1000);
	settle(link);
	assert_int_equal(peer->lost, 1);
	peer->have = 0;
	talk(link, 0);
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
		talk(link, i)->have = 0;
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
			(void)pump(link);
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
			settle(link);
			int64_t n = core_receive(&link->core, link->files[i], message,
						 sizeof(message));

			assert_true(n > 0);
			for (int64_t k = 0; k < n; k++)
				assert_int_equal(message[k], (uint8_t)(down_seen[i]++ * 37));
		}
		settle(link);
		assert_int_equal(up_seen[i] + link->peers[i].have, up_sent[i]);
	}
	assert_int_equal(link->channel.malformed + link->core.resets, 0);
	link_end(link);
}

static struct channel_frame frame_of(uint16_t type, uint32_t session, uint32_t value,
				     uint32_t length)
{
	return (struct channel_frame){CHANNEL_MAGIC, type, CHANNEL_VERSION, session, value, length};
}

/* what no honest end sends; `session` is one that exists */
static unsigned bad_frames(struct channel_frame *bad, uint32_t session)
{
	unsigned n = 0;

	bad[n++] = frame_of(CHANNEL_MESSAGE, session, 0, 0);
	bad[n++] = frame_of(CHANNEL_MESSAGE, session, 0, CHANNEL_MESSAGE_MAX + 1);
	bad[n++] = frame_of(CHANNEL_MESSAGE, session, 0, UINT32_MAX);
	bad[n++] = frame_of(CHANNEL_MESSAGE, 0, 0, 1);
	bad[n++] = frame_of(CHANNEL_CREDIT, session, CHANNEL_WINDOW + 1, 0);
	bad[n++] = frame_of(CHANNEL_CREDIT, session, UINT32_MAX, 0);
	bad[n++] = frame_of(CHANNEL_CREDIT, session, 0, 4);
	bad[n++] = frame_of(CHANNEL_CLOSE, 0, 0, 0);
	bad[n++] = frame_of(CHANNEL_HELLO, session, 1, 0);
	bad[n++] = frame_of(CHANNEL_HELLO, 0, 0, 0);
	bad[n++] = frame_of(0, session, 0, 0);
	bad[n++] = frame_of(CHANNEL_TYPES, session, 0, 0);
	bad[n] = frame_of(CHANNEL_CLOSE, session, 0, 0);
	bad[n++].version++;
	bad[n] = frame_of(CHANNEL_CLOSE, session, 0, 0);
	bad[n++].magic ^= 0x100;
	return n;
}

/* a Linux that breaks the rules loses its sessions, and may begin anew */
static void test_malformed_up(void **state)
{
	struct channel_frame bad[32];
	unsigned count = bad_frames(bad, 1);

	(void)state;
	bad[count++] = frame_of(CHANNEL_OPEN, 1, 0, 0);
	for (unsigned i = 0; i < count; i++) {
		struct link *link = link_begin();
		struct channel_frame good[] = {frame_of(CHANNEL_HELLO, 0, 7, 0),
					       frame_of(CHANNEL_OPEN, 1, 3, 0)};
		uint8_t answer[64];

		assert_int_equal(write(link->kernel, good, sizeof(good)), sizeof(good));
		channel_serve(&link->channel);
		assert_int_equal(read(link->kernel, answer, sizeof(answer)), sizeof(good[0]));
		assert_memory_equal(answer, &good[0], sizeof(good[0]));
		assert_int_equal(write(link->kernel, &bad[i], sizeof(bad[i])), sizeof(bad[i]));
		channel_serve(&link->channel);
		assert_int_equal(link->channel.malformed, 1);
		assert_int_equal(link->peers[3].lost, 1);
		assert_int_equal(write(link->kernel, good, sizeof(good)), sizeof(good));
		channel_serve(&link->channel);
		assert_int_equal(link->channel.malformed, 1);
		assert_int_equal(read(link->kernel, answer, sizeof(answer)), sizeof(good[0]));
		link_end(link);
	}
}

/* the same from a primary that is not what Linux hopes: it begins anew by itself */
static void test_malformed_down(void **state)
{
	struct channel_frame bad[32];
	unsigned count;

	(void)state;
	count = bad_frames(bad, 0);
	bad[count++] = frame_of(CHANNEL_OPEN, 1u << 6, 0, 0);
	bad[count++] = frame_of(CHANNEL_HELLO, 0, 12345, 0);
	for (unsigned i = 0; i < count; i++) {
		struct link *link = link_begin();
		uint8_t got[16];

		talk(link, 0);
		if (bad[i].session == 0 && bad[i].type != CHANNEL_HELLO &&
		    bad[i].type != CHANNEL_CLOSE && i != 3)
			bad[i].session = link->files[0]->id;
		assert_int_equal(ring_write(&link->down, &bad[i], sizeof(bad[i])), sizeof(bad[i]));
		settle(link);
		assert_int_equal(link->core.resets, 1);
		assert_int_equal(core_send(&link->core, link->files[0], "x", 1), BH_ECORRUPT);
		assert_int_equal(core_receive(&link->core, link->files[0], got, sizeof(got)),
				 BH_ECORRUPT);
		assert_int_equal(core_events(&link->core, link->files[0]), CORE_BROKEN);
		close_file(link, 0);
		link->peers[0].have = 0;
		talk(link, 0);
		link_end(link);
	}
}

static void test_overrun(void **state)
{
	static uint8_t filler[CHANNEL_MESSAGE_MAX];
	struct link *link = link_begin();
	struct peer *peer = talk(link, 0);

	(void)state;
	peer->session->credit = UINT32_MAX; /* a primary that does not keep to the window */
	for (unsigned i = 0; i < 8; i++)
		assert_true(session_send(peer->session, filler, sizeof(filler)));
	settle(link);
	assert_int_equal(link->core.resets, 1);
	assert_int_equal(peer->lost, 1); /* by the new HELLO */
	link_end(link);
	link = link_begin();
	peer = talk(link, 0);
	peer->is_deaf = true;
	link->files[0]->credit = UINT32_MAX; /* and such a Linux */
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(core_send(&link->core, link->files[0], filler, sizeof(filler)),
				 BH_OK);
		settle(link);
	}
	assert_int_equal(link->channel.malformed, 1);
	assert_int_equal(peer->lost, 1);
	link_end(link);
}

static void test_impossible_indices(void **state)
{
	struct link *link = link_begin();
	struct stream_region *region = (struct stream_region *)link->region;

	(void)state;
	talk(link, 0);
	region->down.head += STREAM_DOWN_SIZE + 1;
	assert_false(core_serve(&link->core));
	assert_int_equal(core_send(&link->core, link->files[0], "x", 1), BH_ECORRUPT);
	link_end(link);
	link = link_begin();
	talk(link, 0);
	region->up.tail += 1;
	assert_int_equal(core_send(&link->core, link->files[0], "x", 1), BH_EBUSY);
	assert_false(core_serve(&link->core));
	assert_int_equal(core_events(&link->core, link->files[0]), CORE_BROKEN);
	link_end(link);
}

static void random_frame(struct random *random, struct channel_frame *frame)
{
	*frame = frame_of(
		(uint16_t)random_below(random, CHANNEL_TYPES + 1),
		(uint32_t)random_below(random, 4) + (random_below(random, 2) ? 64 : 0),
		(uint32_t)random_below(random, random_below(random, 2) ? 8 : CHANNEL_WINDOW), 0);
	if (frame->type == CHANNEL_HELLO)
		frame->session = 0;
	if (frame->type == CHANNEL_MESSAGE)
		frame->length = (uint32_t)random_below(random, 64);
	if (random_below(random, 50) == 0)
		((uint8_t *)frame)[random_below(random, sizeof(*frame))] ^= (uint8_t)random_below(
			random, 256);
}

/* frames that mean something and frames that do not, to both ends; the sanitizers look on */
static void test_hostile_peers(void **state)
{
	struct random random = random_start();
	uint8_t payload[64] = {0};

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		struct link *link = link_begin();
		struct channel_frame frame;
		uint8_t sink[65536];

		for (unsigned i = 0; i < SESSIONS; i++)
			link->files[i] = core_open(&link->core, malloc(CHANNEL_WINDOW), i);
		for (unsigned step = 0; step < 100; step++) {
			unsigned i = (unsigned)random_below(&random, SESSIONS);

			random_frame(&random, &frame);
			if (frame.type == CHANNEL_HELLO && random_below(&random, 2))
				frame.value = link->core.hello;
			(void)ring_write(&link->down, &frame, sizeof(frame));
			(void)ring_write(&link->down, payload,
					 frame.length < 64 ? frame.length : 64);
			while (core_serve(&link->core))
				continue;
			(void)core_receive(&link->core, link->files[i], sink, CHANNEL_MESSAGE_MAX);
			(void)core_send(&link->core, link->files[i], sink, 100);
			(void)ring_read(&link->up, sink, sizeof(sink));
			random_frame(&random, &frame);
			assert_true(write(link->kernel, &frame, sizeof(frame)) > 0);
			if (frame.length > 0 && frame.length < 64)
				assert_true(write(link->kernel, payload, frame.length) > 0);
			link->peers[i].is_deaf = random_below(&random, 2);
			channel_serve(&link->channel);
			while (read(link->kernel, sink, sizeof(sink)) > 0)
				continue;
		}
		link_end(link);
	}
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
		cmocka_unit_test(test_malformed_up),
		cmocka_unit_test(test_malformed_down),
		cmocka_unit_test(test_overrun),
		cmocka_unit_test(test_impossible_indices),
		cmocka_unit_test(test_hostile_peers),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
