/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a session asks for, one request each, and how far it has come.
 */
#ifndef USER_REQUESTS_H
#define USER_REQUESTS_H

#include <user/server.h>

enum talk_phase {
	TALK_NEW,     /* has asked for nothing */
	TALK_CREATED, /* has a transient enclave, no job */
	TALK_LOADING,
	TALK_RUNNING, /* its job's output goes to it */
	TALK_LISTING, /* an answer of many messages */
	TALK_WAITING, /* for the end of a job, to do `list` then */
	TALK_SETTING, /* for new memory */
	TALK_SHARING, /* for what is done with a share */
};

struct talk {
	struct session *session; /* NULL: free */
	enum talk_phase phase;
	struct enclave *
		enclave; /* whose job or console it has; gone when the id is not the same any more */
	uint32_t enclave_id;
	uint16_t list; /* what is listed: COMMAND_EVENTS, COMMAND_CONSOLE; or is to be done */
	uint32_t flags;
	uint32_t only; /* about this enclave; 0: all; SHARING: the place of the share */
	uint64_t next; /* number of the next event */
	bool is_held;  /* what is listed goes on when its session has room */
};

struct server {
	struct enclaves enclaves;
	struct channel channel;
	struct talk talks[CHANNEL_SESSIONS_MAX];
};

/* False: not now. */
bool request_take(struct server *server, struct talk *talk, uint16_t type, const uint8_t *data,
		  size_t size);
/* Ends the session with this answer. */
void request_refuse(struct server *server, struct talk *talk, int error, const char *text);
/* Goes on with answers that are longer than what a session takes at once, and with those that wait for something. */
void requests_follow(struct server *server);
/* An answer that had no room has some now. */
bool requests_can_go_on(const struct server *server);
/* The enclave's job runs, could not be started, or its memory was changed: for those who wait for that. */
void request_job_runs(struct enclave *enclave);
void request_resized(struct server *server, struct enclave *enclave);

/* of server.c: the last answer; the talk is over */
void talk_end(struct talk *talk, const struct answer_done *done);
/*
 * of server.c: nobody is at the other end of its job any more. It ends, unless it is detached; `lost`: it was not the operator
 * who left, but Linux that died, and what runs goes on.
 */
void talk_leave(struct server *server, struct talk *talk, bool lost);
/* of server.c: what becomes of an enclave whose job has ended, and who is told */
void server_job_ended(struct server *server, struct enclave *enclave);
/* of server.c: the enclave leaves the table */
void enclave_release(struct enclave *enclave);
/* of server.c: the one with this id, or NULL */
struct enclave *server_enclave(struct server *server, uint32_t id);

#endif
