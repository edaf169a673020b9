/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A job in the foreground: its streams are ours, signals that we get go to it. What standard output does not take waits, and
 * with it the job; no byte is dropped. Ended by ANSWER_DONE.
 */
#include <bulkhead/wire.h>
#include <cli/command.h>
#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* A pipe that poll(2) says is writable takes so much without waiting (pipe(7), PIPE_BUF). */
#define OUTPUT_STEP 4096u
/* As often as ctrl-c has to be pressed before the job is ended whether it wants or not. */
#define PATIENCE    3u
#define PROGRESS_MS 1000

struct front {
	struct bulkhead *link;
	int signals;
	bool has_input, is_started;
	unsigned interrupts;
	struct bulkhead_message message; /* of output that is not written yet */
	size_t written;
	struct answer_done done;
	struct answer_started started;
	int result; /* -1: the session broke; 1: done */
};

static int open_signals(void)
{
	static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&set, passed_on[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void take_signal(struct front *front)
{
	struct signalfd_siginfo info;
	struct command_signal signal;

	if (read(front->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	signal.signal = info.ssi_signo;
	if (info.ssi_signo == SIGINT && ++front->interrupts == PATIENCE) {
		say("interrupted %u times; the enclave is ended.", PATIENCE);
		signal.signal = SIGKILL;
	}
	if (front->is_started)
		(void)bulkhead_send(front->link, COMMAND_SIGNAL, &signal, sizeof(signal));
	else
		_exit(128 + (int)info.ssi_signo); /* closes the session: nothing has run yet */
}

static void take_input(struct front *front)
{
	uint8_t buffer[WIRE_PAYLOAD_MAX];
	ssize_t n = read(STDIN_FILENO, buffer, sizeof(buffer));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0)
		front->has_input = false;
	(void)bulkhead_send(front->link, COMMAND_STDIN, buffer, n > 0 ? (size_t)n : 0);
}

static bool is_writing(const struct front *front)
{
	return front->written < front->message.size;
}

static int output_of(const struct front *front)
{
	return front->message.type == ANSWER_STDOUT ? STDOUT_FILENO : STDERR_FILENO;
}

static void put_output(struct front *front)
{
	size_t left = front->message.size - front->written;
	ssize_t n = write(output_of(front), front->message.data + front->written,
			  left < OUTPUT_STEP ? left : OUTPUT_STEP);

	if (n >= 0)
		front->written += (size_t)n;
	else if (errno != EINTR && errno != EAGAIN)
		front->written = front->message.size; /* nobody is there who could take it */
}

static void take_message(struct front *front)
{
	int got = bulkhead_receive(front->link, &front->message);

	front->written = front->message.size;
	if (got <= 0) {
		front->result =
			got < 0 ? -1
				: bulkhead_fail(
					  front->link, EPIPE,
					  "The node has ended this session without a result.");
		return;
	}
	switch (front->message.type) {
	case ANSWER_STDOUT:
	case ANSWER_STDERR:
	case ANSWER_LOG:
		front->written = 0;
		break;
	case ANSWER_STARTED:
		memcpy(&front->started, front->message.data, sizeof(front->started));
		front->is_started = true;
		break;
	case ANSWER_FAULT:
		fault_print(
			&((const struct answer_fault *)(const void *)front->message.data)->fault);
		break;
	case ANSWER_DONE:
		front->result = bulkhead_done(front->link, &front->message, &front->done) == 0 ? 1
											       : -1;
		break;
	default:
		break;
	}
}

static void serve_once(struct front *front)
{
	bool wants_input = front->is_started && front->has_input;
	struct pollfd polls[] = {
		{.fd = front->signals, .events = POLLIN},
		{.fd = is_writing(front) ? output_of(front) : -1, .events = POLLOUT},
		{.fd = front->link->fd,
		 .events = (short)((is_writing(front) ? 0 : POLLIN) | (wants_input ? POLLOUT : 0))},
		{.fd = wants_input ? STDIN_FILENO : -1, .events = POLLIN},
	};

	/* input is looked at only when the node would take it */
	if (wants_input && poll(&polls[2], 1, 0) >= 0 && (polls[2].revents & POLLOUT) == 0)
		polls[3].fd = -1;
	else if (wants_input)
		polls[2].events &= (short)~POLLOUT;
	if (is_writing(front) && polls[2].events == 0)
		polls[2].fd = -1;
	if (poll(polls, sizeof(polls) / sizeof(polls[0]), -1) < 0)
		return;
	if (polls[0].revents != 0)
		take_signal(front);
	if (polls[1].revents != 0)
		put_output(front);
	if ((polls[2].revents & ~POLLOUT) != 0 && !is_writing(front))
		take_message(front);
	if (polls[3].fd >= 0 && polls[3].revents != 0)
		take_input(front);
}

/* one line for what takes longer than a second, and only for people */
static void wait_for_start(struct front *front)
{
	struct pollfd wait = {.fd = front->link->fd, .events = POLLIN};

	if (isatty(STDERR_FILENO) && poll(&wait, 1, PROGRESS_MS) == 0)
		say("the enclave is being made...");
	while (!front->is_started && front->result == 0)
		serve_once(front);
}

static void follow(struct front *front)
{
	while (front->result == 0 || is_writing(front))
		serve_once(front);
}

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

static void print_result(const struct front *front, int status)
{
	struct json_object *object = json_object_new_object();
	char text[80];

	json_object_object_add(object, "id", json_object_new_int64(front->done.id));
	json_object_object_add(object, "name", json_object_new_string(front->started.name));
	json_object_object_add(
		object, "end",
		json_object_new_string(job_end_text(&front->done, text, sizeof(text))));
	json_object_object_add(object, "status", json_object_new_int(status));
	(void)fprintf(stderr, "%s\n",
		      json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

static int judge(struct front *front, const char *program, bool json)
{
	int status;

	if (front->result < 0)
		return failed(front->link);
	if ((front->done.flags & ANSWER_KILLED) != 0) {
		say("the enclave %s was killed.", front->started.name);
		status = EXIT_SOFTWARE;
	} else {
		status = job_status(&front->done, program);
	}
	if (json)
		print_result(front, status);
	return status;
}

/* what was asked for has been sent; a refusal may have come while it was */
static int attend(struct bulkhead *link, const char *program, uint32_t flags, bool json)
{
	struct front front = {.link = link, .signals = open_signals(), .has_input = true};

	wait_for_start(&front);
	follow(&front);
	if ((flags & COMMAND_DETACHED) == 0 || front.result < 0)
		return judge(&front, program, json);
	printf("%s\n", front.started.name);
	return 0;
}

int job_run(const struct wanted *wanted, const char *enclave, uint32_t flags, bool json)
{
	struct bulkhead link;
	struct command_create create;
	const char *slash = strrchr(wanted->program, '/');
	struct bulkhead_job job = {
		.program = wanted->program,
		.argv = wanted->argv,
		.env = (const char **)wanted->env,
		.env_count = wanted->env_count,
		.files = wanted->files,
		.file_count = wanted->file_count,
	};
	int status = EXIT_FAILED;

	job.argv[0] = strdup(slash != NULL ? slash + 1 : wanted->program);
	if (job.argv[0] == NULL)
		return EXIT_FAILED;
	if (bulkhead_check_program(&link, wanted->program) != 0) {
		say("%s", link.text);
		return EXIT_USAGE;
	}
	if (enclave == NULL && !wanted_create(wanted, COMMAND_TRANSIENT | flags, &create))
		return EXIT_USAGE;
	if (!connect_node(&link))
		return EXIT_FAILED;
	if ((enclave == NULL &&
	     bulkhead_send(&link, COMMAND_CREATE, &create, sizeof(create)) != 0) ||
	    bulkhead_send_job(&link, enclave != NULL ? enclave : "", &job, flags) != 0) {
		/* who refuses ends the session: why stands in what it said */
		if (link.error != EPIPE)
			status = failed(&link);
		else
			status = attend(&link, job.argv[0], flags, json);
	} else {
		status = attend(&link, job.argv[0], flags, json);
	}
	bulkhead_close(&link);
	return status;
}

int job_console(const char *name, bool follow)
{
	struct command_target target = {.flags = follow ? COMMAND_FOLLOW : 0};
	struct bulkhead link;
	struct front front = {.link = &link, .signals = -1, .has_input = follow};
	int status = 0;

	if (strlen(name) >= sizeof(target.name))
		return usage("There is no enclave %s; bulkhead ls shows those that there are.",
			     name);
	memcpy(target.name, name, strlen(name));
	if (!connect_node(&link))
		return EXIT_FAILED;
	if (bulkhead_send(&link, COMMAND_CONSOLE, &target, sizeof(target)) != 0)
		front.result = -1;
	/* a signal ends us, and not the job */
	while (front.result == 0 || is_writing(&front))
		serve_once(&front);
	if (front.result < 0)
		status = failed(&link);
	bulkhead_close(&link);
	return status;
}
