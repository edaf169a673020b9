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
#include <user/requests_share.h>

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
	struct answer_done done = {0};

	if (enclave != NULL) {
		done.id = enclave->id;
		done.flags = enclave->flags & ANSWER_BARE;
	}
	talk_end(talk, &done);
}

static bool take_create(struct server *server, struct talk *talk, const void *data, size_t size)
{
	const struct command_create *create = data;
	struct enclaves *enclaves = &server->enclaves;
	struct refusal refusal;
	bool is_transient = (create->flags & COMMAND_TRANSIENT) != 0;
	struct enclave *enclave;

	(void)size;
	if (is_transient && enclaves_are_changing(enclaves))
		return false;
	enclave = enclave_create(enclaves, create, talk->session->user, &refusal);
	if (enclave == NULL) {
		request_refuse(server, talk, refusal.error, refusal.text);
		return true;
	}
	event_add(enclaves, enclave, "was described by user %u", enclave->user);
	if (!is_transient) {
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

/* the enclave that a job is for; NULL with a refusal, or, when it is worth waiting for, without */
static struct enclave *job_enclave(struct server *server, const struct talk *talk,
				   const struct command_job *job, struct refusal *refusal)
{
	struct enclave *enclave = server_enclave(server, talk->enclave_id);

	if (talk->phase == TALK_NEW)
		enclave = enclave_find(&server->enclaves, job->name, refusal);
	else if (enclave == NULL)
		(void)refuse(
			refusal, ENOENT,
			"The enclave was destroyed before its job had come; start the job again.");
	if (enclave == NULL)
		return NULL;
	if (enclave->state == ENCLAVE_STARTED)
		return enclave;
	if (job_is_leaving(enclave))
		refusal->error = 0;
	else if (enclave->state == ENCLAVE_CREATED)
		(void)refuse(refusal, EAGAIN,
			     "The enclave %s is not started; bulkhead start %s does that.",
			     enclave->config.name, enclave->config.name);
	else
		(void)refuse(refusal, EBUSY,
			     "A job runs in the enclave %s; wait for its end, or bulkhead kill %s.",
			     enclave->config.name, enclave->config.name);
	return NULL;
}

/* It is shown to others, on terminals and in lines of the log. */
static void clean_text(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
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
	clean_text(job.program);
	enclave = job_enclave(server, talk, &job, &refusal);
	if (enclave == NULL && refusal.error == 0)
		return false;
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

	if (!job_load(&server->enclaves, enclave, data, size, &refusal))
		request_refuse(server, talk, refusal.error, refusal.text);
	return true;
}

void request_job_runs(struct enclave *enclave)
{
	struct talk *talk = enclave->session != NULL ? enclave->session->use : NULL;

	if (talk == NULL)
		return;
	talk->phase = TALK_RUNNING;
	if ((enclave->flags & COMMAND_DETACHED) == 0)
		return;
	enclave->session = NULL;
	talk->enclave = NULL;
	finish(talk, enclave);
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
		(void)job_stop(&server->enclaves, talk->enclave);
	else if (signal->signal > 0 && signal->signal < 32)
		job_signal(&server->enclaves, talk->enclave, signal->signal);
	return true;
}

static void tell_set(struct server *server, const struct enclave *enclave)
{
	event_add(&server->enclaves, enclave, "has %u CPUs and %llu MiB now", enclave->config.vcpus,
		  (unsigned long long)(enclave_memory(enclave) >> 20));
}

/* whether it has to be asked again: what it depends on is changing */
static bool set_waits(const struct server *server, const struct enclave *enclave,
		      const struct command_set *set)
{
	return vm_task_is_busy(&enclave->task) || enclave->state == ENCLAVE_ENDING ||
	       (set->memory > enclave_memory(enclave) && enclaves_are_changing(&server->enclaves));
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
	if (enclave != NULL && set_waits(server, enclave, &set))
		return false;
	if (enclave == NULL || !enclave_set(&server->enclaves, enclave, &set, &refusal)) {
		request_refuse(server, talk, refusal.error, refusal.text);
	} else if (vm_task_is_busy(&enclave->task)) {
		talk->phase = TALK_SETTING;
		talk->only = enclave->id;
	} else {
		tell_set(server, enclave);
		finish(talk, enclave);
	}
	return true;
}

void request_resized(struct server *server, struct enclave *enclave)
{
	struct refusal refusal;
	bool is_good = enclave_resized(enclave, &refusal);

	tell_set(server, enclave);
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		struct talk *talk = &server->talks[i];

		if (talk->session == NULL || talk->phase != TALK_SETTING ||
		    talk->only != enclave->id)
			continue;
		if (is_good)
			finish(talk, enclave);
		else
			request_refuse(server, talk, refusal.error, refusal.text);
	}
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

static bool act_stop(struct server *server, struct enclave *enclave,
		     const struct command_target *target, struct refusal *refusal)
{
	(void)target;
	if (enclave->state == ENCLAVE_CREATED)
		return refuse(refusal, EALREADY, "The enclave %s is not started.",
			      enclave->config.name);
	if (enclave->state != ENCLAVE_STARTED)
		return true;
	enclave_stop(enclave);
	event_add(&server->enclaves, enclave, "has given back its cores and memory");
	return true;
}

static bool act_destroy(struct server *server, struct enclave *enclave,
			const struct command_target *target, struct refusal *refusal)
{
	(void)server, (void)target, (void)refusal;
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

static bool act(struct server *server, struct enclave *enclave, uint16_t type,
		const struct command_target *target, struct refusal *refusal)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (actions[i].type == type)
			return actions[i].act(server, enclave, target, refusal);
	}
	return false;
}

/* A job has to end first: by itself, or by force. */
static bool wants_end(const struct enclave *enclave, uint16_t type,
		      const struct command_target *target)
{
	return enclave_has_job(enclave) && (type == COMMAND_STOP || type == COMMAND_DESTROY ||
					    (type == COMMAND_KILL && target->value == SIGKILL));
}

static bool end_job(struct server *server, struct talk *talk, struct enclave *enclave,
		    uint16_t type, uint32_t flags, struct refusal *refusal)
{
	if ((flags & COMMAND_FORCE) == 0 && type != COMMAND_KILL && !job_is_leaving(enclave))
		return refuse(refusal, EBUSY,
			      "A job runs in the enclave %s; wait for its end, or add --force.",
			      enclave->config.name);
	talk->phase = TALK_WAITING;
	talk->list = type;
	talk->only = enclave->id;
	if (job_stop(&server->enclaves, enclave))
		server_job_ended(server, enclave);
	return true;
}

static bool take_action(struct server *server, struct talk *talk, uint16_t type,
			const struct command_target *target)
{
	struct refusal refusal;
	struct enclave *enclave = enclave_find(&server->enclaves, target->name, &refusal);

	if (type == COMMAND_START && enclaves_are_changing(&server->enclaves))
		return false;
	if (enclave != NULL && wants_end(enclave, type, target)) {
		if (end_job(server, talk, enclave, type, target->flags, &refusal))
			return true;
	} else if (enclave != NULL && act(server, enclave, type, target, &refusal)) {
		finish(talk, type == COMMAND_DESTROY ? NULL : enclave);
		return true;
	}
	request_refuse(server, talk, refusal.error, refusal.text);
	return true;
}

/* once the job has ended, with which its enclave may have gone */
static void follow_end(struct server *server, struct talk *talk)
{
	struct enclave *enclave = server_enclave(server, talk->only);
	struct refusal refusal;

	if (enclave != NULL && enclave_has_job(enclave))
		return;
	if (enclave != NULL && talk->list != COMMAND_KILL)
		(void)act(server, enclave, talk->list, NULL, &refusal);
	finish(talk, NULL);
}

void requests_follow(struct server *server)
{
	shares_follow(server);
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		struct talk *talk = &server->talks[i];

		if (talk->session == NULL)
			continue;
		if (talk->phase == TALK_LISTING)
			list_follow(server, talk);
		else if (talk->phase == TALK_WAITING)
			follow_end(server, talk);
	}
}

bool requests_can_go_on(const struct server *server)
{
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		const struct talk *talk = &server->talks[i];

		if (talk->session != NULL && talk->phase == TALK_LISTING && talk->is_held &&
		    session_has_room(talk->session))
			return true;
	}
	return false;
}

static bool take_target(struct server *server, struct talk *talk, uint16_t type, const void *data)
{
	struct command_target target;

	memcpy(&target, data, sizeof(target));
	target.name[sizeof(target.name) - 1] = '\0';
	if (type < COMMAND_SHOW)
		return take_action(server, talk, type, &target);
	list_begin(server, talk, type, &target);
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
	{COMMAND_SHARE, sizeof(struct command_share), 1u << TALK_NEW, share_take},
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
