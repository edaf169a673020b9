/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Both ends of the channel with each other (see link.h).
 */
#define _GNU_SOURCE
#include "link.h"
#include <bulkhead/status.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct link link_state;

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

const struct channel_user link_user = {take_message, take_urgent, take_closed, take_lost};

void link_region(struct link *link, uint32_t hello)
{
	struct stream_region *region = (struct stream_region *)link->region;

	memset(link->region, 0, sizeof(link->region));
	core_init(&link->core, region, hello);
	ring_init_consumer(&link->up, &region->up, link->region + STREAM_UP_OFFSET, STREAM_UP_SIZE);
	ring_init_producer(&link->down, &region->down, link->region + STREAM_DOWN_OFFSET,
			   STREAM_DOWN_SIZE);
}

int link_file(struct link *link)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	link->kernel = pair[1];
	return pair[0];
}

struct link *link_begin(void)
{
	struct link *link = &link_state;

	memset(link, 0, sizeof(*link));
	link_region(link, 4);
	link->channel.fd = -1;
	channel_begin(&link->channel, link_file(link), &link_user);
	return link;
}

void link_end(struct link *link)
{
	for (unsigned i = 0; i < SESSIONS; i++) {
		if (link->files[i])
			free(core_close(&link->core, link->files[i]));
	}
	close(link->channel.fd);
	channel_begin(&link->channel, -1, &link_user);
	close(link->kernel);
}

/* what the LWK's file of the VM does: bytes between rings and file, as many as there is room for */
bool link_pump(struct link *link)
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

void link_settle(struct link *link)
{
	bool moved = true;

	for (unsigned quiet = 0; quiet < 3; quiet = moved ? 0 : quiet + 1) {
		while (core_serve(&link->core))
			continue;
		moved = link_pump(link);
		channel_serve(&link->channel);
	}
}

struct core_session *link_open(struct link *link, unsigned i)
{
	link->files[i] = core_open(&link->core, malloc(CHANNEL_WINDOW), i);
	assert_non_null(link->files[i]);
	link_settle(link);
	return link->files[i];
}

void link_close(struct link *link, unsigned i)
{
	free(core_close(&link->core, link->files[i]));
	link->files[i] = NULL;
	link_settle(link);
}

/* a message up, so that the control task knows the session */
struct peer *link_talk(struct link *link, unsigned i)
{
	link_open(link, i);
	assert_int_equal(core_send(&link->core, link->files[i], "hello", 5), BH_OK);
	link_settle(link);
	assert_int_equal(link->peers[i].have, 5);
	return &link->peers[i];
}
