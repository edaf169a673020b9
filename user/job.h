/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The job as init reads it from /job (bulkhead/job.h): strings point into one buffer, which lives as long as the job.
 */
#ifndef USER_JOB_H
#define USER_JOB_H

#include <stdbool.h>
#include <stddef.h>

struct job {
	char **argv; /* NULL-terminated; argv[0] is the program's path */
	char **envp; /* NULL-terminated */
	const char *directory;
	bool send_changes; /* send back what the program created or changed */
	const char *input; /* the file that is standard input; NULL: the wire */
	bool announce;     /* tell the tool that it may send input */
	const char
		*reports; /* a file that the job leaves, whose lines go to the tool; NULL: none */
};

/* Takes `size` bytes with a NUL behind them; changes nothing in them. 0, or -1 with errno: EINVAL for a malformed job, ENOMEM. */
int job_parse(char *text, size_t size, struct job *job);

#endif
