/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * init for Debian's kernel, on which tests and measurements run what they compare with. Takes /job as the LWK's init does and
 * speaks the same frames over the UART (bulkhead/wire.h). It stands between: the job's streams are pipes, and while the job
 * only computes, init sleeps.
 */
#define _GNU_SOURCE
#include <bulkhead/job.h>
#include <bulkhead/wire.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <user/changes.h>
#include <user/io.h>
#include <user/job.h>
#include <user/linux_wire.h>

/* of Linux's random.h, which the C library does not bring */
#define RNDADDENTROPY _IOW('R', 0x03, int[2])

struct entropy {
	int entropy_bits;
	int bytes;
	uint32_t data[8];
};

#define READY "{\"event\":\"ready\"}"

static void prepare_tree(void)
{
	static const struct {
		const char *type;
		const char *at;
	} mounts[] = {{"devtmpfs", "/dev"}, {"proc", "/proc"}, {"sysfs", "/sys"}};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		(void)mkdir(mounts[i].at, 0755);
		(void)mount(mounts[i].type, mounts[i].at, mounts[i].type, 0, NULL);
	}
	(void)mkdir("/tmp", 0777);
	(void)chmod("/tmp", 01777);
}

/*
 * The emulated machine has no source of randomness. Until the kernel believes to have some it stirs its pool at every system
 * call, for the offset of the stack, which takes 9,000 instructions: no machine is measured in that state.
 */
static void seed_random(void)
{
	static const struct entropy seed = {256, 32, {1, 2, 3, 4, 5, 6, 7, 8}};
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &seed) != 0)
		io_log("<3>init: cannot seed: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static int prepare_job(struct job *job)
{
	size_t size;
	char *text = io_read_file(JOB_PATH, &size);

	if (text == NULL || job_parse(text, size, job) != 0 || chdir(job->directory) != 0)
		return -1;
	return job->send_changes ? changes_begin() : 0;
}

/* in the child: becomes the job, or tells over `failure` why not */
static _Noreturn void become_job(const struct job *job, const int *streams, int failure)
{
	int input = job->input ? open(job->input, O_RDONLY) : streams[STDIN_FILENO];

	if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 &&
	    dup2(streams[STDOUT_FILENO], STDOUT_FILENO) >= 0 &&
	    dup2(streams[STDERR_FILENO], STDERR_FILENO) >= 0)
		execve(job->argv[0], job->argv, job->envp);
	(void)io_write_all(failure, &errno, sizeof(errno));
	_exit(127);
}

/* the job's pid, or -1 with errno */
static pid_t start_job(const struct job *job, const int *streams)
{
	int failure[2], error;
	pid_t pid;

	if (pipe2(failure, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become_job(job, streams, failure[1]);
	close(failure[1]);
	if (pid > 0 && read(failure[0], &error, sizeof(error)) == (ssize_t)sizeof(error)) {
		errno = error;
		pid = -1;
	}
	close(failure[0]);
	return pid;
}

static int make_pipes(int *ours, int *theirs)
{
	for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
		int ends[2];
		int our_end = stream == STDIN_FILENO;

		if (pipe2(ends, O_CLOEXEC) != 0)
			return -1;
		ours[stream] = ends[our_end];
		theirs[stream] = ends[!our_end];
	}
	return 0;
}

/* what goes over WIRE_EXIT */
static uint32_t run_job(const struct job *job)
{
	int ours[3], theirs[3], status;
	pid_t pid;

	if (make_pipes(ours, theirs) != 0)
		return WIRE_NOT_STARTED | (uint32_t)errno;
	pid = start_job(job, theirs);
	if (pid < 0)
		return WIRE_NOT_STARTED | (uint32_t)errno;
	for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
		close(theirs[stream]);
	(void)signal(SIGPIPE, SIG_IGN);
	if (linux_wire_relay((int)syscall(SYS_pidfd_open, pid, 0), ours) != 0)
		io_log("<3>init: the relay failed: %s\n", strerror(errno));
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return (uint32_t)status;
}

static void send_changes(void)
{
	int fd = open("/", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 || changes_send(fd) != 0 || linux_wire_send_file(WIRE_FILES, fd) != 0)
		io_log("<3>init: cannot send the changed files: %s\n", strerror(errno));
}

/* a job that came to nothing leaves none */
static void send_reports(const char *path)
{
	size_t size;
	char *text = io_read_file(path, &size), *at = text, *line;

	while (at != NULL && (line = strsep(&at, "\n")) != NULL) {
		if (*line != '\0')
			linux_wire_send(WIRE_REPORT, line, strlen(line));
	}
	free(text);
}

/* Linux gives init the words of its command line that it does not know. */
static const char *wire_path(void)
{
	const char *path = getenv("WIRE");

	return path != NULL ? path : "/dev/ttyAMA0";
}

int main(void)
{
	struct job job = {0};
	uint32_t result;

	prepare_tree();
	seed_random();
	if (linux_wire_open(wire_path()) == 0 && prepare_job(&job) == 0) {
		if (job.announce)
			linux_wire_send(WIRE_REPORT, READY, sizeof(READY) - 1);
		result = run_job(&job);
	} else {
		io_log("<3>init: cannot prepare the job: %s\n", strerror(errno));
		result = WIRE_NOT_STARTED | (uint32_t)errno;
	}
	if (job.reports != NULL)
		send_reports(job.reports);
	linux_wire_send(WIRE_EXIT, &result, sizeof(result));
	if (job.send_changes && (result & WIRE_NOT_STARTED) == 0)
		send_changes();
	linux_wire_close();
	reboot(RB_POWER_OFF);
	return 1;
}
