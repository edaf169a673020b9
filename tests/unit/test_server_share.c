/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared memory of enclaves as the control task keeps it, with a fake of the machine: who has what, from which VM on, and what is refused.
 */
#define _GNU_SOURCE
#include "server_fake/server_fake.h"
#include <errno.h>
#include <string.h>

static uint32_t done_error(uint32_t action, const char *name, const char *enclave, uint64_t size,
			   uint32_t flags)
{
	struct command_share share = {.action = action, .size = size, .flags = flags};

	(void)snprintf(share.name, sizeof(share.name), "%s", name);
	(void)snprintf(share.enclave, sizeof(share.enclave), "%s", enclave);
	put(CHANNEL_OPEN, 9, 0, NULL, 0);
	say(9, COMMAND_SHARE, &share, sizeof(share));
	hear(9, ANSWER_SHARE);
	put(CHANNEL_CLOSE, 9, 0, NULL, 0);
	assert_true(heard.is_done);
	assert_true((heard.done.error != 0) == (heard.done.text[0] != '\0'));
	return heard.done.error;
}

/* the number of entries of the list, the last one in *last */
static size_t listed(struct answer_share *last)
{
	size_t count;

	assert_int_equal(done_error(SHARE_LIST, "", "", 0, 0), 0);
	count = heard.have / sizeof(*last);
	assert_int_equal(heard.have % sizeof(*last), 0);
	if (count > 0)
		memcpy(last, heard.bytes + (count - 1) * sizeof(*last), sizeof(*last));
	return count;
}

static void create(const char *name)
{
	struct command_create create;

	fill_create(&create, name, 0);
	put(CHANNEL_OPEN, 1, 0, NULL, 0);
	say(1, COMMAND_CREATE, &create, sizeof(create));
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
}

static void start_job(uint32_t session, const char *name)
{
	struct command_job job = {.size = 6, .program = "prog"};

	memcpy(job.name, name, strlen(name));
	put(CHANNEL_OPEN, session, 0, NULL, 0);
	say(session, COMMAND_JOB, &job, sizeof(job));
	say(session, COMMAND_DATA, "070701", 6);
}

/* An enclave has it in each of its jobs, from the start on, and gets it at once while one runs. */
static void test_attached(void **state)
{
	struct answer_share last;

	(void)state;
	linux_begin();
	create("one");
	ask(2, COMMAND_START, "one", 0, 0);
	assert_int_equal(done_error(SHARE_CREATE, "box", "", 8192, 0), 0);
	assert_int_equal(done_error(SHARE_ATTACH, "box", "one", 0, COMMAND_READ_ONLY), 0);
	for (unsigned job = 0; job < 2; job++) {
		start_job(3, "one");
		assert_int_equal(the_vm()->shares, 1u << 1);
		vm_exit(the_vm(), 0);
		put(CHANNEL_CLOSE, 3, 0, NULL, 0);
	}
	assert_int_equal(listed(&last), 2);
	assert_string_equal(last.enclave_name, "one");
	assert_string_equal(last.name, "box");
	assert_int_equal(last.flags, COMMAND_READ_ONLY);
	assert_int_equal(last.size, 8192);
	assert_int_equal(last.region, 1);
	start_job(3, "one");
	assert_int_equal(done_error(SHARE_DETACH, "box", "one", 0, 0), 0);
	assert_int_equal(the_vm()->shares, 0);
	assert_int_equal(listed(&last), 1);
	assert_int_equal(done_error(SHARE_ATTACH, "box", "one", 0, 0), 0);
	assert_int_equal(the_vm()->shares, 1u << 1);
	assert_int_equal(done_error(SHARE_DESTROY, "box", "", 0, 0), 0);
	assert_int_equal(the_vm()->shares | shares, 0);
	assert_int_equal(listed(&last), 0);
	ask(4, COMMAND_DESTROY, "one", COMMAND_FORCE, 0);
	check_clean();
}

static void test_refused(void **state)
{
	struct answer_share last;
	char name[16];

	(void)state;
	linux_begin();
	create("one");
	assert_int_equal(done_error(SHARE_CREATE, "", "", 4096, 0), EINVAL);
	assert_int_equal(done_error(SHARE_CREATE, "a/b", "", 4096, 0), EINVAL);
	assert_int_equal(done_error(SHARE_CREATE, "box", "", 0, 0), EINVAL);
	assert_int_equal(done_error(SHARE_CREATE, "box", "", 4097, 0), EINVAL);
	assert_int_equal(done_error(SHARE_CREATE, "box", "", 2 * MIB + 4096, 0), EINVAL);
	assert_int_equal(done_error(SHARE_ACTIONS, "box", "", 4096, 0), EPROTO);
	assert_int_equal(done_error(SHARE_ATTACH, "", "one", 0, 0), ENOENT);
	assert_int_equal(done_error(SHARE_DESTROY, "box", "", 0, 0), ENOENT);
	share_status = -ENOMEM;
	assert_int_equal(done_error(SHARE_CREATE, "box", "", 4096, 0), ENOMEM);
	share_status = 0;
	assert_int_equal(listed(&last), 0);
	assert_int_equal(done_error(SHARE_CREATE, "box", "", 4096, 0), 0);
	assert_int_equal(done_error(SHARE_CREATE, "box", "", 4096, 0), EEXIST);
	assert_int_equal(done_error(SHARE_ATTACH, "box", "two", 0, 0), ENOENT);
	assert_int_equal(done_error(SHARE_DETACH, "box", "one", 0, 0), ENOENT);
	assert_int_equal(done_error(SHARE_ATTACH, "box", "one", 0, 0), 0);
	assert_int_equal(done_error(SHARE_ATTACH, "box", "one", 0, 0), EEXIST);
	for (unsigned i = 1; i <= ENCLAVE_SHARES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "box%u", i);
		assert_int_equal(done_error(SHARE_CREATE, name, "", 2 * MIB, 0), 0);
		assert_int_equal(done_error(SHARE_ATTACH, name, "one", 0, 0),
				 i < ENCLAVE_SHARES_MAX ? 0 : ENOSPC);
	}
	assert_int_equal(listed(&last), 1 + 2 * ENCLAVE_SHARES_MAX);
	/* one that does not let go keeps it */
	share_status = -EBUSY;
	assert_int_equal(done_error(SHARE_DESTROY, "box", "", 0, 0), EBUSY);
	share_status = 0;
	assert_int_equal(listed(&last), 1 + 2 * ENCLAVE_SHARES_MAX);
	ask(4, COMMAND_DESTROY, "one", 0, 0);
	for (unsigned i = 0; i <= ENCLAVE_SHARES_MAX; i++) {
		(void)snprintf(name, sizeof(name), i ? "box%u" : "box", i);
		assert_int_equal(done_error(SHARE_DESTROY, name, "", 0, 0), 0);
	}
	assert_int_equal(listed(&last), 0);
	check_clean();
}

/* A kernel that has ended meanwhile needs nothing; one that does not answer may have it yet, and does not lose it. */
static void test_kernel_that_does_not_answer(void **state)
{
	struct answer_share last;

	(void)state;
	linux_begin();
	create("one");
	ask(2, COMMAND_START, "one", 0, 0);
	assert_int_equal(done_error(SHARE_CREATE, "box", "", 4096, 0), 0);
	start_job(3, "one");
	share_status = -ECONNREFUSED;
	assert_int_equal(done_error(SHARE_ATTACH, "box", "one", 0, 0), ECONNREFUSED);
	assert_int_equal(listed(&last), 1);
	share_status = -ETIMEDOUT;
	assert_int_equal(done_error(SHARE_ATTACH, "box", "one", 0, 0), ETIMEDOUT);
	assert_int_equal(listed(&last), 2);
	assert_int_equal(done_error(SHARE_DETACH, "box", "one", 0, 0), ETIMEDOUT);
	assert_int_equal(listed(&last), 2);
	share_status = -EPIPE;
	assert_int_equal(done_error(SHARE_DETACH, "box", "one", 0, 0), 0);
	assert_int_equal(listed(&last), 1);
	share_status = 0;
	assert_int_equal(done_error(SHARE_DESTROY, "box", "", 0, 0), 0);
	ask(4, COMMAND_DESTROY, "one", COMMAND_FORCE, 0);
	check_clean();
}

/* Whoever asks about a share that is being worked on waits; others do not. */
static void test_busy_share(void **state)
{
	struct command_share share = {.action = SHARE_CREATE, .size = 4096, .name = "box"};
	struct answer_share last;

	(void)state;
	linux_begin();
	tasks_wait = true;
	put(CHANNEL_OPEN, 5, 0, NULL, 0);
	say(5, COMMAND_SHARE, &share, sizeof(share));
	hear(5, 0);
	assert_false(heard.is_done);
	put(CHANNEL_OPEN, 6, 0, NULL, 0);
	share.action = SHARE_DESTROY;
	say(6, COMMAND_SHARE, &share, sizeof(share));
	assert_int_equal(listed(&last), 0);
	tasks_go_on();
	turn();
	hear(5, 0);
	assert_true(heard.is_done && heard.done.error == 0);
	tasks_go_on();
	turn();
	hear(6, 0);
	assert_true(heard.is_done && heard.done.error == 0);
	tasks_wait = false;
	assert_int_equal(shares, 0);
	/* whoever asked has left: it is done all the same */
	share.action = SHARE_CREATE;
	tasks_wait = true;
	put(CHANNEL_OPEN, 7, 0, NULL, 0);
	say(7, COMMAND_SHARE, &share, sizeof(share));
	put(CHANNEL_CLOSE, 7, 0, NULL, 0);
	tasks_go_on();
	turn();
	tasks_wait = false;
	assert_int_equal(listed(&last), 1);
	assert_int_equal(done_error(SHARE_DESTROY, "box", "", 0, 0), 0);
	check_clean();
}

/* When an enclave is ended, the others that share memory with it are told; not when it ends by itself. */
static void test_sharers_are_told(void **state)
{
	struct answer_event event;

	(void)state;
	linux_begin();
	create("one");
	create("two");
	ask(2, COMMAND_START, "one", 0, 0);
	assert_int_equal(done_error(SHARE_CREATE, "box", "", 8192, 0), 0);
	assert_int_equal(done_error(SHARE_ATTACH, "box", "one", 0, 0), 0);
	assert_int_equal(done_error(SHARE_ATTACH, "box", "two", 0, 0), 0);
	for (unsigned is_ended = 0; is_ended < 2; is_ended++) {
		start_job(3, "one");
		if (is_ended) {
			vm_end(the_vm(), BH_FAULT_PORT);
			turn();
		} else {
			vm_exit(the_vm(), 0);
		}
		put(CHANNEL_CLOSE, 3, 0, NULL, 0);
		ask(4, COMMAND_EVENTS, "two", 0, ANSWER_EVENT);
		assert_true(heard.have >= sizeof(event));
		memcpy(&event, heard.bytes + heard.have - sizeof(event), sizeof(event));
		assert_string_equal(
			event.text,
			is_ended
				? "shares box with one, which was ended: it used an I/O port that does not belong to it"
				: "shares box");
	}
	assert_int_equal(done_error(SHARE_DESTROY, "box", "", 0, 0), 0);
	ask(4, COMMAND_DESTROY, "one", COMMAND_FORCE, 0);
	ask(4, COMMAND_DESTROY, "two", COMMAND_FORCE, 0);
	check_clean();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attached),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_kernel_that_does_not_answer),
		cmocka_unit_test(test_busy_share),
		cmocka_unit_test(test_sharers_are_told),
	};

	return machine_begin() && cmocka_run_group_tests(tests, NULL, NULL) == 0 && machine_end()
		       ? 0
		       : 1;
}
