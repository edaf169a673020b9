/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control task's server under whatever a login VM says and VMs do, in any order: nothing stays behind, no VM, no file, no memory
 * promised.
 */
#define _GNU_SOURCE
#include "server_fake/server_fake.h"
#include <signal.h>
#include <string.h>

static void random_request(struct random *random, uint32_t session)
{
	static const char *const names[] = {"", "a", "b", "c", "1", "99"};
	union {
		struct command_create create;
		struct command_job job;
		struct command_target target;
		struct command_set set;
		uint8_t bytes[4000];
	} request;
	uint16_t type = (uint16_t)(1 + random_below(random, COMMAND_SET + 1));
	const char *name = names[random_below(random, 6)];
	size_t size = sizeof(request.target);

	memset(&request, 0, sizeof(request));
	if (type == COMMAND_CREATE) {
		fill_create(&request.create, name, (uint32_t)random_below(random, 4));
		size = sizeof(request.create);
	} else if (type == COMMAND_JOB) {
		request.job.size = 1 + random_below(random, 8);
		(void)snprintf(request.job.name, sizeof(request.job.name), "%s", name);
		size = sizeof(request.job);
	} else if (type == COMMAND_DATA || type == COMMAND_STDIN) {
		size = random_below(random, 8);
	} else if (type == COMMAND_SIGNAL) {
		request.bytes[0] = (uint8_t)random_below(random, 32);
		size = sizeof(struct command_signal);
	} else if (type == COMMAND_SET) {
		(void)snprintf(request.set.name, sizeof(request.set.name), "%s", name);
		request.set.memory = random_below(random, 600) * MIB;
		request.set.vcpus = (uint32_t)random_below(random, 6);
		size = sizeof(request.set);
	} else {
		(void)snprintf(request.target.name, sizeof(request.target.name), "%s", name);
		request.target.flags = (uint32_t)random_below(random, 16);
		request.target.value = (uint32_t)random_below(random, 40);
	}
	if (random_below(random, 20) == 0)
		request.bytes[random_below(random, size ? size : 1)] ^= (uint8_t)random_below(
			random, 256);
	if (random_below(random, 20) == 0)
		size = random_below(random, sizeof(request.bytes));
	say(session, type, &request, size);
}

/* operators, VMs and Linux itself come and go in any order; at the end all can be cleared away */
static void test_any_order(void **state)
{
	struct random random = random_start();
	bool is_open[6] = {false};

	(void)state;
	linux_begin();
	for (unsigned step = 0; step < 20000; step++) {
		uint32_t session = 1 + (uint32_t)random_below(&random, 5);
		struct fake_vm *vm = &vms[random_below(&random, VMS)];

		tasks_wait = random_below(&random, 3) > 0;
		switch (random_below(&random, 14)) {
		case 0:
			if (is_open[session])
				put(CHANNEL_CLOSE, session, 0, NULL, 0);
			is_open[session] = false;
			break;
		case 1:
			if (vm->is_there && !vm->has_ended)
				vm_say(vm, WIRE_STDOUT, "some output", 11);
			break;
		case 2:
			if (vm->is_there && !vm->has_ended)
				vm_exit(vm, 0);
			break;
		case 3:
			if (random_below(&random, 20) == 0) {
				linux_end_now();
				linux_begin();
				memset(is_open, 0, sizeof(is_open));
			}
			break;
		case 4:
		case 5:
			tasks_go_on();
			turn();
			break;
		default:
			if (!is_open[session])
				put(CHANNEL_OPEN, session, 0, NULL, 0);
			is_open[session] = true;
			random_request(&random, session);
		}
		/* a session that was ended by the other side is closed by Linux, too */
		hear(session, 0);
		if (heard.is_closed)
			is_open[session] = false;
		assert_int_equal(server->channel.malformed, 0);
	}
	linux_end_now();
	tasks_wait = false;
	tasks_go_on();
	turn();
	linux_begin();
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "%u", server->enclaves.all[i].id);
		if (server->enclaves.all[i].id != 0)
			ask(100, COMMAND_DESTROY, id, COMMAND_FORCE, 0);
	}
	check_clean();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
	};
	int failed;

	signal(SIGPIPE, SIG_IGN);
	if (!machine_begin())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	/* what jobs came with has gone */
	return machine_end() ? failed : 1;
}
