/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The benchmark programs of the build host, run as a user runs them: they verify with any number of
 * threads, say in a sentence what was wrong with a command line, and fail when nobody reads them.
 */
#include "unit.h"
#include <sys/wait.h>

#define DIRECTORY "build/native/bench/"

struct done {
	int status;
	char output[16384]; /* stdout, then stderr */
};

static struct done run(const char *environment, const char *command)
{
	struct done done = {0};
	char line[512];
	FILE *pipe;
	size_t length;

	snprintf(line, sizeof(line), "%s " DIRECTORY "%s 2>&1", environment, command);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	length = fread(done.output, 1, sizeof(done.output) - 1, pipe);
	done.output[length] = '\0';
	done.status = WEXITSTATUS(pclose(pipe));
	return done;
}

static void expect_verified(const char *environment, const char *command, const char *text)
{
	struct done done = run(environment, command);

	if (done.status != 0 || !strstr(done.output, "Verification: passed\n") ||
	    !strstr(done.output, text))
		fail_msg("%s %s: status %d\n%s", environment, command, done.status, done.output);
}

static void test_verified(void **state)
{
	static const char *const threads[] = {"OMP_NUM_THREADS=1", "OMP_NUM_THREADS=2",
					      "OMP_NUM_THREADS=4"};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		const char *line = ((const char *[]){"Threads: 1\n", "Threads: 2\n",
						     "Threads: 4\n"})[i];

		expect_verified(threads[i], "stream 10000 2", "Solution Validates");
		expect_verified(threads[i], "gups 16", i == 0 ? "Errors: 0\n" : line);
		expect_verified(threads[i], "selfish --seconds 0.02", line);
		expect_verified(threads[i], "cg S", line);
	}
	expect_verified(threads[1], "ep S", "Gaussian pairs: 13176389\n");
}

static void test_raw_file(void **state)
{
	static const char path[] = "build/unit/selfish.raw";
	struct done done = run("OMP_NUM_THREADS=1",
			       "selfish --seconds=0.01 --detours 5 "
			       "--threshold-ns 1 --raw build/unit/selfish.raw");
	unsigned thread, lines = 0;
	unsigned long time, length, last = 0;
	char line[80];
	FILE *file = fopen(path, "r");

	(void)state;
	assert_int_equal(done.status, 0);
	assert_non_null(file);
	assert_true(fgets(line, sizeof(line), file) && line[0] == '#');
	while (fgets(line, sizeof(line), file)) {
		assert_int_equal(sscanf(line, "%u %lu %lu", &thread, &time, &length), 3);
		assert_true(thread == 0 && time >= last);
		last = time + length;
		lines++;
	}
	assert_int_equal(lines, 5);
	fclose(file);
	remove(path);
}

static void test_help(void **state)
{
	static const char *const programs[] = {"stream", "gups", "selfish", "ep", "cg"};
	char command[80], usage[80];

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct done done;

		snprintf(command, sizeof(command), "%s --help", programs[i]);
		snprintf(usage, sizeof(usage), "usage: %s [", programs[i]);
		done = run("", command);
		assert_int_equal(done.status, 0);
		assert_memory_equal(done.output, usage, strlen(usage));
	}
}

static void test_wrong_usage(void **state)
{
	static const char *const commands[] = {
		"stream 0",
		"stream -1",
		"stream 10 1",
		"stream 10 2 3",
		"stream 1e3",
		"stream 99999999999999999999",
		"gups 7",
		"gups 37",
		"gups ''",
		"gups --size 4",
		"gups 1x",
		"selfish --seconds",
		"selfish --seconds=",
		"selfish --seconds 0",
		"selfish --seconds x",
		"selfish --seconds 1.2.3",
		"selfish --detours 0",
		"selfish --raw ''",
		"selfish 3",
		"selfish --spacing -3",
		"ep Q",
		"ep s",
		"ep S W",
		"cg ''",
		"cg SS",
		"cg --class S",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		struct done done = run("", commands[i]);
		size_t length = strlen(done.output);

		if (done.status != 2 || length == 0 ||
		    strchr(done.output, '\n') != done.output + length - 1)
			fail_msg("%s: status %d\n%s", commands[i], done.status, done.output);
	}
}

static void test_failures(void **state)
{
	(void)state;
	assert_int_equal(run("", "gups 10 >/dev/full").status, 1);
	assert_int_equal(run("", "stream 1000 2 >/dev/full").status, 1);
	assert_int_equal(run("", "selfish --seconds 0.001 --raw /no/such/file").status, 1);
	assert_int_equal(run("ulimit -v 1000000;", "gups 30").status, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verified), cmocka_unit_test(test_raw_file),
		cmocka_unit_test(test_help),     cmocka_unit_test(test_wrong_usage),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
