/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What enclaves are held to and granted, as the control task decides: on a node whose hypervisor isolates all, on a host whose processor can, and on
 * one that cannot.
 */
#define _GNU_SOURCE
#include "server_fake/server_fake.h"
#include <bulkhead/vcpu.h>
#include <errno.h>
#include <string.h>

#define FULL (ENCLAVE_ISOLATION_FEATURES | VCPU_FULL)

static const char *refuse_odd(const struct enclave_grant *grant)
{
	return (grant->first & 1) != 0 ? "it is odd" : NULL;
}

static void begin(bool is_host, bool can)
{
	layer.grant_refusal = is_host ? refuse_odd : NULL;
	layer.can_isolate = can;
	linux_begin();
}

/* what an enclave that is described so gets, and whether it is said that it is nothing; 0: it is refused, as `heard` says */
static uint32_t isolation_of(uint32_t wanted, bool *is_bare)
{
	struct command_create create;
	struct command_job job = {.size = 6, .program = "prog"};
	struct answer_started started;
	uint32_t isolation;

	fill_create(&create, "one", COMMAND_TRANSIENT);
	create.config.isolation = wanted;
	put(CHANNEL_OPEN, 1, 1000, NULL, 0);
	say(1, COMMAND_CREATE, &create, sizeof(create));
	say(1, COMMAND_JOB, &job, sizeof(job));
	say(1, COMMAND_DATA, "070701", 6);
	hear(1, ANSWER_STARTED);
	if (heard.is_done) {
		put(CHANNEL_CLOSE, 1, 0, NULL, 0);
		return 0;
	}
	assert_int_equal(heard.have, sizeof(started));
	memcpy(&started, heard.bytes, sizeof(started));
	*is_bare = (started.flags & ANSWER_BARE) != 0;
	isolation = the_vm()->isolation;
	vm_exit(the_vm(), 0);
	hear(1, 0);
	assert_true(heard.is_done);
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
	return isolation;
}

static void test_host(void **state)
{
	bool is_bare;

	(void)state;
	begin(true, true);
	assert_int_equal(isolation_of(ENCLAVE_ISOLATION_BEST, &is_bare), FULL);
	assert_false(is_bare);
	assert_int_equal(isolation_of(ENCLAVE_ISOLATION_FEATURES | VCPU_IO, &is_bare),
			 ENCLAVE_ISOLATION_FEATURES | VCPU_IO);
	assert_int_equal(isolation_of(ENCLAVE_ISOLATION_FEATURES, &is_bare),
			 ENCLAVE_ISOLATION_FEATURES);
	assert_int_equal(isolation_of(ENCLAVE_ISOLATION_NONE, &is_bare), ENCLAVE_ISOLATION_NONE);
	assert_false(is_bare);
	assert_int_equal(isolation_of(FULL + 1, &is_bare), 0);
	assert_int_equal(heard.done.error, EINVAL);
	assert_int_equal(isolation_of(FULL | ENCLAVE_ISOLATION_NONE, &is_bare), 0);
	check_clean();
}

static void test_host_that_cannot(void **state)
{
	struct command_create create;
	bool is_bare;

	(void)state;
	begin(true, false);
	assert_int_equal(isolation_of(ENCLAVE_ISOLATION_BEST, &is_bare), ENCLAVE_ISOLATION_NONE);
	assert_true(is_bare);
	assert_int_equal(isolation_of(ENCLAVE_ISOLATION_NONE, &is_bare), ENCLAVE_ISOLATION_NONE);
	assert_false(is_bare);
	assert_int_equal(isolation_of(FULL, &is_bare), 0);
	assert_int_equal(heard.done.error, ENOTSUP);
	fill_create(&create, "two", 0);
	put(CHANNEL_OPEN, 1, 0, NULL, 0);
	say(1, COMMAND_CREATE, &create, sizeof(create));
	hear(1, 0);
	assert_true(heard.is_done && heard.done.error == 0);
	assert_int_equal(heard.done.flags, ANSWER_BARE);
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
	ask(4, COMMAND_DESTROY, "two", 0, 0);
	check_clean();
}

static void test_node(void **state)
{
	bool is_bare;

	(void)state;
	begin(false, false);
	assert_int_equal(isolation_of(FULL, &is_bare), ENCLAVE_ISOLATION_BEST);
	assert_false(is_bare);
	assert_int_equal(isolation_of(ENCLAVE_ISOLATION_NONE, &is_bare), 0);
	assert_int_equal(heard.done.error, ENOTSUP);
	assert_non_null(strstr(heard.done.text, "The hypervisor of this node"));
	check_clean();
}

/* error and sentence for these grants of a user */
static uint32_t granted(uint32_t user, uint32_t count, uint64_t first)
{
	struct command_create create;

	fill_create(&create, "one", 0);
	create.config.grant_count = count;
	for (unsigned i = 0; i < ENCLAVE_GRANTS_MAX; i++)
		create.config.grants[i] = (struct enclave_grant){
			ENCLAVE_GRANT_PORT, ENCLAVE_GRANT_READ | ENCLAVE_GRANT_WRITE, 0, first + i,
			first + i};
	put(CHANNEL_OPEN, 1, user, NULL, 0);
	say(1, COMMAND_CREATE, &create, sizeof(create));
	hear(1, 0);
	put(CHANNEL_CLOSE, 1, 0, NULL, 0);
	assert_true(heard.is_done);
	return heard.done.error;
}

static void test_grants(void **state)
{
	struct answer_enclave shown;

	(void)state;
	begin(true, true);
	assert_int_equal(granted(1000, 1, 0x80), EPERM);
	assert_int_equal(granted(0, 2, 0x80), EINVAL);
	assert_string_equal(heard.done.text,
			    "0x81 to 0x81, number 2 of the grants, cannot be granted: it is odd.");
	assert_int_equal(granted(0, ENCLAVE_GRANTS_MAX + 1, 0x80), EINVAL);
	assert_int_equal(granted(0, 1, 0x80), 0);
	ask(2, COMMAND_SHOW, "one", 0, ANSWER_ENCLAVE);
	assert_int_equal(heard.have, sizeof(shown));
	memcpy(&shown, heard.bytes, sizeof(shown));
	assert_int_equal(shown.isolation, FULL);
	assert_int_equal(shown.grant_count, 1);
	assert_int_equal(shown.grants[0].first, 0x80);
	assert_int_equal(shown.grants[1].first, 0);
	ask(4, COMMAND_DESTROY, "one", 0, 0);
	check_clean();
	begin(false, true);
	assert_int_equal(granted(0, 1, 0x80), ENOTSUP);
	check_clean();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_host_that_cannot),
		cmocka_unit_test(test_node),
		cmocka_unit_test(test_grants),
	};

	return machine_begin() && cmocka_run_group_tests(tests, NULL, NULL) == 0 && machine_end()
		       ? 0
		       : 1;
}
