/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A job in the foreground: its streams are ours, signals that we get go to it. What standard output does not take waits, and
 * with it the job; no byte is dropped. Ended by ANSWER_DONE.
 */
#include <bulkhead/wire.h>
#include <cli/files.h>
#include <cli/result.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
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
	bool is_losing;  /* output that could not be written; it has been said */
	bool is_console; /* of a job that others started */
	struct result result;
	struct files files;
	int state; /* -1: the session broke; 1: done */
};

/* by nohup(1), or a shell that leaves its jobs alone when it ends */
static bool is_hangup_ignored(void)
{
	struct sigaction action;

	return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static int open_signals(void)
{
	static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&set, passed_on[i]);
	if (is_hangup_ignored())
		sigdelset(&set, SIGHUP);
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

/* The job goes on: what it computes may be worth more than what it says. */
static void lose_output(struct front *front)
{
	if (!front->is_losing)
		say("standard %s cannot be written: %s; what the job writes there is lost.",
		    output_of(front) == STDOUT_FILENO ? "output" : "error", strerror(errno));
	front->is_losing = true;
	front->written = front->message.size;
}

static void put_output(struct front *front)
{
	size_t left = front->message.size - front->written;
	ssize_t n = write(output_of(front), front->message.data + front->written,
			  left < OUTPUT_STEP ? left : OUTPUT_STEP);

	if (n >= 0)
		front->written += (size_t)n;
	else if (errno != EINTR && errno != EAGAIN)
		lose_output(front);
}

static void take_started(struct front *front)
{
	struct answer_started *started = &front->result.started;

	memcpy(started, front->message.data, sizeof(*started));
	started->name[sizeof(started->name) - 1] = '\0';
	front->is_started = true;
	isolation_say(started->flags);
	files_end(&front->files);
	(void)files_begin(&front->files, started->memory + FILES_OVERHEAD);
}

static void take_message(struct front *front)
{
	int got = bulkhead_receive(front->link, &front->message);

	front->written = front->message.size;
	if (got <= 0) {
		front->state =
			got < 0 ? -1
				: bulkhead_fail(
					  front->link, EPIPE,
					  "The node has ended this session without a result.");
		return;
	}
	switch (front->message.type) {
	case ANSWER_LOG:
		if (!front->is_console)
			break;
		/* fall through */
	case ANSWER_STDOUT:
	case ANSWER_STDERR:
		front->written = 0;
		return;
	case ANSWER_STARTED:
		take_started(front);
		return;
	case ANSWER_FILES:
		files_put(&front->files, front->message.data, front->message.size);
		return;
	case ANSWER_DONE:
		front->state = bulkhead_done(front->link, &front->message, &front->result.done) == 0
				       ? 1
				       : -1;
		return;
	default:
		break;
	}
	result_take(&front->result, &front->message);
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
	while (!front->is_started && front->state == 0)
		serve_once(front);
}

/* once a second, and only for people */
static void show_progress(uint64_t sent, uint64_t size)
{
	static time_t begin, last;
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	begin = begin != 0 ? begin : now.tv_sec;
	if (now.tv_sec - begin < 1 || now.tv_sec == last)
		return;
	last = now.tv_sec;
	say("%llu of %llu MiB are sent...", (unsigned long long)(sent >> 20),
	    (unsigned long long)(size >> 20));
}

static void follow(struct front *front)
{
	while (front->state == 0 || is_writing(front))
		serve_once(front);
}

/* what was asked for has been sent; a refusal may have come while it was */
static int attend(struct bulkhead *link, const char *program, const struct job_options *options)
{
	struct front front = {.link = link, .signals = open_signals(), .has_input = true};
	int status = 0;

	wait_for_start(&front);
	follow(&front);
	if (front.state < 0)
		status = failed(link);
	else if ((options->flags & COMMAND_DETACHED) != 0)
		printf("%s\n", front.result.started.name);
	else
		status = result_judge(&front.result, program, options);
	if (front.state > 0 && options->out != NULL && front.result.started.id != 0 &&
	    (front.result.done.flags & ANSWER_HAS_STATUS) != 0 &&
	    !files_store(&front.files, options->out, link)) {
		say("%s", link->text);
		status = status != 0 ? status : EXIT_SOFTWARE;
	}
	files_end(&front.files);
	return status == 0 && front.is_losing ? EXIT_FAILED : status;
}

/* before anything runs in vain */
static bool check_out(const char *directory)
{
	struct stat status;

	if (directory == NULL || (stat(directory, &status) == 0 && S_ISDIR(status.st_mode)))
		return true;
	(void)usage("There is no directory %s for the job's files.", directory);
	return false;
}

int job_run(const struct wanted *wanted, const char *enclave, const struct job_options *options)
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
		.wants_files = options->out != NULL,
		.progress = isatty(STDERR_FILENO) ? show_progress : NULL,
	};
	int status = EXIT_FAILED;

	job.argv[0] = strdup(slash != NULL ? slash + 1 : wanted->program);
	if (job.argv[0] == NULL)
		return EXIT_FAILED;
	if (bulkhead_check_program(&link, wanted->program) != 0) {
		say("%s", link.text);
		return EXIT_USAGE;
	}
	if (!check_out(options->out) ||
	    (enclave == NULL &&
	     !wanted_create(wanted, COMMAND_TRANSIENT | options->flags, &create)))
		return EXIT_USAGE;
	if (!connect_node(&link))
		return EXIT_FAILED;
	if ((enclave == NULL &&
	     bulkhead_send(&link, COMMAND_CREATE, &create, sizeof(create)) != 0) ||
	    bulkhead_send_job(&link, enclave != NULL ? enclave : "", &job, options->flags) != 0) {
		/* who refuses ends the session: why stands in what it said */
		if (link.error != EPIPE)
			status = failed(&link);
		else
			status = attend(&link, job.argv[0], options);
	} else {
		status = attend(&link, job.argv[0], options);
	}
	bulkhead_close(&link);
	return status;
}

int job_console(const char *name, bool follow)
{
	struct command_target target = {.flags = follow ? COMMAND_FOLLOW : 0};
	struct bulkhead link;
	struct front front = {
		.link = &link, .signals = -1, .has_input = follow, .is_console = true};
	int status = 0;

	if (strlen(name) >= sizeof(target.name))
		return usage("There is no enclave %s; bulkhead ls shows those that there are.",
			     name);
	memcpy(target.name, name, strlen(name));
	if (!connect_node(&link))
		return EXIT_FAILED;
	if (bulkhead_send(&link, COMMAND_CONSOLE, &target, sizeof(target)) != 0)
		front.state = -1;
	/* a signal ends us, and not the job */
	while (front.state == 0 || is_writing(&front))
		serve_once(&front);
	if (front.state < 0)
		status = failed(&link);
	files_end(&front.files);
	bulkhead_close(&link);
	return status == 0 && front.is_losing ? EXIT_FAILED : status;
}
