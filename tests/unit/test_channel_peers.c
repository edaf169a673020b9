/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Each end of the channel with a peer that does what it likes: nothing that comes over the channel makes an end do more than begin anew.
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

		link_talk(link, 0);
		if (bad[i].session == 0 && bad[i].type != CHANNEL_HELLO &&
		    bad[i].type != CHANNEL_CLOSE && i != 3)
			bad[i].session = link->files[0]->id;
		assert_int_equal(ring_write(&link->down, &bad[i], sizeof(bad[i])), sizeof(bad[i]));
		link_settle(link);
		assert_int_equal(link->core.resets, 1);
		assert_int_equal(core_send(&link->core, link->files[0], "x", 1), BH_ECORRUPT);
		assert_int_equal(core_receive(&link->core, link->files[0], got, sizeof(got)),
				 BH_ECORRUPT);
		assert_int_equal(core_events(&link->core, link->files[0]), CORE_BROKEN);
		link_close(link, 0);
		link->peers[0].have = 0;
		link_talk(link, 0);
		link_end(link);
	}
}

static void test_overrun(void **state)
{
	static uint8_t filler[CHANNEL_MESSAGE_MAX];
	struct link *link = link_begin();
	struct peer *peer = link_talk(link, 0);

	(void)state;
	peer->session->credit = UINT32_MAX; /* a primary that does not keep to the window */
	for (unsigned i = 0; i < 8; i++)
		assert_true(session_send(peer->session, filler, sizeof(filler)));
	link_settle(link);
	assert_int_equal(link->core.resets, 1);
	assert_int_equal(peer->lost, 1); /* by the new HELLO */
	link_end(link);
	link = link_begin();
	peer = link_talk(link, 0);
	peer->is_deaf = true;
	link->files[0]->credit = UINT32_MAX; /* and such a Linux */
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(core_send(&link->core, link->files[0], filler, sizeof(filler)),
				 BH_OK);
		link_settle(link);
	}
	assert_int_equal(link->channel.malformed, 1);
	assert_int_equal(peer->lost, 1);
	link_end(link);
}

static void test_impossible_indices(void **state)
{
	struct link *link = link_begin();
	struct stream_region *region = (struct stream_region *)link->region;
	static uint8_t buffer[CHANNEL_WINDOW];
	struct core_session *later;

	(void)state;
	link_talk(link, 0);
	region->down.head += STREAM_DOWN_SIZE + 1;
	assert_false(core_serve(&link->core));
	assert_int_equal(core_send(&link->core, link->files[0], "x", 1), BH_ECORRUPT);
	link_end(link);
	link = link_begin();
	link_talk(link, 0);
	region->up.tail += 1;
	assert_int_equal(core_send(&link->core, link->files[0], "x", 1), BH_EBUSY);
	assert_false(core_serve(&link->core));
	assert_int_equal(core_events(&link->core, link->files[0]), CORE_BROKEN);
	/* for good: whoever comes now is told at once, too (linux/login/device.c serves after an open) */
	later = core_open(&link->core, buffer, 0);
	assert_non_null(later);
	assert_false(core_serve(&link->core));
	assert_int_equal(core_events(&link->core, later), CORE_BROKEN);
	assert_int_equal(core_send(&link->core, later, "x", 1), BH_ECORRUPT);
	assert_ptr_equal(core_close(&link->core, later), buffer);
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
		cmocka_unit_test(test_malformed_up),  cmocka_unit_test(test_malformed_down),
		cmocka_unit_test(test_overrun),       cmocka_unit_test(test_impossible_indices),
		cmocka_unit_test(test_hostile_peers),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
