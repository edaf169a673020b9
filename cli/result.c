/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a job ended: exit status, words, JSON.
 */
#include <bulkhead/wire.h>
#include <cli/result.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define TAIL_LINES 15u

const char *job_end_text(const struct answer_done *done, char *text, size_t size)
{
	if ((done->flags & ANSWER_KILLED) != 0)
		(void)snprintf(text, size, "killed");
	else if ((done->flags & ANSWER_HAS_STATUS) == 0)
		(void)snprintf(text, size, "no result");
	else if ((done->status & WIRE_NOT_STARTED) != 0)
		(void)snprintf(text, size, "not started: %s",
			       strerror((int)(done->status & 0xFFFF)));
	else if (WIFSIGNALED((int)done->status))
		(void)snprintf(text, size, "signal %d", WTERMSIG((int)done->status));
	else
		(void)snprintf(text, size, "exit %d", WEXITSTATUS((int)done->status));
	return text;
}

int job_status(const struct answer_done *done, const char *program)
{
	int status = (int)done->status;

	if ((done->flags & ANSWER_HAS_STATUS) == 0) {
		say("the enclave of %s ended without a result; bulkhead faults and bulkhead events say more.",
		    program);
		return EXIT_SOFTWARE;
	}
	if ((done->status & WIRE_NOT_STARTED) != 0) {
		say("%s could not be started: %s.", program, strerror(status & 0xFFFF));
		return (status & 0xFFFF) == ENOMEM || (status & 0xFFFF) == E2BIG ||
				       (status & 0xFFFF) == ENOEXEC
			       ? EXIT_USAGE
			       : EXIT_SOFTWARE;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void print_json(const struct result *result, int status)
{
	struct json_object *object = json_object_new_object();
	char text[80];

	json_object_object_add(object, "id", json_object_new_int64(result->done.id));
	json_object_object_add(object, "name", json_object_new_string(result->started.name));
	json_object_object_add(
		object, "end",
		json_object_new_string(job_end_text(&result->done, text, sizeof(text))));
	json_object_object_add(object, "status", json_object_new_int(status));
	(void)fprintf(stderr, "%s\n",
		      json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

static void take_log(struct result *result, const uint8_t *data, size_t size)
{
	size_t room = sizeof(result->log) - 1, keep;

	if (size > room) {
		data += size - room;
		size = room;
	}
	keep = result->log_have < room - size ? result->log_have : room - size;
	memmove(result->log, result->log + result->log_have - keep, keep);
	memcpy(result->log + keep, data, size);
	result->log_have = keep + size;
	result->log[result->log_have] = '\0';
}

void result_take(struct result *result, const struct bulkhead_message *message)
{
	struct answer_fault fault;
	unsigned *count = &result->counters.count;

	switch (message->type) {
	case ANSWER_FAULT:
		memcpy(&fault, message->data, sizeof(fault));
		result->counters.cause = fault.fault.cause;
		fault_print(&fault);
		break;
	case ANSWER_ENCLAVE:
		memcpy(&result->counters.enclave, message->data, sizeof(result->counters.enclave));
		result->counters.cause = BH_FAULT_OFF;
		break;
	case ANSWER_COUNTERS:
		if (*count < ENCLAVE_VCPUS_MAX)
			memcpy(&result->counters.vcpus[(*count)++], message->data,
			       sizeof(struct bh_counters));
		break;
	case ANSWER_CALLS:
		if (message->size < sizeof(result->counters.calls))
			memcpy(result->counters.calls, message->data, message->size);
		break;
	case ANSWER_LOG:
		take_log(result, message->data, message->size);
		break;
	default:
		break;
	}
}

/* of a kernel that ended without a result, which says there why */
static void print_tail(const struct result *result)
{
	const char *at = result->log + result->log_have;
	unsigned lines = 0;

	if (result->log_have == 0)
		return;
	say("its kernel's log ends with");
	while (at > result->log && (at[-1] != '\n' || lines++ <= TAIL_LINES))
		at--;
	for (const char *end; (end = strchr(at, '\n')) != NULL; at = end + 1)
		(void)fprintf(stderr, "  | %.*s\n", (int)(end - at), at);
}

static int judge(const struct result *result, const char *program)
{
	if ((result->done.flags & ANSWER_KILLED) != 0) {
		if (result->done.text[0] != '\0')
			say("the enclave of %s was killed: %s.", program, result->done.text);
		else
			say("the enclave of %s was killed.", program);
		if (result->counters.cause == BH_FAULT_PANIC)
			print_tail(result);
		return EXIT_SOFTWARE;
	}
	if ((result->done.flags & ANSWER_HAS_STATUS) == 0) {
		say("the enclave of %s ended without a result.", program);
		print_tail(result);
		return EXIT_SOFTWARE;
	}
	return job_status(&result->done, program);
}

int result_judge(const struct result *result, const char *program,
		 const struct job_options *options)
{
	int status = judge(result, program);

	if (options->json)
		print_json(result, status);
	if (options->counters != NULL && !counters_write(&result->counters, options->counters))
		status = status != 0 ? status : EXIT_SOFTWARE;
	return status;
}
