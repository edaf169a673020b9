/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a job ended.
 */
#ifndef CLI_RESULT_H
#define CLI_RESULT_H

#include <cli/counters.h>

struct result {
	struct answer_started started; /* id 0: it never ran */
	struct answer_done done;
	struct counters counters;
	char log[4096]; /* the last of the kernel's, when it ended without a result */
	size_t log_have;
};

/* What comes before ANSWER_DONE and is not the job's. */
void result_take(struct result *result, const struct bulkhead_message *message);
/* Exit status; says and writes what the options ask for. */
int result_judge(const struct result *result, const char *program,
		 const struct job_options *options);

#endif
