/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The driver of the conformance checks. Without arguments it runs every group as a process of its own and says how it ended;
 * with names only those; `conform -c NAME` is the process of one.
 */
#include "conform.h"
#include "../start.h"
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SECONDS_LIMIT 100 /* for one group */

extern const struct conform __start_conform[], __stop_conform[];
extern char **environ;

struct bad_pointer bad_pointers[16];
int *volatile wild_pointer = (int *)16;
static char own_path[PATH_MAX];

void need(bool holds, const char *what)
{
	if (holds)
		return;
	printf("cannot go on: %s (%s)\n", what, errno_name(errno));
	exit(2);
}

static void bad_add(const char *name, uintptr_t address, bool may_read)
{
	static size_t count;

	bad_pointers[count++] = (struct bad_pointer){name, (char *)address, may_read};
}

static void bad_prepare(void)
{
	static char valid[64];
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			   0);

	need(pages != MAP_FAILED, "mmap");
	memset(pages, 'x', 4 * page);
	need(mprotect(pages, page, PROT_NONE) == 0 &&
		     mprotect(pages + 2 * page, page, PROT_READ) == 0 &&
		     munmap(pages + 3 * page, page) == 0,
	     "mprotect");
	/* pages: nothing, read and write, read, unmapped */
	bad_add("null", 0, false);
	bad_add("low", 0x1000, false);
	bad_add("no access", (uintptr_t)pages, false);
	bad_add("read only", (uintptr_t)(pages + 2 * page), true);
	bad_add("unmapped", (uintptr_t)(pages + 3 * page), false);
	bad_add("end of a mapping", (uintptr_t)(pages + 3 * page - 4), false);
	bad_add("above user memory", UINT64_C(1) << 52, false);
	bad_add("kernel", UINT64_C(0xffff000008000000), false);
	bad_add("last", UINT64_MAX - 3, false);
	bad_add("tagged", (uintptr_t)valid | UINT64_C(0x5a) << 56, false);
}

static void alarm_report(int signal)
{
	static const char text[] = "takes too long\n";

	(void)signal;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(4);
	_exit(3);
}

static const struct conform *conform_find(const char *name)
{
	for (const struct conform *c = __start_conform; c < __stop_conform; c++) {
		if (strcmp(c->name, name) == 0)
			return c;
	}
	fprintf(stderr, "there is no %s\n", name);
	exit(64);
}

static int run_here(const char *name)
{
	const struct conform *conform = conform_find(name);

	umask(022);
	if (conform->calls) {
		need(mkdir(name, 0755) == 0, "mkdir");
		need(chdir(name) == 0, "chdir");
	}
	bad_prepare();
	signal(SIGALRM, alarm_report);
	alarm(SECONDS_LIMIT);
	conform->run();
	return 0;
}

int child_start(const char *name)
{
	char *const argv[] = {own_path, "-c", (char *)name, NULL};
	int pid = program_start(own_path, argv, environ);

	need(pid > 0, "a child");
	return pid;
}

int child_run(const char *name)
{
	int status, pid = child_start(name);

	need(waitpid(pid, &status, 0) == pid, "waitpid");
	return status;
}

void status_report(const char *name, int status)
{
	if (WIFEXITED(status))
		printf("%s: exit %d\n", name, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("%s: signal %d\n", name, WTERMSIG(status));
	else
		printf("%s: status %x\n", name, (unsigned)status);
}

void child_report(const char *name)
{
	status_report(name, child_run(name));
}

static void run_group(const char *name)
{
	char end[64];

	printf("== %s\n", name);
	snprintf(end, sizeof(end), "== %s", name);
	status_report(end, child_run(name));
}

int main(int argc, char **argv)
{
	ssize_t length = readlink("/proc/self/exe", own_path, sizeof(own_path) - 1);

	setvbuf(stdout, NULL, _IOLBF, 0);
	need(length > 0, "/proc/self/exe");
	if (argc == 3 && strcmp(argv[1], "-c") == 0)
		return run_here(argv[2]);
	for (int i = 1; i < argc; i++)
		run_group(conform_find(argv[i])->name);
	for (const struct conform *c = __start_conform; argc == 1 && c < __stop_conform; c++) {
		if (c->calls)
			run_group(c->name);
	}
	return 0;
}
