/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The policy of a host, whose cores are one enclave's alone, with a fake of the machine: what an enclave has when its cores could not be
 * changed as wanted, what becomes of cores that do not answer, and what a kernel says of its end.
 */
#define _GNU_SOURCE
#include "server_fake/server_fake.h"
#include <errno.h>
#include <string.h>

static struct vm_layer host;

static void begin(void)
{
	linux_begin();
	host = layer;
	host.shares_cores = false;
	server->enclaves.layer = &host;
}

static void run_on(uint32_t session, const char *name, uint16_t first, uint16_t second)
{
	struct command_create create;
	struct command_job job = {.size = 6, .program = "prog"};

	fill_create(&create, name, COMMAND_TRANSIENT);
	create.config.vcpus = 2;
	create.config.cores[0] = first;
	create.config.cores[1] = second;
	put(CHANNEL_OPEN, session, 1000, NULL, 0);
	say(session, COMMAND_CREATE, &create, sizeof(create));
	hear(session, 0);
	if (heard.is_done)
		return;
	say(session, COMMAND_JOB, &job, sizeof(job));
	say(session, COMMAND_DATA, "070701", 6);
}

/* the sentence */
static const char *set_cores(const char *name, uint16_t first, uint16_t second)
{
	struct command_set set = {.vcpus = 2, .move = 1, .cores = {first, second}};

	for (unsigned i = 2; i < ENCLAVE_VCPUS_MAX; i++)
		set.cores[i] = ENCLAVE_CORE_ANY;
	(void)snprintf(set.name, sizeof(set.name), "%s", name);
	put(CHANNEL_OPEN, 8, 0, NULL, 0);
	say(8, COMMAND_SET, &set, sizeof(set));
	hear(8, 0);
	assert_true(heard.is_done);
	return heard.done.text;
}

static struct answer_enclave shown_as(const char *name)
{
	struct answer_enclave shown;

	ask(9, COMMAND_SHOW, name, 0, ANSWER_ENCLAVE);
	assert_int_equal(heard.have, sizeof(shown));
	memcpy(&shown, heard.bytes, sizeof(shown));
	return shown;
}

static void test_listed_twice(void **state)
{
	(void)state;
	begin();
	run_on(1, "one", 2, 2);
	assert_int_equal(heard.done.error, EINVAL);
	assert_non_null(strstr(heard.done.text, "Core 2 is listed twice"));
	run_on(1, "one", 1, 2);
	assert_non_null(strstr(set_cores("one", 2, 2), "Core 2 is listed twice"));
	assert_int_equal(shown_as("one").vcpus, 2);
	assert_int_equal(shown_as("one").cores[0], 1);
	vm_exit(the_vm(), 0);
	check_clean();
}

/* It has what its VM says, and the next attempt, or the next job, begins there. */
static void test_half_changed(void **state)
{
	struct answer_enclave shown;

	(void)state;
	begin();
	run_on(1, "one", 1, 2);
	move_status = -EBUSY;
	assert_non_null(strstr(set_cores("one", 1, 0), "has 3 CPUs now"));
	move_status = 0;
	shown = shown_as("one");
	assert_int_equal(shown.vcpus, 3);
	assert_memory_equal(shown.cores, ((uint16_t[]){1, 0, LAST_CORE}), 3 * sizeof(uint16_t));
	run_on(2, "two", 2, LAST_CORE);
	assert_int_equal(heard.done.error, EBUSY);
	assert_string_equal(set_cores("one", 1, 2), "");
	shown = shown_as("one");
	assert_int_equal(shown.vcpus, 2);
	assert_memory_equal(the_vm()->cores, ((uint16_t[]){1, 2}), 2 * sizeof(uint16_t));
	vm_exit(the_vm(), 0);
	check_clean();
}

/* A VM that does not go keeps its cores and memory until somebody has that tried again. */
static void test_lost(void **state)
{
	(void)state;
	begin();
	run_on(1, "one", 2, 3);
	destroy_status = -ETIMEDOUT;
	vm_end(the_vm(), BH_FAULT_STOPPED);
	turn();
	hear(1, 0);
	assert_true(heard.is_done);
	assert_int_equal(enclaves_there(), 0);
	run_on(2, "two", 1, 2);
	assert_int_equal(heard.done.error, EBUSY);
	assert_non_null(strstr(heard.done.text, "Core 2 is taken by the node itself"));
	ask(3, COMMAND_DESTROY, "nobody", 0, 0);
	assert_int_equal(vms_there(), 1);
	destroy_status = 0;
	ask(4, COMMAND_DESTROY, "nobody", 0, 0);
	assert_int_equal(vms_there(), 0);
	run_on(5, "two", 1, 2);
	vm_exit(the_vm(), 0);
	check_clean();
}

/* Who stops it hears of it, and may try again; so may one who comes when its operator has left. */
static void test_does_not_stop(void **state)
{
	(void)state;
	begin();
	run_on(1, "one", 2, 3);
	stop_status = -ETIMEDOUT;
	ask(2, COMMAND_STOP, "one", COMMAND_FORCE, 0);
	assert_true(heard.is_done);
	assert_int_equal(heard.done.error, ETIMEDOUT);
	assert_non_null(strstr(heard.done.text, "bulkhead stop --force one tries again"));
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
	assert_int_equal(shown_as("one").state, ENCLAVE_RUNNING);
	stop_status = 0;
	ask(3, COMMAND_DESTROY, "one", COMMAND_FORCE, 0);
	assert_true(heard.is_done);
	assert_int_equal(heard.done.error, 0);
	check_clean();
}

/* To who waits for the job, and, of an enclave that stays, to all. */
static void test_last_words(void **state)
{
	static const char words[] = "no room?[2J for it";
	struct answer_fault fault;
	struct command_create create;
	struct command_job job = {.size = 6, .name = "one"};

	(void)state;
	begin();
	fill_create(&create, "one", 0);
	put(CHANNEL_OPEN, 1, 1000, NULL, 0);
	say(1, COMMAND_CREATE, &create, sizeof(create));
	ask(2, COMMAND_START, "one", 0, 0);
	put(CHANNEL_OPEN, 3, 0, NULL, 0);
	say(3, COMMAND_JOB, &job, sizeof(job));
	say(3, COMMAND_DATA, "070701", 6);
	report_text = "no room\x1b[2J\nfor it\n";
	vm_end(the_vm(), BH_FAULT_PANIC);
	turn();
	report_text = "";
	hear(3, ANSWER_FAULT);
	assert_int_equal(heard.have, sizeof(fault));
	memcpy(&fault, heard.bytes, sizeof(fault));
	assert_int_equal(fault.fault.cause, BH_FAULT_PANIC);
	assert_string_equal(fault.text, words);
	assert_string_equal(heard.done.text, words);
	ask(4, COMMAND_FAULTS, "one", 0, ANSWER_FAULT);
	memcpy(&fault, heard.bytes, sizeof(fault));
	assert_string_equal(fault.text, words);
	ask(5, COMMAND_DESTROY, "one", 0, 0);
	check_clean();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listed_twice), cmocka_unit_test(test_half_changed),
		cmocka_unit_test(test_lost),         cmocka_unit_test(test_does_not_stop),
		cmocka_unit_test(test_last_words),
	};

	return machine_begin() && cmocka_run_group_tests(tests, NULL, NULL) == 0 && machine_end()
		       ? 0
		       : 1;
}
