/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Starting a program from a test program, on the LWK, which has spawn and no fork, and on Linux, where it is the other way round.
 */
#ifndef TESTS_PROGRAMS_START_H
#define TESTS_PROGRAMS_START_H

#include <bulkhead/job.h>
#include <errno.h>
#include <unistd.h>

/* the pid of the child, or -1 and errno; on Linux a program that cannot be started ends with 126 */
static inline int program_start(const char *path, char *const argv[], char *const envp[])
{
	long pid = syscall(LWK_NR_SPAWN, path, argv, envp);

	if (pid < 0 && errno == ENOSYS) {
		pid = fork();
		if (pid == 0) {
			execve(path, argv, envp);
			_exit(126);
		}
	}
	return (int)pid;
}

#endif
