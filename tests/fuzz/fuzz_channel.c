/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libFuzzer on both ends of the channel: each gets the input as what its peer sends, behind an honest beginning, and comes to
 * an end with its sessions within their windows.
 */
#include "fuzz.h"
#include <linux/login/core.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <user/channel.h>

#define SESSIONS  3u
#define INPUT_MAX 60000u /* fits into the ring, and into the socket */

static _Alignas(64) uint8_t region[STREAM_REGION_SIZE];
static struct core core;
static struct channel channel;

static struct channel_frame frame_of(uint16_t type, uint32_t session, uint32_t value)
{
	return (struct channel_frame){CHANNEL_MAGIC, type, CHANNEL_VERSION, session, value, 0};
}

/* every other one is not taken */
static bool take_message(struct session *session, const uint8_t *data, size_t size)
{
	touch(data, size);
	return session->id & 1;
}

static bool take_urgent(struct session *session, const uint8_t *data, size_t size)
{
	(void)session;
	return size > 0 && data[0] == '!';
}

static void take_end(struct session *session)
{
	touch(session, sizeof(*session));
}

static const struct channel_user user = {take_message, take_urgent, take_end, take_end};

static void fuzz_control(const uint8_t *data, size_t size)
{
	const struct channel_frame begin[] = {frame_of(CHANNEL_HELLO, 0, 9),
					      frame_of(CHANNEL_OPEN, 1, 0),
					      frame_of(CHANNEL_OPEN, 2, 0)};
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	channel.fd = -1;
	channel_begin(&channel, pair[0], &user);
	CHECK(write(pair[1], begin, sizeof(begin)) == sizeof(begin));
	CHECK(write(pair[1], data, size) == (ssize_t)size);
	for (size_t turn = 0; turn < size / 200 + 10; turn++)
		channel_serve(&channel);
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++)
		CHECK(channel.sessions[i].in.used <= CHANNEL_WINDOW);
	channel_begin(&channel, -1, &user);
	close(pair[0]);
	close(pair[1]);
}

static void fuzz_linux(const uint8_t *data, size_t size)
{
	struct stream_region *shared = (struct stream_region *)(void *)region;
	struct core_session *sessions[SESSIONS];
	struct channel_frame hello;
	uint8_t message[CHANNEL_MESSAGE_MAX];
	struct ring down;

	memset(region, 0, sizeof(*shared));
	core_init(&core, shared, 1);
	hello = frame_of(CHANNEL_HELLO, 0, core.hello);
	ring_init_producer(&down, &shared->down, region + STREAM_DOWN_OFFSET, STREAM_DOWN_SIZE);
	CHECK(core_serve(&core) == false);
	CHECK(ring_write(&down, &hello, sizeof(hello)) == sizeof(hello));
	for (size_t i = 0; i < SESSIONS; i++)
		sessions[i] = core_open(&core, malloc(CHANNEL_WINDOW), 0);
	CHECK(ring_write(&down, data, size) == (int64_t)size);
	while (core_serve(&core))
		continue;
	for (size_t i = 0; i < SESSIONS; i++) {
		CHECK(sessions[i]->head - sessions[i]->tail + sessions[i]->owed <= CHANNEL_WINDOW);
		while (core_receive(&core, sessions[i], message, sizeof(message)) > 0)
			continue;
		free(core_close(&core, sessions[i]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > INPUT_MAX)
		return 0;
	fuzz_control(data, size);
	fuzz_linux(data, size);
	return 0;
}
