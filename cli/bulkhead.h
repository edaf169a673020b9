/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libbulkhead: sessions with the control task (bulkhead/command.h) for programs in Linux. Nothing here prints or ends the program
 * but what says so; errors are told as a sentence in struct bulkhead.
 */
#ifndef CLI_BULKHEAD_H
#define CLI_BULKHEAD_H

#include <bulkhead/channel.h>
#include <bulkhead/command.h>
#include <stdbool.h>
#include <stddef.h>

#define BULKHEAD_DEVICE "/dev/bulkhead"      /* in a login VM */
#define BULKHEAD_SOCKET "/run/bulkhead.sock" /* of bulkheadd, on a host */

struct bulkhead {
	int fd;
	/* Told once, what we wait for, when the node takes more than a second; NULL: nobody. bulkhead_open() sets NULL. */
	void (*slow)(const char *what);
	uint32_t flags; /* ANSWER_*, of the last request that bulkhead_answers() has seen done */
	int error;      /* errno of the sentence */
	char text[COMMAND_TEXT_MAX + 200];
};

struct bulkhead_message {
	uint16_t type; /* enum command_type */
	size_t size;   /* of data */
	uint8_t data[CHANNEL_MESSAGE_MAX] __attribute__((aligned(16)));
};

/* Bytes of a payload at most. */
#define BULKHEAD_PAYLOAD_MAX (CHANNEL_MESSAGE_MAX - sizeof(struct command_header))

/* All of these: 0, or -1 with error and text set. */
int bulkhead_open(struct bulkhead *link);
int bulkhead_send(struct bulkhead *link, uint16_t type, const void *data, size_t size);
/* Waits for a message. 1, 0 at the end of the session, -1. Sizes of messages of a fixed size are right. */
int bulkhead_receive(struct bulkhead *link, struct bulkhead_message *message);
void bulkhead_close(struct bulkhead *link);
/* Sets error and text; -1 */
int bulkhead_fail(struct bulkhead *link, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A whole request about one enclave (name NULL: none): asks and waits for the answers, each of which goes to `each`. */
int bulkhead_ask(struct bulkhead *link, uint16_t type, const char *name, uint32_t flags,
		 uint32_t value,
		 void (*each)(void *context, const struct bulkhead_message *message),
		 void *context);
/* Waits for ANSWER_DONE; what comes before it goes to `each`, NULL: to nobody. */
int bulkhead_answers(struct bulkhead *link,
		     void (*each)(void *context, const struct bulkhead_message *message),
		     void *context);
/* What ANSWER_DONE says: 0, or -1 */
int bulkhead_done(struct bulkhead *link, const struct bulkhead_message *message,
		  struct answer_done *done);

/*
 * A job's initial file tree (bulkhead/job.h), sent as DATA behind JOB.
 */
struct bulkhead_file {
	const char *path; /* here */
	const char *name; /* in the job's working directory */
};

struct bulkhead_job {
	const char *program; /* the file here */
	char **argv;         /* NULL-terminated, argv[0] is its name */
	const char **env;    /* K=V */
	size_t env_count;
	const struct bulkhead_file *files;
	size_t file_count;
	bool wants_files; /* those that it makes or changes in its working directory, as ANSWER_FILES */
	/* Told now and then how much of the tree is sent; NULL: nobody. */
	void (*progress)(uint64_t sent, uint64_t size);
};

/* Whether the file can run on the LWK: a static program for this machine. */
int bulkhead_check_program(struct bulkhead *link, const char *path);
/* Sends JOB and all of the tree; `enclave` "": the one made in this session. */
int bulkhead_send_job(struct bulkhead *link, const char *enclave, const struct bulkhead_job *job,
		      uint32_t flags);

#endif
