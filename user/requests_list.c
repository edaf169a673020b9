/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is to be seen: enclaves, counters, fault records, events, and what jobs wrote while nobody was there.
 */
#include <errno.h>
#include <string.h>
#include <user/events.h>
#include <user/job_run.h>
#include <user/requests_list.h>

static void answer_enclave(struct server *server, struct session *session,
			   const struct enclave *enclave)
{
	struct answer_enclave answer;

	enclave_describe(&server->enclaves, enclave, &answer);
	session_answer(session, ANSWER_ENCLAVE, &answer, sizeof(answer));
}

static void list_node(struct server *server, struct session *session)
{
	struct answer_node node;

	enclaves_describe(&server->enclaves, &node);
	session_answer(session, ANSWER_NODE, &node, sizeof(node));
}

static void list_all(struct server *server, struct session *session)
{
	list_node(server, session);
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		if (server->enclaves.all[i].id != 0)
			answer_enclave(server, session, &server->enclaves.all[i]);
	}
}

static bool list_counters(struct server *server, struct session *session,
			  const struct enclave *enclave, struct refusal *refusal)
{
	const struct vm_layer *layer = server->enclaves.layer;

	if (enclave->relay.fd < 0)
		return refuse(refusal, ESRCH,
			      "Nothing runs in the enclave %s, so nothing is counted.",
			      enclave->config.name);
	for (uint16_t vcpu = 0; vcpu < enclave_vcpus(enclave); vcpu++) {
		struct bh_counters counters;
		int error = layer->counters(enclave->relay.fd, vcpu, &counters);

		if (error != 0)
			return refuse(refusal, -error,
				      "The counters of the enclave %s cannot be read: %s.",
				      enclave->config.name, strerror(-error));
		session_answer(session, ANSWER_COUNTERS, &counters, sizeof(counters));
	}
	return true;
}

static void list_faults(struct server *server, struct session *session, const struct enclave *only)
{
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		const struct enclave *enclave = &server->enclaves.all[i];
		struct answer_fault answer;

		if (enclave->id == 0 || !enclave->has_fault || (only != NULL && enclave != only))
			continue;
		enclave_fault(&server->enclaves, enclave, &answer);
		session_answer(session, ANSWER_FAULT, &answer, sizeof(answer));
	}
}

void list_log(struct session *session, const struct enclave *enclave)
{
	struct kept_piece piece;
	size_t at = 0;

	while (at < enclave->log.pieces.used) {
		const uint8_t *from = bytes_first(&enclave->log.pieces) + at;

		memcpy(&piece, from, sizeof(piece));
		session_answer(session, piece.type, from + sizeof(piece), piece.size);
		at += sizeof(piece) + piece.size;
	}
}

static void end_list(struct talk *talk, const struct enclave *enclave)
{
	struct answer_done done = {0};

	if (enclave != NULL) {
		done.id = enclave->id;
		if (!enclave_has_job(enclave)) {
			done.flags = enclave->flags & (ANSWER_HAS_STATUS | ANSWER_KILLED);
			done.status = enclave->status;
		}
	}
	talk_end(talk, &done);
}

static bool begin_console(struct talk *talk, struct enclave *enclave, struct refusal *refusal)
{
	if (enclave->session != NULL)
		return refuse(
			refusal, EBUSY,
			"The output of %s goes to whoever started it; there is nothing to see here.",
			enclave->config.name);
	talk->list = COMMAND_CONSOLE;
	list_log(talk->session, enclave);
	return true;
}

/* true while the answer goes on */
static bool answer(struct server *server, struct talk *talk, uint16_t type, struct enclave *enclave,
		   struct refusal *refusal)
{
	switch (type) {
	case COMMAND_SHOW:
		answer_enclave(server, talk->session, enclave);
		return false;
	case COMMAND_LIST:
		list_all(server, talk->session);
		return false;
	case COMMAND_STATS:
		if (enclave == NULL)
			list_node(server, talk->session);
		else
			(void)list_counters(server, talk->session, enclave, refusal);
		return false;
	case COMMAND_FAULTS:
		list_faults(server, talk->session, enclave);
		return false;
	case COMMAND_EVENTS:
		talk->list = COMMAND_EVENTS;
		return true;
	default:
		return begin_console(talk, enclave, refusal);
	}
}

void list_begin(struct server *server, struct talk *talk, uint16_t type,
		const struct command_target *target)
{
	bool is_optional = type == COMMAND_LIST || type == COMMAND_FAULTS ||
			   type == COMMAND_EVENTS || type == COMMAND_STATS;
	struct refusal refusal = {0};
	struct enclave *enclave = NULL;
	bool goes_on = false;

	if (target->name[0] != '\0' || !is_optional)
		enclave = enclave_find(&server->enclaves, target->name, &refusal);
	talk->flags = target->flags;
	if (refusal.error == 0)
		goes_on = answer(server, talk, type, enclave, &refusal);
	if (refusal.error != 0) {
		request_refuse(server, talk, refusal.error, refusal.text);
		return;
	}
	if (!goes_on) {
		end_list(talk, enclave);
		return;
	}
	talk->phase = TALK_LISTING;
	talk->only = enclave != NULL ? enclave->id : 0;
}

static void follow_events(struct talk *talk)
{
	const struct answer_event *event;

	while ((event = event_get(talk->next)) != NULL) {
		talk->is_held = !session_has_room(talk->session);
		if (talk->is_held)
			return;
		if (talk->only == 0 || event->id == talk->only)
			session_answer(talk->session, ANSWER_EVENT, event, sizeof(*event));
		talk->next = event->number + 1;
	}
	if ((talk->flags & COMMAND_FOLLOW) == 0)
		end_list(talk, NULL);
}

/* all that was kept; then what comes, if that was asked for and a job runs */
static void follow_console(struct server *server, struct talk *talk)
{
	struct enclave *enclave = server_enclave(server, talk->only);
	struct answer_started started = {.id = talk->only};

	talk->is_held = enclave != NULL && !job_send_kept(enclave, talk->session);
	if (talk->is_held)
		return;
	if (enclave == NULL || (talk->flags & COMMAND_FOLLOW) == 0 ||
	    enclave->state != ENCLAVE_RUNNING || enclave->session != NULL) {
		end_list(talk, enclave);
		return;
	}
	memcpy(started.name, enclave->config.name, sizeof(started.name));
	session_answer(talk->session, ANSWER_STARTED, &started, sizeof(started));
	enclave->session = talk->session;
	enclave->flags |= COMMAND_DETACHED;
	talk->enclave = enclave;
	talk->enclave_id = enclave->id;
	talk->phase = TALK_RUNNING;
}

void list_follow(struct server *server, struct talk *talk)
{
	if (talk->list == COMMAND_EVENTS)
		follow_events(talk);
	else
		follow_console(server, talk);
}
