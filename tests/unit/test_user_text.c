/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What init and the control task read and write as text: /job, /control.conf, JSON.
 */
#include "unit.h"
#include <errno.h>
#include <user/config.h>
#include <user/job.h>
#include <user/json.h>

static void free_job(struct job *job)
{
	free(job->argv);
	free(job->envp);
}

static void test_job(void **state)
{
	char text[] = "a/bin/x\0a\0aone two\0eK=V\0d/desk\0o1\0i/stdin\0r1";
	struct job job;

	(void)state;
	assert_int_equal(job_parse(text, sizeof(text), &job), 0);
	assert_string_equal(job.argv[0], "/bin/x");
	assert_string_equal(job.argv[1], "");
	assert_string_equal(job.argv[2], "one two");
	assert_null(job.argv[3]);
	assert_string_equal(job.envp[0], "K=V");
	assert_null(job.envp[1]);
	assert_string_equal(job.directory, "/desk");
	assert_string_equal(job.input, "/stdin");
	assert_true(job.send_changes && job.announce);
	free_job(&job);
}

static void check_bad_job(char *text, size_t size)
{
	struct job job;

	errno = 0;
	assert_int_equal(job_parse(text, size, &job), -1);
	assert_int_equal(errno, EINVAL);
	free_job(&job);
}

static void test_bad_jobs(void **state)
{
	char no_program[] = "eK=V\0d/";
	char unknown[] = "a/bin/x\0zwhat";
	char empty_string[] = "a/bin/x\0\0";
	char nothing[] = "";

	(void)state;
	check_bad_job(no_program, sizeof(no_program));
	check_bad_job(unknown, sizeof(unknown));
	check_bad_job(empty_string, sizeof(empty_string));
	check_bad_job(nothing, 0);
}

static void test_config(void **state)
{
	char text[] = "vm 2 cores 0,1,2,3\n\nlogin 65535 cores 7\n";
	struct config config;

	(void)state;
	assert_int_equal(config_parse(text, &config), 0);
	assert_false(config.vms[0].is_login);
	assert_true(config.vms[1].is_login);
	assert_int_equal(config.count, 2);
	assert_int_equal(config.vms[0].vm, 2);
	assert_int_equal(config.vms[0].vcpus, 4);
	assert_int_equal(config.vms[0].start.core[3], 3);
	assert_int_equal(config.vms[1].vm, 65535);
	assert_int_equal(config.vms[1].start.core[0], 7);
}

static void check_bad_config(const char *text, unsigned line)
{
	char copy[256];
	struct config config;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	assert_int_equal(config_parse(copy, &config), line);
}

static void test_bad_configs(void **state)
{
	char many[40 * 20] = "";
	struct config config;

	(void)state;
	check_bad_config("vm 2", 1);
	check_bad_config("vm 2 cores ", 1);
	check_bad_config("vm 2 cores 0,", 1);
	check_bad_config("vm 2 cores 0 ", 1);
	check_bad_config("vm -2 cores 0", 1);
	check_bad_config("vm 65536 cores 0", 1);
	check_bad_config("vm 99999999999999999999 cores 0", 1);
	check_bad_config("vm 2 cores 0\nlogin 3", 2);
	check_bad_config("login2 cores 0", 1);
	check_bad_config("login 2 cores 0 watchdog", 1);
	check_bad_config("login 2 cores 0 watchdog 65536", 1);
	check_bad_config("login 2 cores 0 watchdog 1 ", 1);
	check_bad_config("vm 2 cores 0 watchdog 1", 1);
	check_bad_config(
		"vm 2 cores 0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", 1);
	for (unsigned i = 0; i < CONFIG_VMS_MAX + 1; i++)
		strcat(many, "vm 2 cores 0\n");
	assert_int_equal(config_parse(many, &config), CONFIG_VMS_MAX + 1);
}

static void test_json(void **state)
{
	const uint64_t values[] = {0, UINT64_MAX};
	struct json json;

	(void)state;
	json_begin(&json);
	json_add_string(&json, "text", "a\"b\\c\n\x7f\xe9");
	json_open(&json, "inner");
	json_add_number(&json, "n", 7);
	json_close(&json);
	json_add_numbers(&json, "list", values, 2);
	assert_true(json_end(&json));
	json.text[json.length] = '\0';
	assert_string_equal(json.text, "{\"text\":\"a\\u0022b\\u005cc\\u000a\\u007f\\u00e9\","
				       "\"inner\":{\"n\":7},\"list\":[0,18446744073709551615]}");
}

static void test_json_that_does_not_fit(void **state)
{
	struct json json;

	(void)state;
	json_begin(&json);
	for (unsigned i = 0; i < sizeof(json.text); i++)
		json_add_number(&json, "key", i);
	assert_false(json_end(&json));
	assert_true(json.length <= sizeof(json.text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_job),    cmocka_unit_test(test_bad_jobs),
		cmocka_unit_test(test_config), cmocka_unit_test(test_bad_configs),
		cmocka_unit_test(test_json),   cmocka_unit_test(test_json_that_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
