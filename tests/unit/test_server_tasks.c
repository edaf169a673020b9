/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that take long: while a VM is made, resized or destroyed the others go on, a job can be killed or left in every state of its
 * life, and nothing stays behind.
 */
#define _GNU_SOURCE
#include "server_fake/server_fake.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* the life of a job, as far as it is brought */
enum stage { UPLOADING, BEING_MADE, RUNNING, BEING_DESTROYED, STAGES };

static void go_on(void)
{
	tasks_go_on();
	turn();
}

static void bring_job(enum stage stage, uint32_t session, const char *name, uint32_t flags)
{
	struct command_create create;
	struct command_job job = {.size = 6, .program = "prog", .flags = flags};

	tasks_wait = true;
	if (stage == UPLOADING) {
		fill_create(&create, name, COMMAND_TRANSIENT | flags);
		put(CHANNEL_OPEN, session, 1000, NULL, 0);
		say(session, COMMAND_CREATE, &create, sizeof(create));
		say(session, COMMAND_JOB, &job, sizeof(job));
		say(session, COMMAND_DATA, "070", 3);
		return;
	}
	run_job(session, name, flags);
	if (stage == BEING_MADE)
		return;
	go_on();
	if (stage == BEING_DESTROYED)
		vm_exit(the_vm(), 0x300);
}

static uint32_t state_of(const char *name)
{
	struct answer_enclave shown;

	ask(90, COMMAND_SHOW, name, 0, ANSWER_ENCLAVE);
	assert_int_equal(heard.have, sizeof(shown));
	memcpy(&shown, heard.bytes, sizeof(shown));
	return shown.state;
}

static void begin_ask(uint32_t session, uint16_t type, const char *name, uint32_t flags,
		      uint32_t value)
{
	struct command_target target = {.flags = flags, .value = value};

	(void)snprintf(target.name, sizeof(target.name), "%s", name);
	put(CHANNEL_OPEN, session, 0, NULL, 0);
	say(session, type, &target, sizeof(target));
}

static void test_stages_show(void **state)
{
	static const uint32_t states[] = {ENCLAVE_LOADING, ENCLAVE_LOADING, ENCLAVE_RUNNING,
					  ENCLAVE_ENDING};

	(void)state;
	for (enum stage stage = 0; stage < STAGES; stage++) {
		linux_begin();
		bring_job(stage, 1, "one", 0);
		assert_int_equal(state_of("one"), states[stage]);
		tasks_wait = false;
		go_on();
		ask(2, COMMAND_DESTROY, "one", COMMAND_FORCE, 0);
		check_clean();
	}
}

/* streams of a job, and what others ask, while another VM is made and destroyed */
static void check_others_go_on(struct fake_vm *vm)
{
	uint8_t input[64];

	vm_say(vm, WIRE_STDOUT, "output", 6);
	hear(1, ANSWER_STDOUT);
	assert_memory_equal(heard.bytes, "output", 6);
	say(1, COMMAND_STDIN, "input", 5);
	assert_int_equal(read(vm->theirs, input, sizeof(input)), sizeof(struct wire_header) + 5);
	ask(80, COMMAND_LIST, "", 0, ANSWER_ENCLAVE);
	assert_int_equal(heard.have, 2 * sizeof(struct answer_enclave));
}

static void test_others_go_on(void **state)
{
	struct fake_vm *first;

	(void)state;
	linux_begin();
	bring_job(RUNNING, 1, "first", 0);
	first = the_vm();
	bring_job(BEING_MADE, 2, "second", 0);
	check_others_go_on(first);
	assert_int_equal(vms_there(), 1);
	go_on();
	assert_int_equal(vms_there(), 2);
	vm_exit(the_vm(), 0);
	assert_int_equal(state_of("second"), ENCLAVE_ENDING);
	check_others_go_on(first);
	hear(2, 0);
	assert_false(heard.is_done);
	go_on();
	assert_int_equal(vms_there(), 1);
	tasks_wait = false;
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
	check_clean();
}

/* how much memory is free is known when the other VM is made */
static void test_memory_is_known_afterwards(void **state)
{
	(void)state;
	linux_begin();
	bring_job(BEING_MADE, 1, "first", 0);
	run_job(2, "second", 0);
	hear(2, 0);
	assert_false(heard.is_done);
	assert_int_equal(enclaves_there(), 1);
	tasks_wait = false;
	go_on();
	assert_int_equal(vms_there(), 2);
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
	put(CHANNEL_CLOSE, 2, 0, NULL, 0);
	check_clean();
}

/* what was asked for is done when the job has gone; whoever ran it hears of that */
static void check_ended(enum stage stage, uint16_t type, const char *name)
{
	begin_ask(3, type, name, COMMAND_FORCE, SIGKILL);
	hear(3, 0);
	assert_int_equal(heard.is_done, stage == UPLOADING);
	go_on(); /* made, or destroyed */
	go_on(); /* destroyed */
	if (stage != UPLOADING) {
		hear(3, 0);
		assert_true(heard.is_done);
	}
	assert_int_equal(heard.done.error, 0);
	assert_int_equal(vms_there(), 0);
}

static void test_killed_in_every_state(void **state)
{
	static const uint16_t types[] = {COMMAND_KILL, COMMAND_STOP, COMMAND_DESTROY};

	(void)state;
	for (enum stage stage = 0; stage < STAGES; stage++) {
		for (size_t i = 0; i < 3; i++) {
			linux_begin();
			bring_job(stage, 1, "victim", 0);
			check_ended(stage, types[i], "victim");
			check_clean();
		}
	}
	tasks_wait = false;
}

static void test_told_that_it_was_killed(void **state)
{
	(void)state;
	for (enum stage stage = UPLOADING; stage <= RUNNING; stage++) {
		linux_begin();
		bring_job(stage, 1, "victim", 0);
		begin_ask(3, COMMAND_KILL, "victim", 0, SIGKILL);
		tasks_wait = false;
		go_on();
		hear(1, 0);
		assert_true(heard.is_done && (heard.done.flags & ANSWER_KILLED) != 0);
		check_clean();
	}
}

static void test_left_in_every_state(void **state)
{
	(void)state;
	for (enum stage stage = 0; stage < STAGES; stage++) {
		linux_begin();
		bring_job(stage, 1, "", 0);
		put(CHANNEL_CLOSE, 1, 0, NULL, 0);
		go_on();
		go_on();
		tasks_wait = false;
		check_clean();
	}
}

/* what was whole goes on without Linux */
static void test_linux_dies_in_every_state(void **state)
{
	(void)state;
	for (enum stage stage = 0; stage < STAGES; stage++) {
		linux_begin();
		bring_job(stage, 1, "lasting", 0);
		linux_end_now();
		tasks_wait = false;
		go_on();
		linux_begin();
		assert_int_equal(vms_there(), stage == BEING_MADE || stage == RUNNING);
		if (vms_there() != 0) {
			vm_exit(the_vm(), 0x500);
			ask(2, COMMAND_SHOW, "lasting", 0, 0);
			assert_int_equal(heard.done.status, 0x500);
			ask(3, COMMAND_DESTROY, "lasting", 0, 0);
		}
		check_clean();
	}
}

static void begin_set(uint32_t session, const char *name, uint64_t memory, uint32_t vcpus)
{
	struct command_set set = {.memory = memory, .vcpus = vcpus};

	(void)snprintf(set.name, sizeof(set.name), "%s", name);
	put(CHANNEL_OPEN, session, 0, NULL, 0);
	say(session, COMMAND_SET, &set, sizeof(set));
}

static void test_memory_changes(void **state)
{
	struct answer_enclave shown;

	(void)state;
	linux_begin();
	bring_job(RUNNING, 1, "one", 0);
	begin_set(2, "one", 96 * MIB, 0);
	begin_set(3, "one", 32 * MIB, 0); /* its turn comes */
	hear(2, 0);
	assert_false(heard.is_done);
	vm_say(the_vm(), WIRE_STDOUT, "output", 6);
	hear(1, ANSWER_STDOUT);
	assert_int_equal(heard.have, 6);
	go_on();
	hear(2, 0);
	assert_true(heard.is_done && heard.done.error == 0);
	go_on();
	ask(4, COMMAND_SHOW, "one", 0, ANSWER_ENCLAVE);
	memcpy(&shown, heard.bytes, sizeof(shown));
	assert_int_equal(shown.memory, 32 * MIB);
	assert_int_equal(the_vm()->memory, 32 * MIB);
	tasks_wait = false;
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
	check_clean();
}

/* a VM that ends, or does not answer, while its memory is to change: it is destroyed after that call */
static void test_ends_while_memory_changes(void **state)
{
	static const int answers[] = {0, -ESRCH, -ETIMEDOUT};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		linux_begin();
		bring_job(RUNNING, 1, "one", 0);
		resize_status = answers[i];
		begin_set(2, "one", 96 * MIB, 0);
		begin_ask(3, COMMAND_KILL, "one", 0, SIGKILL);
		assert_int_equal(state_of("one"), ENCLAVE_ENDING);
		assert_int_equal(vms_there(), 1);
		go_on();
		hear(2, 0);
		assert_true(heard.is_done);
		assert_int_equal(heard.done.error, -answers[i]);
		tasks_wait = false;
		go_on();
		resize_status = 0;
		check_clean();
	}
}

static void test_cores_change(void **state)
{
	struct command_create create;
	struct command_job job = {.size = 1, .name = "kept", .program = "prog"};
	struct answer_enclave shown;

	(void)state;
	linux_begin();
	fill_create(&create, "kept", 0);
	create.config.vcpus = 3;
	put(CHANNEL_OPEN, 1, 0, NULL, 0);
	say(1, COMMAND_CREATE, &create, sizeof(create));
	ask(2, COMMAND_START, "kept", 0, 0);
	put(CHANNEL_OPEN, 3, 0, NULL, 0);
	say(3, COMMAND_JOB, &job, sizeof(job));
	say(3, COMMAND_DATA, "0", 1);
	begin_set(4, "kept", 0, 2);
	hear(4, 0);
	assert_int_equal(heard.done.error, 0);
	assert_int_equal(the_vm()->cores[2], the_vm()->cores[0]);
	assert_int_not_equal(the_vm()->cores[1], the_vm()->cores[0]);
	ask(5, COMMAND_SHOW, "kept", 0, ANSWER_ENCLAVE);
	memcpy(&shown, heard.bytes, sizeof(shown));
	assert_int_equal(shown.vcpus, 2);
	begin_set(6, "kept", 0, 3);
	hear(6, 0);
	assert_int_equal(heard.done.error, 0);
	assert_int_not_equal(the_vm()->cores[2], the_vm()->cores[0]);
	begin_set(7, "kept", 0, 4);
	hear(7, 0);
	assert_int_equal(heard.done.error, EBUSY);
	assert_non_null(strstr(heard.done.text, "was started with 3 CPUs"));
	vm_exit(the_vm(), 0);
	ask(8, COMMAND_DESTROY, "kept", 0, 0);
	check_clean();
}

/* a program that is all there is made into a VM once, whatever comes behind it */
static void test_nothing_behind_the_program(void **state)
{
	(void)state;
	linux_begin();
	bring_job(BEING_MADE, 1, "one", 0);
	say(1, COMMAND_DATA, "", 0);
	hear(1, 0);
	assert_true(heard.is_done);
	assert_int_equal(heard.done.error, EPROTO);
	tasks_wait = false;
	go_on();
	go_on();
	check_clean();
}

/* an enclave that somebody else has destroyed between CREATE and JOB is gone, whoever has its place now */
static void test_destroyed_before_its_job(void **state)
{
	struct command_create create;
	struct command_job job = {.size = 6, .program = "prog"};

	(void)state;
	tasks_wait = false;
	linux_begin();
	for (uint32_t session = 1; session <= 2; session++) {
		fill_create(&create, session == 1 ? "mine" : "other", COMMAND_TRANSIENT);
		put(CHANNEL_OPEN, session, 0, NULL, 0);
		say(session, COMMAND_CREATE, &create, sizeof(create));
		if (session == 1)
			ask(3, COMMAND_DESTROY, "mine", 0, 0);
	}
	say(1, COMMAND_JOB, &job, sizeof(job));
	hear(1, 0);
	assert_true(heard.is_done);
	assert_int_equal(heard.done.error, ENOENT);
	assert_int_equal(state_of("other"), ENCLAVE_STARTED);
	put(CHANNEL_CLOSE, 2, 0, NULL, 0);
	check_clean();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stages_show),
		cmocka_unit_test(test_others_go_on),
		cmocka_unit_test(test_memory_is_known_afterwards),
		cmocka_unit_test(test_killed_in_every_state),
		cmocka_unit_test(test_told_that_it_was_killed),
		cmocka_unit_test(test_left_in_every_state),
		cmocka_unit_test(test_linux_dies_in_every_state),
		cmocka_unit_test(test_memory_changes),
		cmocka_unit_test(test_ends_while_memory_changes),
		cmocka_unit_test(test_cores_change),
		cmocka_unit_test(test_nothing_behind_the_program),
		cmocka_unit_test(test_destroyed_before_its_job),
	};
	int failed;

	signal(SIGPIPE, SIG_IGN);
	if (!machine_begin())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	/* what jobs came with has gone */
	return machine_end() ? failed : 1;
}
