/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The command server of a host: its sessions over a Unix socket, with a fake of the machine. An answer that is longer than what a session takes at
 * once comes whole, though nothing else happens that would wake the server.
 */
#define _GNU_SOURCE
#include "server_fake/server_fake.h"
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <user/events.h>
#include <user/host/sessions.h>

#define EVENTS  256
#define TURNS   1000
#define WAIT_MS 200

static char path[64];

static int client(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, path, sizeof(path));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void ask_for(int fd, uint16_t type)
{
	struct {
		struct command_header header;
		struct command_target target;
	} request = {.header = {type, COMMAND_VERSION, sizeof(request.target)}};

	assert_int_equal(write(fd, &request, sizeof(request)), sizeof(request));
}

/* As the daemon's loop does; false when it would sleep. */
static bool turn_once(struct server *self)
{
	struct pollfd polls[SERVER_POLLS];
	size_t count = server_poll(self, polls);

	if (poll(polls, (nfds_t)count, WAIT_MS) <= 0)
		return false;
	server_serve(self, polls, count);
	return true;
}

/* How many messages of the type have come since; the client reads all there are. */
static unsigned heard_of(int fd, uint16_t type, bool *is_done)
{
	uint8_t bytes[CHANNEL_MESSAGE_MAX];
	struct command_header header;
	unsigned count = 0;

	while (read(fd, bytes, sizeof(bytes)) >= (ssize_t)sizeof(header)) {
		memcpy(&header, bytes, sizeof(header));
		count += header.type == type;
		*is_done |= header.type == ANSWER_DONE;
	}
	return count;
}

static void test_long_answer(void **state)
{
	struct server *self = server_get(&layer);
	bool is_done = false;
	unsigned count = 0;
	int fd;

	(void)state;
	server_login(self, sessions_listen(path, NULL));
	for (unsigned i = 0; i < EVENTS; i++)
		event_add(&self->enclaves, NULL, "event %u of many", i);
	fd = client();
	ask_for(fd, COMMAND_EVENTS);
	for (unsigned i = 0; i < TURNS && turn_once(self); i++)
		count += heard_of(fd, ANSWER_EVENT, &is_done);
	assert_int_equal(count, EVENTS);
	assert_true(is_done);
	close(fd);
	while (turn_once(self))
		;
	server_login(self, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_long_answer)};
	int failed;

	if (!machine_begin())
		return 1;
	(void)snprintf(path, sizeof(path), "%s/socket", layer.directory);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)unlink(path);
	return machine_end() ? failed : 1;
}
