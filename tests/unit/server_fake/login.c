/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fake of the login VM: sessions by hand (see server_fake.h).
 */
#define _GNU_SOURCE
#include "server_fake.h"
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct server *server;
static int linux_end = -1, control_end = -1;

void turn(void)
{
	struct pollfd polls[SERVER_POLLS];

	for (unsigned quiet = 0; quiet < 4; quiet++) {
		size_t count = server_poll(server, polls);

		(void)poll(polls, (nfds_t)count, 0);
		server_serve(server, polls, count);
	}
}

void put(uint16_t type, uint32_t session, uint32_t value, const void *data, size_t size)
{
	struct channel_frame frame = {CHANNEL_MAGIC, type,  CHANNEL_VERSION,
				      session,       value, (uint32_t)size};

	assert_int_equal(write(linux_end, &frame, sizeof(frame)), sizeof(frame));
	if (size > 0)
		assert_int_equal(write(linux_end, data, size), size);
	turn();
}

void say(uint32_t session, uint16_t type, const void *data, size_t size)
{
	uint8_t message[CHANNEL_MESSAGE_MAX];
	struct command_header header = {type, COMMAND_VERSION, (uint32_t)size};

	memcpy(message, &header, sizeof(header));
	memcpy(message + sizeof(header), data, size);
	put(CHANNEL_MESSAGE, session, 0, message, sizeof(header) + size);
}

struct heard heard;

void hear(uint32_t session, uint16_t type)
{
	static uint8_t bytes[1u << 20];
	ssize_t have = read(linux_end, bytes, sizeof(bytes));
	struct channel_frame frame;

	memset(&heard, 0, sizeof(heard));
	for (ssize_t at = 0; at < have; at += (ssize_t)(sizeof(frame) + frame.length)) {
		struct command_header header;
		const uint8_t *payload = bytes + at + sizeof(frame) + sizeof(header);

		memcpy(&frame, bytes + at, sizeof(frame));
		if (frame.session != session)
			continue;
		heard.is_closed |= frame.type == CHANNEL_CLOSE;
		if (frame.type != CHANNEL_MESSAGE)
			continue;
		memcpy(&header, bytes + at + sizeof(frame), sizeof(header));
		assert_int_equal(header.length, frame.length - sizeof(header));
		if (header.type == ANSWER_DONE) {
			memcpy(&heard.done, payload, sizeof(heard.done));
			heard.is_done = true;
		} else if (header.type == type &&
			   heard.have + header.length <= sizeof(heard.bytes)) {
			memcpy(heard.bytes + heard.have, payload, header.length);
			heard.have += header.length;
		}
	}
}

void linux_begin(void)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	control_end = pair[0];
	linux_end = pair[1];
	server = server_get(&layer);
	server_login(server, control_end);
	put(CHANNEL_HELLO, 0, 77, NULL, 0);
}

void linux_end_now(void)
{
	server_login(server, -1);
	close(control_end);
	close(linux_end);
}

unsigned enclaves_there(void)
{
	unsigned count = 0;

	for (size_t i = 0; i < ENCLAVES_MAX; i++)
		count += server->enclaves.all[i].id != 0;
	return count;
}

void fill_create(struct command_create *create, const char *name, uint32_t flags)
{
	*create = (struct command_create){.flags = flags};
	create->config = (struct enclave_config){
		.version = ENCLAVE_VERSION,
		.size = sizeof(create->config),
		.vcpus = 1,
		.nodes = 1,
		.range_count = 1,
	};
	(void)snprintf(create->config.name, sizeof(create->config.name), "%s", name);
	create->config.ranges[0].size = 64 * MIB;
	for (unsigned i = 0; i < ENCLAVE_VCPUS_MAX; i++)
		create->config.cores[i] = ENCLAVE_CORE_ANY;
}

void run_job(uint32_t session, const char *name, uint32_t flags)
{
	struct command_create create;
	struct command_job job = {.size = 6, .program = "prog", .flags = flags & COMMAND_DETACHED};

	fill_create(&create, name, COMMAND_TRANSIENT | flags);
	put(CHANNEL_OPEN, session, 1000, NULL, 0);
	say(session, COMMAND_CREATE, &create, sizeof(create));
	say(session, COMMAND_JOB, &job, sizeof(job));
	say(session, COMMAND_DATA, "070", 3);
	say(session, COMMAND_DATA, "701", 3);
}

void vm_say(struct fake_vm *vm, uint8_t channel, const void *data, uint16_t size)
{
	struct wire_header header = {WIRE_START, channel, 0, size};

	assert_int_equal(write(vm->theirs, &header, sizeof(header)), sizeof(header));
	assert_int_equal(write(vm->theirs, data, size), size);
	turn();
}

void vm_exit(struct fake_vm *vm, uint32_t status)
{
	vm_say(vm, WIRE_EXIT, &status, sizeof(status));
	vm_end(vm, BH_FAULT_OFF);
	turn();
}

void check_clean(void)
{
	assert_int_equal(vms_there(), 0);
	assert_int_equal(enclaves_there(), 0);
	assert_int_equal(enclaves_free_memory(&server->enclaves), MEMORY);
	linux_end_now();
}

void ask(uint32_t session, uint16_t type, const char *name, uint32_t flags, uint16_t wanted)
{
	struct command_target target = {.flags = flags};

	(void)snprintf(target.name, sizeof(target.name), "%s", name);
	put(CHANNEL_OPEN, session, 0, NULL, 0);
	say(session, type, &target, sizeof(target));
	hear(session, wanted);
	put(CHANNEL_CLOSE, session, 0, NULL, 0);
}
