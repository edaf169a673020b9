/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bulkhead command: what its verbs share. A verb gets the words behind its name and returns the exit status.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <cli/bulkhead.h>
#include <stdint.h>

#define EXIT_FAILED   1
#define EXIT_USAGE    64 /* EX_USAGE of sysexits.h */
#define EXIT_SOFTWARE 70 /* the enclave was killed: as ./node */

#define FILES_MAX 64
#define ENV_MAX   256

/* How an enclave is to be, from options and a description file; options win. */
struct wanted {
	char name[ENCLAVE_NAME_MAX];
	uint32_t vcpus; /* 0: not said */
	uint32_t nodes;
	uint64_t memory;
	uint16_t cores[ENCLAVE_VCPUS_MAX];
	uint32_t core_count;
	char bootargs[ENCLAVE_BOOTARGS_MAX];
	uint32_t isolation; /* ENCLAVE_ISOLATION_* */
	struct enclave_grant grants[ENCLAVE_GRANTS_MAX];
	uint32_t grant_count;
	const char *program; /* of a description */
	char **argv;         /* likewise */
	const char *env[ENV_MAX];
	size_t env_count;
	struct bulkhead_file files[FILES_MAX];
	size_t file_count;
};

/* How a job is run and what is brought back of it. */
struct job_options {
	uint32_t flags;       /* COMMAND_DETACHED */
	bool json;            /* how it ended, as JSON */
	const char *out;      /* directory for files that it made or changed; NULL: none */
	const char *counters; /* file; NULL: none */
};

#define MEMORY_DEFAULT (UINT64_C(256) << 20)

/* Says a sentence on standard error, behind the program's name. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for wrong usage; EXIT_USAGE. */
int usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What the library says; EXIT_FAILED, or EXIT_USAGE for what the operator can mend by other words. */
int failed(const struct bulkhead *link);

/* Each: false, with words said, when the text is none. */
bool parse_bytes(const char *text, uint64_t *size);
bool parse_size(const char *text, uint64_t *size); /* in the units of an enclave's memory */
bool parse_count(const char *text, const char *what, uint32_t low, uint32_t high, uint32_t *value);
bool parse_cores(const char *text, struct wanted *wanted);
bool parse_env(const char *text, struct wanted *wanted);
bool parse_file(const char *text, struct wanted *wanted);
bool parse_signal(const char *text, uint32_t *signal);
/* isolation.c: the same, and back: "mem,io"; "msr 0x1a0-0x1a3 read" in `text`, which is returned */
bool parse_isolation(const char *text, struct wanted *wanted);
bool parse_grant(const char *text, struct wanted *wanted);
const char *isolation_text(uint32_t isolation, char *text, size_t size);
const char *grant_text(const struct enclave_grant *grant, char *text, size_t size);
/* Says so when an enclave with these flags (ANSWER_BARE) has no isolation that nobody chose. */
void isolation_say(uint32_t flags);
/* Fills what the file says; false, with file, line and column said, when something in it is wrong. */
bool description_read(const char *path, struct wanted *wanted);
/* The request for it. */
bool wanted_create(const struct wanted *wanted, uint32_t flags, struct command_create *create);

/* A connected session, which says when the node takes long; false, with words. */
bool connect_node(struct bulkhead *link);

/* Sends CREATE, JOB; passes streams and signals on until the job ends. `enclave` NULL: a new one as wanted. Exit status. */
int job_run(const struct wanted *wanted, const char *enclave, const struct job_options *options);
/* Shows what was kept; with `follow` what comes, and our input goes to the job. The job stays when we go. Exit status. */
int job_console(const char *name, bool follow);
/* The exit status that stands for how a job ended; says what has to be said. */
int job_status(const struct answer_done *done, const char *program);
/* Fault record in words. */
void fault_print(const struct answer_fault *answer);
const char *fault_cause(uint32_t cause); /* as in JSON */
const char *state_name(uint32_t state);
/* "exit 3", "signal 9", ... in `text`, which is returned */
const char *job_end_text(const struct answer_done *done, char *text, size_t size);

int verb_run(int argc, char **argv);
int verb_exec(int argc, char **argv);
int verb_create(int argc, char **argv);
int verb_start(int argc, char **argv);
int verb_stop(int argc, char **argv);
int verb_destroy(int argc, char **argv);
int verb_set(int argc, char **argv);
int verb_kill(int argc, char **argv);
int verb_ls(int argc, char **argv);
int verb_show(int argc, char **argv);
int verb_console(int argc, char **argv);
int verb_stats(int argc, char **argv);
int verb_faults(int argc, char **argv);
int verb_events(int argc, char **argv);
int verb_shm(int argc, char **argv);

#endif
