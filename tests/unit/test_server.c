/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control task's policy with a fake of the machine: what becomes of jobs whose operator leaves, of those whose Linux dies, and what
 * is kept.
 */
#define _GNU_SOURCE
#include "server_fake/server_fake.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static void test_job(void **state)
{
	const struct command_signal term = {SIGTERM};
	uint8_t input[64];

	(void)state;
	linux_begin();
	run_job(1, "", 0);
	hear(1, ANSWER_STARTED);
	assert_int_equal(heard.have, sizeof(struct answer_started));
	vm_say(the_vm(), WIRE_STDOUT, "output", 6);
	hear(1, ANSWER_STDOUT);
	assert_memory_equal(heard.bytes, "output", 6);
	say(1, COMMAND_STDIN, "input", 5);
	assert_int_equal(read(the_vm()->theirs, input, sizeof(input)),
			 sizeof(struct wire_header) + 5);
	assert_memory_equal(input + sizeof(struct wire_header), "input", 5);
	say(1, COMMAND_SIGNAL, &term, sizeof(term));
	assert_int_equal(the_vm()->signals, 1u << SIGTERM);
	vm_exit(the_vm(), 0x700);
	hear(1, 0);
	assert_true(heard.is_done && heard.is_closed);
	assert_int_equal(heard.done.flags, ANSWER_HAS_STATUS);
	assert_int_equal(heard.done.status, 0x700);
	check_clean();
}

static void run_watched(uint32_t session, const char *bootargs)
{
	struct command_create create;
	struct command_job job = {.size = 6, .program = "prog"};

	fill_create(&create, "", COMMAND_TRANSIENT);
	(void)snprintf(create.config.bootargs, sizeof(create.config.bootargs), "%s", bootargs);
	put(CHANNEL_OPEN, session, 1000, NULL, 0);
	say(session, COMMAND_CREATE, &create, sizeof(create));
	say(session, COMMAND_JOB, &job, sizeof(job));
	say(session, COMMAND_DATA, "070701", 6);
}

/* A host watches cores, too, when the kernel is told to; who waits for the job hears what it found. */
static void test_watched_cores(void **state)
{
	(void)state;
	linux_begin();
	run_watched(1, "tick=7 nowatchdog=3");
	assert_int_equal(watched_vm, 0);
	vm_exit(the_vm(), 0);
	run_watched(2, "tick=7 watchdog=12 loglevel=1");
	assert_int_equal(watch_seconds, 12);
	watch_text = NULL;
	vm_exit(the_vm(), 0);
	hear(2, 0);
	assert_string_equal(heard.done.text, "");
	assert_int_equal(watched_vm, 0);
	run_watched(3, "watchdog=5");
	assert_int_equal(watch_seconds, 5);
	watch_text = "core 1 is silent";
	vm_end(the_vm(), BH_FAULT_STOPPED);
	turn();
	hear(3, 0);
	assert_string_equal(heard.done.text, "core 1 is silent");
	assert_true(heard.is_done);
	assert_int_equal(heard.done.flags, ANSWER_KILLED);
	watch_text = NULL;
	check_clean();
}

static void test_operator_leaves(void **state)
{
	(void)state;
	linux_begin();
	run_job(1, "", 0);
	assert_int_equal(vms_there(), 1);
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
	check_clean();
	for (unsigned messages = 0; messages < 4; messages++) {
		struct command_create create;
		struct command_job job = {.size = 600, .program = "prog"};

		linux_begin();
		fill_create(&create, "", COMMAND_TRANSIENT);
		put(CHANNEL_OPEN, 1, 0, NULL, 0);
		if (messages > 0)
			say(1, COMMAND_CREATE, &create, sizeof(create));
		if (messages > 1)
			say(1, COMMAND_JOB, &job, sizeof(job));
		if (messages > 2)
			say(1, COMMAND_DATA, "some", 4);
		put(CHANNEL_CLOSE, 1, 0, NULL, 0);
		check_clean();
	}
}

static void test_linux_dies(void **state)
{
	const uint32_t started = channel_cost(sizeof(struct command_header) +
					      sizeof(struct answer_started));
	const uint32_t seen = channel_cost(sizeof(struct command_header) + 4);
	struct answer_enclave shown;
	struct fake_vm *vm;

	(void)state;
	linux_begin();
	run_job(1, "survivor", 0);
	vm = the_vm();
	vm_say(vm, WIRE_STDOUT, "seen", 4);
	vm_say(vm, WIRE_STDOUT, "before ", 7);
	/* what it has not read, for all that we know, is not lost */
	put(CHANNEL_CREDIT, 1, started + 1, NULL, 0);
	put(CHANNEL_CREDIT, 1, seen, NULL, 0);
	linux_end_now();
	turn();
	assert_int_equal(vms_there(), 1);
	vm_say(vm, WIRE_STDOUT, "between", 7);
	vm_say(vm, WIRE_STDERR, "!", 1);
	linux_begin();
	ask(5, COMMAND_SHOW, "survivor", 0, ANSWER_ENCLAVE);
	memcpy(&shown, heard.bytes, sizeof(shown));
	assert_int_equal(shown.state, ENCLAVE_RUNNING);
	assert_int_equal(shown.kept, 15);
	vm_exit(vm, 0x2A00);
	assert_int_equal(vms_there(), 0);
	ask(6, COMMAND_CONSOLE, "survivor", 0, ANSWER_STDOUT);
	assert_int_equal(heard.have, 14);
	assert_memory_equal(heard.bytes, "before between", 14);
	assert_int_equal(heard.done.status, 0x2A00);
	ask(7, COMMAND_DESTROY, "survivor", 0, 0);
	check_clean();
}

/* what one user calls his program is nothing that another's terminal acts upon, and no line of its own */
static void test_program_is_shown_clean(void **state)
{
	struct command_create create;
	struct command_job job = {.size = 6, .program = "a\x1b[2J\nb\xc3\xa4"};
	struct answer_enclave shown;

	(void)state;
	linux_begin();
	fill_create(&create, "one", COMMAND_TRANSIENT);
	put(CHANNEL_OPEN, 1, 1000, NULL, 0);
	say(1, COMMAND_CREATE, &create, sizeof(create));
	say(1, COMMAND_JOB, &job, sizeof(job));
	ask(2, COMMAND_SHOW, "one", 0, ANSWER_ENCLAVE);
	memcpy(&shown, heard.bytes, sizeof(shown));
	assert_string_equal(shown.program, "a?[2J?b??");
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
	check_clean();
}

static void test_console_attaches(void **state)
{
	struct command_target target = {.name = "away", .flags = COMMAND_FOLLOW};

	(void)state;
	linux_begin();
	run_job(1, "away", COMMAND_DETACHED);
	hear(1, 0);
	assert_true(heard.is_done && heard.is_closed);
	vm_say(the_vm(), WIRE_STDOUT, "kept", 4);
	put(CHANNEL_OPEN, 2, 0, NULL, 0);
	say(2, COMMAND_CONSOLE, &target, sizeof(target));
	hear(2, ANSWER_STDOUT);
	assert_memory_equal(heard.bytes, "kept", 4);
	vm_say(the_vm(), WIRE_STDOUT, "live", 4);
	hear(2, ANSWER_STDOUT);
	assert_memory_equal(heard.bytes, "live", 4);
	put(CHANNEL_CLOSE, 2, 0, NULL, 0);
	assert_int_equal(vms_there(), 1); /* who looks on may leave */
	put(CHANNEL_OPEN, 3, 0, NULL, 0);
	say(3, COMMAND_CONSOLE, &target, sizeof(target));
	vm_exit(the_vm(), 0);
	hear(3, 0);
	assert_true(heard.is_done);
	check_clean();
}

/* Linux dies again and again while it is shown what was kept: nothing is lost, nothing changes its place. */
static void test_linux_dies_reading(void **state)
{
	const struct command_target target = {.name = "writer"};
	static uint8_t piece[1000];
	const unsigned count = 200; /* more than a window */

	(void)state;
	linux_begin();
	run_job(1, "writer", COMMAND_DETACHED);
	for (unsigned i = 0; i < count; i++) {
		memset(piece, (int)i, sizeof(piece));
		vm_say(the_vm(), WIRE_STDOUT, piece, sizeof(piece));
	}
	for (unsigned i = 0; i < 5; i++) {
		put(CHANNEL_OPEN, 2, 0, NULL, 0);
		say(2, COMMAND_CONSOLE, &target, sizeof(target));
		linux_end_now();
		linux_begin();
	}
	put(CHANNEL_OPEN, 3, 0, NULL, 0);
	say(3, COMMAND_CONSOLE, &target, sizeof(target));
	for (unsigned i = 0; i < count;) {
		hear(3, ANSWER_STDOUT);
		assert_true(heard.have > 0);
		for (size_t at = 0; at < heard.have; at += sizeof(piece), i++)
			assert_int_equal(heard.bytes[at], (uint8_t)i);
		put(CHANNEL_CREDIT, 3,
		    (uint32_t)(heard.have / sizeof(piece)) *
			    channel_cost(sizeof(struct command_header) + sizeof(piece)),
		    NULL, 0);
	}
	put(CHANNEL_CLOSE, 3, 0, NULL, 0);
	ask(4, COMMAND_DESTROY, "writer", COMMAND_FORCE, 0);
	check_clean();
}

static void test_kept_is_bounded(void **state)
{
	static uint8_t filler[WIRE_PAYLOAD_MAX];
	struct answer_enclave shown;

	(void)state;
	linux_begin();
	run_job(1, "talker", COMMAND_DETACHED);
	for (unsigned i = 0; i < 300; i++)
		vm_say(the_vm(), WIRE_STDOUT, filler, sizeof(filler));
	ask(2, COMMAND_SHOW, "talker", 0, ANSWER_ENCLAVE);
	memcpy(&shown, heard.bytes, sizeof(shown));
	assert_true(shown.kept <= COMMAND_KEPT_MAX && shown.kept > COMMAND_KEPT_MAX * 9 / 10);
	assert_int_equal(shown.kept + shown.lost, 300 * sizeof(filler));
	ask(3, COMMAND_DESTROY, "talker", COMMAND_FORCE, 0);
	check_clean();
}

static uint32_t flags_of(uint32_t session, const char *name)
{
	struct answer_enclave shown;

	ask(session, COMMAND_SHOW, name, 0, ANSWER_ENCLAVE);
	memcpy(&shown, heard.bytes, sizeof(shown));
	return shown.flags;
}

/* Linux has taken what came, its user gives no bytes of the window back: that shows after a while, until he reads */
static void test_reader_that_stops(void **state)
{
	static uint8_t filler[WIRE_PAYLOAD_MAX];

	(void)state;
	linux_begin();
	run_job(1, "talker", 0);
	for (unsigned i = 0; i < 40; i++)
		vm_say(the_vm(), WIRE_STDOUT, filler, sizeof(filler));
	assert_int_equal(flags_of(2, "talker") & ANSWER_BLOCKED, 0);
	time_now += 1000;
	assert_int_not_equal(flags_of(3, "talker") & ANSWER_BLOCKED, 0);
	put(CHANNEL_CREDIT, 1, CHANNEL_WINDOW / 2, NULL, 0);
	put(CHANNEL_CREDIT, 1, CHANNEL_WINDOW / 4, NULL, 0);
	assert_int_equal(flags_of(4, "talker") & ANSWER_BLOCKED, 0);
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
	check_clean();
}

static void test_vm_that_cannot_be_made(void **state)
{
	(void)state;
	linux_begin();
	refuse_make = ENOMEM;
	run_job(1, "", 0);
	refuse_make = 0;
	hear(1, 0);
	assert_int_equal(heard.done.error, ENOMEM);
	assert_non_null(strstr(heard.done.text, "cannot start the enclave"));
	check_clean();
}

static void test_promises(void **state)
{
	struct command_create create;

	(void)state;
	linux_begin();
	fill_create(&create, "large", 0);
	create.config.ranges[0].size = MEMORY - 32 * MIB;
	put(CHANNEL_OPEN, 1, 0, NULL, 0);
	say(1, COMMAND_CREATE, &create, sizeof(create));
	ask(2, COMMAND_START, "large", 0, 0);
	assert_int_equal(heard.done.error, 0);
	run_job(3, "", 0); /* 64 MiB are not left */
	hear(3, 0);
	assert_int_equal(heard.done.error, ENOMEM);
	ask(4, COMMAND_STOP, "large", 0, 0);
	run_job(5, "", 0);
	assert_int_equal(vms_there(), 1);
	ask(6, COMMAND_START, "large", 0, 0);
	assert_int_equal(heard.done.error, ENOMEM);
	put(CHANNEL_CLOSE, 5, 0, NULL, 0);
	ask(7, COMMAND_DESTROY, "large", 0, 0);
	check_clean();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_job),
		cmocka_unit_test(test_watched_cores),
		cmocka_unit_test(test_operator_leaves),
		cmocka_unit_test(test_linux_dies),
		cmocka_unit_test(test_linux_dies_reading),
		cmocka_unit_test(test_program_is_shown_clean),
		cmocka_unit_test(test_console_attaches),
		cmocka_unit_test(test_kept_is_bounded),
		cmocka_unit_test(test_reader_that_stops),
		cmocka_unit_test(test_vm_that_cannot_be_made),
		cmocka_unit_test(test_promises),
	};
	int failed;

	signal(SIGPIPE, SIG_IGN);
	if (!machine_begin())
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	/* what jobs came with has gone */
	return machine_end() ? failed : 1;
}
