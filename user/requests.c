/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests of sessions: each is a row of a table, with the phase that it belongs to and the size that it must have. What is wrong is
 * told in a sentence that says what to do, and ends the session.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <user/events.h>
#include <user/job_run.h>
#include <user/requests.h>
#include <user/requests_list.h>

static const char wrong_order[] = "The bulkhead command said something out of order.";

void request_refuse(struct server *server, struct talk *talk, int error, const char *text)
{
	struct answer_done done = {.error = (uint32_t)error};

	(void)snprintf(done.text, sizeof(done.text), "%s", text);
	talk_leave(server, talk, false);
	talk_end(talk, &done);
}

static void finish(struct talk *talk, const struct enclave *enclave)
{
	struct answer_done done = {.id = enclave != NULL ? enclave->id : 0};

	talk_end(talk, &done);
}

static bool take_create(struct server *server, struct talk *talk, const void *data, size_t size)
{
	const struct command_create *create = data;
	struct enclaves *enclaves = &server->enclaves;
	struct refusal refusal;
	struct enclave *enclave = enclave_create(enclaves, create, talk->session->user, &refusal);

	(void)size;
	if (enclave == NULL) {
		request_refuse(server, talk, refusal.error, refusal.text);
		return true;
	}
	event_add(enclaves, enclave, "was described by user %u", enclave->user);
	if ((enclave->flags & COMMAND_TRANSIENT) == 0) {
		finish(talk, enclave);
		return true;
	}
	talk->enclave = enclave;
	talk->enclave_id = enclave->id;
	talk->phase = TALK_CREATED;
	if (!enclave_start(enclaves, enclave, &refusal))
		request_refuse(server, talk, refusal.error, refusal.text);
	return true;
}

/* the enclave that a job is for */
static struct enclave *job_enclave(struct server *server, const struct talk *talk,
				   const struct command_job *job, struct refusal *refusal)
{
	struct enclave *enclave = talk->enclave;

	if (talk->phase == TALK_NEW)
		enclave = enclave_find(&server->enclaves, job->name, refusal);
	if (enclave == NULL)
		return NULL;
	if (enclave->state == ENCLAVE_STARTED)
		return enclave;
	if (enclave->state == ENCLAVE_CREATED)
		(void)refuse(refusal, EAGAIN,
			     "The enclave %s is not started; bulkhead start %s does that.",
			     enclave->config.name, enclave->config.name);
	else
		(void)refuse(refusal, EBUSY,
			     "A job runs in the enclave %s; wait for its end, or bulkhead kill %s.",
			     enclave->config.name, enclave->config.name);
	return NULL;
}

static bool take_job(struct server *server, struct talk *talk, const void *data, size_t size)
{
	struct command_job job;
	struct refusal refusal;
	struct enclave *enclave;

	(void)size;
	memcpy(&job, data, sizeof(job));
	job.name[sizeof(job.name) - 1] = '\0';
	job.program[sizeof(job.program) - 1] = '\0';
	enclave = job_enclave(server, talk, &job, &refusal);
	if (enclave == NULL ||
	    !job_begin(&server->enclaves, enclave, &job, talk->session, &refusal)) {
		request_refuse(server, talk, refusal.error, refusal.text);
		return true;
	}
	if ((job.flags & COMMAND_DETACHED) != 0)
		enclave->flags |= COMMAND_DETACHED;
	talk->enclave = enclave;
	talk->enclave_id = enclave->id;
	talk->phase = TALK_LOADING;
	return true;
}

static bool take_data(struct server *server, struct talk *talk, const void *data, size_t size)
{
	struct enclave *enclave = talk->enclave;
	struct refusal refusal;

	if (!job_load(&server->enclaves, enclave, data, size, &refusal)) {
		request_refuse(server, talk, refusal.error, refusal.text);
		return true;
	}
	if (enclave->state != ENCLAVE_RUNNING)
		return true;
	talk->phase = TALK_RUNNING;
	if ((enclave->flags & COMMAND_DETACHED) == 0)
		return true;
	enclave->session = NULL;
	talk->enclave = NULL;
	finish(talk, enclave);
	return true;
}

static bool take_stdin(struct server *server, struct talk *talk, const void *data, size_t size)
{
	if (size > WIRE_PAYLOAD_MAX) {
		request_refuse(server, talk, EPROTO, wrong_order);
		return true;
	}
	return job_input(talk->enclave, data, size);
}

static bool take_signal(struct server *server, struct talk *talk, const void *data, size_t size)
{
	const struct command_signal *signal = data;

	(void)size;
	if (signal->signal == SIGKILL)
		job_stop(&server->enclaves, talk->enclave);
	else if (signal->signal > 0 && signal->signal < 32)
		job_signal(&server->enclaves, talk->enclave, signal->signal);
	return true;
}

static bool take_set(struct server *server, struct talk *talk, const void *data, size_t size)
{
	struct command_set set;
	struct refusal refusal;
	struct enclave *enclave;

	(void)size;
	memcpy(&set, data, sizeof(set));
	set.name[sizeof(set.name) - 1] = '\0';
	enclave = enclave_find(&server->enclaves, set.name, &refusal);
	if (enclave == NULL || !enclave_set(&server->enclaves, enclave, &set, &refusal)) {
		request_refuse(server, talk, refusal.error, refusal.text);
		return true;
	}
	event_add(&server->enclaves, enclave, "has %u CPUs and %llu MiB now", enclave->config.vcpus,
		  (unsigned long long)(enclave_memory(enclave) >> 20));
	finish(talk, enclave);
	return true;
}

static bool act_start(struct server *server, struct enclave *enclave,
		      const struct command_target *target, struct refusal *refusal)
{
	(void)target;
	if (!enclave_start(&server->enclaves, enclave, refusal))
		return false;
	event_add(&server->enclaves, enclave, "has its cores and memory");
	return true;
}

/* a job has to end first: by itself, or by force */
static bool end_job(struct server *server, struct enclave *enclave, uint32_t flags,
		    struct refusal *refusal)
{
	if (!enclave_has_job(enclave))
		return true;
	if ((flags & COMMAND_FORCE) == 0)
		return refuse(refusal, EBUSY,
			      "A job runs in the enclave %s; wait for its end, or add --force.",
			      enclave->config.name);
	job_kill_now(&server->enclaves, enclave);
	server_job_ended(server, enclave);
	return true;
}

static bool act_stop(struct server *server, struct enclave *enclave,
		     const struct command_target *target, struct refusal *refusal)
{
	uint32_t id = enclave->id;

	if (enclave->state == ENCLAVE_CREATED)
		return refuse(refusal, EALREADY, "The enclave %s is not started.",
			      enclave->config.name);
	if (!end_job(server, enclave, target->flags, refusal))
		return false;
	if (enclave->id != id || enclave->state != ENCLAVE_STARTED)
		return true; /* a transient one has gone with its job */
	enclave_stop(enclave);
	event_add(&server->enclaves, enclave, "has given back its cores and memory");
	return true;
}

static bool act_destroy(struct server *server, struct enclave *enclave,
			const struct command_target *target, struct refusal *refusal)
{
	uint32_t id = enclave->id;

	if (!end_job(server, enclave, target->flags, refusal))
		return false;
	if (enclave->id == id)
		enclave_release(enclave);
	return true;
}

static bool act_kill(struct server *server, struct enclave *enclave,
		     const struct command_target *target, struct refusal *refusal)
{
	if (!enclave_has_job(enclave))
		return refuse(refusal, ESRCH, "No job runs in the enclave %s.",
			      enclave->config.name);
	if (target->value < 1 || target->value > 31)
		return refuse(refusal, EINVAL, "There is no signal %u.", target->value);
	if (target->value == SIGKILL)
		return end_job(server, enclave, COMMAND_FORCE, refusal);
	job_signal(&server->enclaves, enclave, target->value);
	return true;
}

static const struct {
	uint16_t type;
	bool (*act)(struct server *server, struct enclave *enclave,
		    const struct command_target *target, struct refusal *refusal);
} actions[] = {
	{COMMAND_START, act_start},
	{COMMAND_STOP, act_stop},
	{COMMAND_DESTROY, act_destroy},
	{COMMAND_KILL, act_kill},
};

/* about one enclave, done at once */
static void take_action(struct server *server, struct talk *talk, uint16_t type,
			const struct command_target *target)
{
	struct refusal refusal;
	struct enclave *enclave = enclave_find(&server->enclaves, target->name, &refusal);
	struct answer_done done = {0};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]) && enclave != NULL; i++) {
		if (actions[i].type != type)
			continue;
		done.id = enclave->id;
		if (!actions[i].act(server, enclave, target, &refusal))
			enclave = NULL;
	}
	if (enclave == NULL)
		request_refuse(server, talk, refusal.error, refusal.text);
	else
		talk_end(talk, &done);
}

static bool take_target(struct server *server, struct talk *talk, uint16_t type, const void *data)
{
	struct command_target target;

	memcpy(&target, data, sizeof(target));
	target.name[sizeof(target.name) - 1] = '\0';
	if (type >= COMMAND_SHOW)
		list_begin(server, talk, type, &target);
	else
		take_action(server, talk, type, &target);
	return true;
}

static const struct {
	uint16_t type;
	size_t size;     /* exactly; 0: any */
	unsigned phases; /* bits */
	bool (*take)(struct server *server, struct talk *talk, const void *data, size_t size);
} requests[] = {
	{COMMAND_CREATE, sizeof(struct command_create), 1u << TALK_NEW, take_create},
	{COMMAND_JOB, sizeof(struct command_job), 1u << TALK_NEW | 1u << TALK_CREATED, take_job},
	{COMMAND_DATA, 0, 1u << TALK_LOADING, take_data},
	{COMMAND_STDIN, 0, 1u << TALK_RUNNING, take_stdin},
	{COMMAND_SIGNAL, sizeof(struct command_signal), 1u << TALK_RUNNING, take_signal},
	{COMMAND_SET, sizeof(struct command_set), 1u << TALK_NEW, take_set},
};

bool request_take(struct server *server, struct talk *talk, uint16_t type, const uint8_t *data,
		  size_t size)
{
	_Alignas(16) uint8_t aligned[CHANNEL_MESSAGE_MAX];

	memcpy(aligned, data, size);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (requests[i].type == type &&
		    (requests[i].size == 0 || requests[i].size == size) &&
		    (requests[i].phases >> talk->phase & 1) != 0)
			return requests[i].take(server, talk, aligned, size);
	}
	if (type >= COMMAND_START && type <= COMMAND_EVENTS && talk->phase == TALK_NEW &&
	    size == sizeof(struct command_target))
		return take_target(server, talk, type, aligned);
	request_refuse(server, talk, EPROTO, wrong_order);
	return true;
}
