/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bulkhead: enclaves and jobs of this node, for operators.
 */
#include <cli/command.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
	const char *does;
} verbs[] = {
	{"run", verb_run, "[options] -- PROGRAM [ARGS...]",
	 "runs a program in an enclave of its own"},
	{"create", verb_create, "[options] NAME", "describes an enclave that is to stay"},
	{"start", verb_start, "NAME", "gives it its cores and its memory"},
	{"exec", verb_exec, "NAME -- PROGRAM [ARGS...]", "runs a program in it"},
	{"stop", verb_stop, "[--force] NAME",
	 "takes them back; with --force from a job that runs, too"},
	{"destroy", verb_destroy, "[--force] NAME", "forgets it, and what its jobs wrote"},
	{"set", verb_set, "NAME [--cpus N] [--memory SIZE] [--cores LIST]",
	 "changes it, also while a job runs"},
	{"kill", verb_kill, "[-s SIGNAL] JOB", "sends a job a signal, KILL by default"},
	{"ls", verb_ls, "[--json]", "lists the enclaves"},
	{"show", verb_show, "[--json] NAME", "tells all about one"},
	{"console", verb_console, "[--follow] NAME",
	 "its kernel's log, and what its job wrote while nobody was there"},
	{"stats", verb_stats, "[--watch[=S]] [--json] [NAME]",
	 "its exits and other counters; those of the node"},
	{"faults", verb_faults, "[--json] [NAME]", "fault records of enclaves that hit a wall"},
	{"events", verb_events, "[--follow] [--json] [NAME]", "what happened"},
	{"shm", verb_shm, "ls | create | attach | detach | destroy ...",
	 "memory that enclaves of a host share"},
};

static void say_list(const char *format, va_list args)
{
	(void)fputs("bulkhead: ", stderr);
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list(format, args);
	va_end(args);
}

int usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list(format, args);
	va_end(args);
	return EXIT_USAGE;
}

int failed(const struct bulkhead *link)
{
	say("%s", link->text);
	return link->error == EINVAL || link->error == ENOENT || link->error == EEXIST
		       ? EXIT_USAGE
		       : EXIT_FAILED;
}

static void say_slow(const char *what)
{
	if (isatty(STDERR_FILENO))
		say("%s; waiting...", what);
}

bool connect_node(struct bulkhead *link)
{
	if (bulkhead_open(link) == 0) {
		link->slow = say_slow;
		return true;
	}
	say("%s", link->text);
	return false;
}

static int help(void)
{
	printf("usage: bulkhead VERB ...\nEnclaves and jobs of this node; bulkhead(1) has the details.\n\n");
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		printf("  %-8s %-46s %s\n", verbs[i].name, verbs[i].usage, verbs[i].does);
	printf("\noptions of run, create and exec: --cpus N, --memory SIZE, --cores LIST, --isolation WORDS, --numa N, --name NAME, --env K=V,\n"
	       "  --file PATH[:NAME], --out DIR, --counters FILE, --watchdog S, --bootargs WORDS, --detach, --json, -f DESCRIPTION\n");
	return 0;
}

/* No file that we open is to be taken for a standard stream that was closed; one that was says so when it is used. */
static bool reserve_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	if (!reserve_streams())
		return EXIT_FAILED;
	/* a sentence is one write: those of several that end together do not mix */
	(void)setvbuf(stderr, NULL, _IOLBF, 0);
	if (argc < 2)
		return usage(
			"Say what to do: bulkhead VERB ..., such as bulkhead run -- ./program; bulkhead --help lists the verbs.");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help();
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	}
	return usage("There is no verb %s; bulkhead --help lists those that there are.", argv[1]);
}
