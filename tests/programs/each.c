/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs one command after the other and says how each ended, so that many take one boot:
 *
 *	each [K=V...] PROGRAM [ARGS...] [@INPUT] -- ...
 *
 * Environment first, then the program, a path; a last word with @ in front is the file that is its standard input, else that is
 * empty. What it writes, on both streams, stands between lines of ours, in the order in which it came.
 */
#include "start.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define WORDS_MAX 256

static int input_open(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0)
		return -1;
	return fd == STDIN_FILENO ? 0 : close(fd);
}

static void end_report(const char *name, int status)
{
	if (WIFSIGNALED(status))
		printf("\n== %s: signal %d\n", name, WTERMSIG(status));
	else
		printf("\n== %s: exit %d\n", name, WEXITSTATUS(status));
	fflush(stdout);
}

static void command_run(char **words, int count)
{
	char *environment[WORDS_MAX + 1], *argv[WORDS_MAX + 1];
	const char *input = "/dev/null", *name;
	int variables = 0, status, pid;

	while (variables < count && strchr(words[variables], '=') && words[variables][0] != '/') {
		environment[variables] = words[variables];
		variables++;
	}
	environment[variables] = NULL;
	words += variables;
	count -= variables;
	if (count > 1 && words[count - 1][0] == '@')
		input = words[--count] + 1;
	if (count == 0)
		exit(64);
	memcpy(argv, words, (size_t)count * sizeof(argv[0]));
	argv[count] = NULL;
	name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	printf("== %s\n", name);
	fflush(stdout);
	pid = input_open(input) == 0 ? program_start(argv[0], argv, environment) : -1;
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		printf("\n== %s: not started\n", name);
	else
		end_report(name, status);
}

int main(int argc, char **argv)
{
	int first = 1;

	if (dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		return 1;
	for (int i = 1; i <= argc; i++) {
		if (i < argc && strcmp(argv[i], "--") != 0)
			continue;
		if (i - first > WORDS_MAX)
			return 64;
		if (i > first)
			command_run(argv + first, i - first);
		first = i + 1;
	}
	return 0;
}
