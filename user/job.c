/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The job as init reads it from /job (bulkhead/job.h).
 */
#include <bulkhead/job.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <user/job.h>

static size_t count_strings(const char *text, size_t size)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += text[i] == '\0';
	return count;
}

static bool is_set(const char *value)
{
	return strcmp(value, "1") == 0;
}

static int take_string(struct job *job, char *string, size_t *argc, size_t *envc)
{
	char *value = string + 1;

	switch (string[0]) {
	case JOB_ARG:
		job->argv[(*argc)++] = value;
		return 0;
	case JOB_ENV:
		job->envp[(*envc)++] = value;
		return 0;
	case JOB_DIR:
		job->directory = value;
		return 0;
	case JOB_OUT:
		job->send_changes = is_set(value);
		return 0;
	case JOB_STDIN:
		job->input = value;
		return 0;
	case JOB_ANNOUNCE:
		job->announce = is_set(value);
		return 0;
	case JOB_REPORTS:
		job->reports = value;
		return 0;
	default:
		errno = EINVAL;
		return -1;
	}
}

int job_parse(char *text, size_t size, struct job *job)
{
	size_t strings = count_strings(text, size);
	size_t argc = 0;
	size_t envc = 0;

	*job = (struct job){.directory = "/"};
	job->argv = calloc(strings + 1, sizeof(*job->argv));
	job->envp = calloc(strings + 1, sizeof(*job->envp));
	if (job->argv == NULL || job->envp == NULL)
		return -1;
	for (char *at = text; at < text + size; at += strlen(at) + 1) {
		if (take_string(job, at, &argc, &envc) != 0)
			return -1;
	}
	if (argc == 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}
