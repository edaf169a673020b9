/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * init: the first program of an LWK that runs a job. Starts the program that /job names, waits for it, tells the tool how it
 * ended and what it asked for in vain, sends back its files when asked, turns the (virtual) machine off. Whatever goes wrong, it ends with a result and
 * the machine off.
 */
#define _GNU_SOURCE
#include <bulkhead/job.h>
#include <bulkhead/wire.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <user/changes.h>
#include <user/io.h>
#include <user/job.h>

#define READY "{\"event\":\"ready\"}"

static void wire_send(const char *device, const void *data, size_t bytes)
{
	int fd = open(device, O_WRONLY);

	if (fd < 0 || io_write_all(fd, data, bytes) != 0)
		io_log("init: cannot write %s: %s\n", device, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* the lowest free descriptor is the new one: 0 after it was closed */
static int open_input(const char *path)
{
	close(STDIN_FILENO);
	if (open(path, O_RDONLY) == STDIN_FILENO)
		return 0;
	io_log("init: cannot open %s: %s\n", path, strerror(errno));
	return -1;
}

static int prepare_job(struct job *job)
{
	size_t size;
	char *text = io_read_file(JOB_PATH, &size);

	if (text == NULL || job_parse(text, size, job) != 0) {
		io_log("init: cannot read %s: %s\n", JOB_PATH, strerror(errno));
		return -1;
	}
	if (chdir(job->directory) != 0) {
		io_log("init: cannot enter %s: %s\n", job->directory, strerror(errno));
		return -1;
	}
	if (job->send_changes && changes_begin() != 0) {
		io_log("init: cannot look through %s: %s\n", job->directory, strerror(errno));
		return -1;
	}
	return job->input ? open_input(job->input) : 0;
}

static volatile sig_atomic_t job_pid;
static volatile sig_atomic_t early; /* signals that came before there was a job, as bits */

/* what the primary sends us is the job's */
static void pass_on(int signal)
{
	if (job_pid > 0)
		(void)kill(job_pid, signal);
	else
		early |= 1 << signal;
}

static void take_signals(void)
{
	static const int passed_on[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGUSR1,
					SIGUSR2, SIGALRM, SIGCONT, SIGTSTP, SIGWINCH};
	struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};

	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		(void)sigaction(passed_on[i], &action, NULL);
}

static void job_is(pid_t pid)
{
	job_pid = (sig_atomic_t)pid;
	for (int signal = 1; signal < 31; signal++) {
		if ((early >> signal & 1) != 0)
			(void)kill(pid, signal);
	}
}

/* what goes over WIRE_EXIT */
static uint32_t run_job(const struct job *job)
{
	int status;
	pid_t ended, pid = (pid_t)syscall(LWK_NR_SPAWN, job->argv[0], job->argv, job->envp);

	if (pid < 0) {
		io_log("init: cannot start %s: %s\n", job->argv[0], strerror(errno));
		return WIRE_NOT_STARTED | (uint32_t)errno;
	}
	job_is(pid);
	/* any child: those that the job leaves behind come to us and would stay zombies */
	while ((ended = wait4(-1, &status, 0, NULL)) != pid) {
		if (ended < 0 && errno != EINTR)
			return WIRE_NOT_STARTED | (uint32_t)errno;
	}
	return (uint32_t)status;
}

static void send_changes(void)
{
	int fd = open("/dev/wire/files", O_WRONLY);

	if (fd < 0 || changes_send(fd) != 0)
		io_log("init: cannot send the changed files: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* what the kernel was asked for and does not have */
static void send_unknown_calls(void)
{
	size_t size;
	char *text = io_read_file("/proc/unknown_syscalls", &size);

	if (text == NULL)
		io_log("init: cannot read the unknown calls: %s\n", strerror(errno));
	else if (size > 0)
		wire_send("/dev/wire/calls", text, size);
	free(text);
}

int main(void)
{
	struct job job = {0};
	uint32_t result;

	take_signals();
	if (prepare_job(&job) == 0) {
		if (job.announce)
			wire_send("/dev/wire/report", READY, sizeof(READY) - 1);
		result = run_job(&job);
	} else {
		result = WIRE_NOT_STARTED | (uint32_t)errno;
	}
	wire_send("/dev/wire/exit", &result, sizeof(result));
	send_unknown_calls();
	if (job.send_changes && (result & WIRE_NOT_STARTED) == 0)
		send_changes();
	reboot(RB_POWER_OFF);
	io_log("init: the machine does not turn off: %s\n", strerror(errno));
	return 1;
}
