/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See check.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "check.h"

int manager;
static unsigned failures;

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
#define X(name) {#name, test_##name},
	TESTS(X)
#undef X
};

bool check_that(bool condition, const char *file, int line, const char *format, ...)
{
	va_list arguments;

	if (condition)
		return true;
	failures++;
	printf("FAILED %s:%d: ", file, line);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf(" (errno %d)\n", errno);
	return false;
}

long call(int file, unsigned number, const void *argument)
{
	int status = ioctl(file, (int)number, argument);

	return status < 0 ? -errno : status;
}

static void run(const char *name)
{
	unsigned before = failures;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (strcmp(tests[i].name, name) != 0)
			continue;
		tests[i].run();
		printf("%s %s\n", failures == before ? "ok" : "not ok", name);
		return;
	}
	check(false, "no test %s", name);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	manager = open(COKERNELDEV_PATH, O_RDWR | O_CLOEXEC);
	check(manager >= 0 || strcmp(argv[argc - 1], "refused") == 0, "no %s", COKERNELDEV_PATH);
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	printf("all done, %u failed\n", failures);
	return failures != 0;
}
