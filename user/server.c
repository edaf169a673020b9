/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The command server: sessions on one side, jobs on the other. What a session says is done by requests.c; here is how a session
 * begins and ends, and what the end of a job means.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <user/events.h>
#include <user/job_run.h>
#include <user/requests_list.h>
#include <user/server.h>

#define LOG_TURNS 32 /* reads of a kernel's log, one after the other */

static struct server server;

struct server *server_get(const struct vm_layer *layer)
{
	if (server.enclaves.layer == NULL) {
		enclaves_init(&server.enclaves, layer);
		server.channel.fd = -1;
		server_login(&server, -1);
	}
	return &server;
}

void server_reserve(struct server *self, const uint16_t *cores, size_t count)
{
	for (size_t i = 0; i < count; i++)
		self->enclaves.reserved[cores[i] % 64]++;
}

/* the talk of a session; NULL when it has none yet and all are taken, which cannot be: there are as many */
static struct talk *talk_of(struct session *session)
{
	struct talk *talk = session->use;

	if (talk != NULL)
		return talk;
	for (size_t i = 0; i < CHANNEL_SESSIONS_MAX; i++) {
		talk = &server.talks[i];
		if (talk->session == NULL) {
			*talk = (struct talk){.session = session};
			session->use = talk;
			return talk;
		}
	}
	return NULL;
}

void talk_end(struct talk *talk, const struct answer_done *done)
{
	session_answer(talk->session, ANSWER_DONE, done, sizeof(*done));
	session_close(talk->session);
	*talk = (struct talk){0};
}

void enclave_release(struct enclave *enclave)
{
	event_add(&server.enclaves, enclave, "is gone");
	enclave_destroy(enclave);
}

struct enclave *server_enclave(struct server *self, uint32_t id)
{
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		if (id != 0 && self->enclaves.all[i].id == id)
			return &self->enclaves.all[i];
	}
	return NULL;
}

static void tell_end(struct enclave *enclave)
{
	struct answer_fault fault;
	struct answer_done done = {
		.flags = enclave->flags & (ANSWER_HAS_STATUS | ANSWER_KILLED),
		.status = enclave->status,
		.id = enclave->id,
	};

	if (enclave->session == NULL)
		return;
	memcpy(done.text, enclave->reason, sizeof(enclave->reason));
	enclave_fault(&server.enclaves, enclave, &fault);
	if ((enclave->flags & ANSWER_KILLED) != 0 && enclave->has_fault)
		session_answer(enclave->session, ANSWER_FAULT, &fault, sizeof(fault));
	if ((enclave->flags & ANSWER_HAS_STATUS) == 0)
		list_log(enclave->session, enclave);
	talk_end(enclave->session->use, &done);
	enclave->session = NULL;
}

void server_job_ended(struct server *self, struct enclave *enclave)
{
	bool was_told = enclave->session != NULL;

	(void)self;
	tell_end(enclave);
	if ((enclave->flags & COMMAND_TRANSIENT) == 0) {
		enclave->flags &= ~COMMAND_DETACHED;
		return;
	}
	/* a detached one stays until somebody has seen how it ended */
	if ((enclave->flags & COMMAND_DETACHED) == 0 || was_told)
		enclave_release(enclave);
	else
		enclave->state = ENCLAVE_FINISHED;
}

static void leave_job(struct server *self, struct enclave *enclave, bool lost)
{
	bool is_there = enclave->state == ENCLAVE_RUNNING || job_is_being_made(enclave);

	enclave->session = NULL;
	if (lost && is_there)
		enclave->flags |= COMMAND_DETACHED;
	if ((enclave->flags & COMMAND_DETACHED) != 0 && is_there)
		return;
	(void)job_stop(&self->enclaves, enclave);
	if ((enclave->flags & COMMAND_TRANSIENT) != 0 && !enclave_has_job(enclave))
		enclave_release(enclave);
}

void talk_leave(struct server *self, struct talk *talk, bool lost)
{
	if (talk->enclave != NULL && talk->enclave->id == talk->enclave_id)
		leave_job(self, talk->enclave, lost);
	talk->enclave = NULL;
}

static void leave(struct session *session, bool lost)
{
	struct talk *talk = session->use;

	if (talk == NULL)
		return;
	talk_leave(&server, talk, lost);
	*talk = (struct talk){0};
	session->use = NULL;
}

static void take_closed(struct session *session)
{
	leave(session, false);
}

/* whose output goes to it */
static struct enclave *output_of(const struct talk *talk)
{
	if (talk->phase == TALK_LISTING && talk->list == COMMAND_CONSOLE)
		return server_enclave(&server, talk->only);
	return talk->enclave != NULL ? server_enclave(&server, talk->enclave_id) : NULL;
}

static void take_lost(struct session *session)
{
	struct enclave *enclave = session->use != NULL ? output_of(session->use) : NULL;

	if (enclave != NULL)
		job_keep_unread(enclave, session);
	leave(session, true);
}

static bool take_message(struct session *session, const uint8_t *data, size_t size)
{
	struct command_header header;
	struct talk *talk = talk_of(session);

	if (talk == NULL)
		return true;
	if (size >= sizeof(header))
		memcpy(&header, data, sizeof(header));
	if (size < sizeof(header) || header.version != COMMAND_VERSION ||
	    header.length != size - sizeof(header)) {
		request_refuse(&server, talk, EPROTO,
			       "The bulkhead command and this node are of different versions.");
		return true;
	}
	return request_take(&server, talk, header.type, data + sizeof(header), header.length);
}

static bool take_urgent(struct session *session, const uint8_t *data, size_t size)
{
	struct talk *talk = session->use;
	struct command_header header;

	if (talk == NULL || size != sizeof(header) + sizeof(struct command_signal))
		return false;
	memcpy(&header, data, sizeof(header));
	if (header.type != COMMAND_SIGNAL || talk->phase != TALK_RUNNING)
		return false;
	return take_message(session, data, size);
}

static const struct channel_user user = {
	.message = take_message,
	.urgent = take_urgent,
	.closed = take_closed,
	.lost = take_lost,
};

void server_login(struct server *self, int login)
{
	channel_begin(&self->channel, login, &user);
}

size_t server_poll(struct server *self, struct pollfd *polls)
{
	polls[0] = (struct pollfd){
		.fd = self->channel.fd,
		.events = (short)(POLLIN | (channel_is_sending(&self->channel) ? POLLOUT : 0)),
	};
	polls[1] = (struct pollfd){.fd = self->enclaves.layer->wake, .events = POLLIN};
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		const struct enclave *enclave = &self->enclaves.all[i];
		short events = job_events(enclave);

		/* the end of a VM is told without being asked for: one that we take nothing from would keep us awake */
		polls[2 + i] = (struct pollfd){.fd = events != 0 ? enclave->relay.fd : -1,
					       .events = events};
	}
	return SERVER_POLLS;
}

/* it could not be started */
static void refuse_job(struct server *self, struct enclave *enclave, const struct refusal *refusal)
{
	struct session *session = enclave->session;

	enclave->session = NULL;
	if (session != NULL)
		request_refuse(self, session->use, refusal->error, refusal->text);
	else
		server_job_ended(self, enclave);
}

static void take_news(struct server *self, struct enclave *enclave)
{
	struct refusal refusal;

	for (;;) {
		switch (job_progress(&self->enclaves, enclave, &refusal)) {
		case JOB_RUNS:
			request_job_runs(enclave);
			break;
		case JOB_REFUSED:
			refuse_job(self, enclave, &refusal);
			break;
		case JOB_ENDED:
			server_job_ended(self, enclave);
			break;
		case JOB_RESIZED:
			request_resized(self, enclave);
			break;
		default:
			return;
		}
	}
}

static void take_log(const struct server *self, struct enclave *enclave)
{
	char text[1024];
	int got;

	if (self->enclaves.layer->log == NULL || enclave->relay.fd < 0)
		return;
	/* a kernel that logs without end has its turns, as all others */
	for (int turn = 0; turn < LOG_TURNS; turn++) {
		got = self->enclaves.layer->log(enclave->relay.fd, &enclave->log_position, text,
						sizeof(text));
		if (got <= 0)
			return;
		for (int i = 0; i < got; i++) {
			if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n' && text[i] != '\t')
				text[i] = '?';
		}
		kept_put(&enclave->log, ANSWER_LOG, text, (size_t)got);
	}
}

static void serve_enclave(struct server *self, struct enclave *enclave, const struct pollfd *poll)
{
	take_log(self, enclave);
	if (poll->fd >= 0 && poll->revents != 0 && poll->fd == enclave->relay.fd)
		job_serve(&self->enclaves, enclave, poll->revents);
	take_news(self, enclave);
}

/* all tasks are looked at, whatever woke us */
static void drain_wake(int wake)
{
	char bytes[64];

	while (read(wake, bytes, sizeof(bytes)) > 0)
		;
}

void server_serve(struct server *self, const struct pollfd *polls, size_t count)
{
	uint32_t malformed = self->channel.malformed;

	if (polls[1].revents != 0)
		drain_wake(polls[1].fd);
	for (size_t i = 0; i < ENCLAVES_MAX && 2 + i < count; i++)
		serve_enclave(self, &self->enclaves.all[i], &polls[2 + i]);
	/* who waits for the end of a job comes before those who want to start the next one */
	requests_follow(self);
	channel_serve(&self->channel);
	requests_follow(self);
	if (self->channel.malformed != malformed)
		event_add(&self->enclaves, NULL,
			  "the login VM sent what is no frame; its sessions are closed");
	/* what had to wait for another's request, or came just now: it is answered now, not with the next event */
	channel_serve(&self->channel);
	/* nothing else would wake us for what has room once the rest was sent */
	do {
		requests_follow(self);
		channel_send(&self->channel);
	} while (requests_can_go_on(self));
}

bool server_is_busy(const struct server *self)
{
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		if (enclave_has_job(&self->enclaves.all[i]))
			return true;
	}
	return false;
}

void server_event(struct server *self, const char *text)
{
	event_add(&self->enclaves, NULL, "%s", text);
}

void server_log(struct server *self, uint16_t vm, const char *line, size_t size)
{
	for (size_t i = 0; i < ENCLAVES_MAX; i++) {
		struct enclave *enclave = &self->enclaves.all[i];

		if (enclave->id != 0 && enclave->vm == vm)
			kept_put(&enclave->log, ANSWER_LOG, line, size);
	}
}
