/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bulkheadd: the control task of a node where Linux is the host. The same command server as on the partition node, with sessions over a
 * Unix socket and enclaves by the module bulkhead_cokernel. When it ends, so do its enclaves.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <user/host/sessions.h>
#include <user/host/vm_host.h>
#include <user/report.h>
#include <user/server.h>
#include <user/vm_thread.h>

#define SOCKET    "/run/bulkhead.sock"
#define GROUP     "bulkhead"
#define LINUX_CPU 0 /* it cannot be taken from Linux */

static _Noreturn void fail(const char *what)
{
	(void)fprintf(stderr, "bulkheadd: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

/* Whoever reads the daemon's log is who is told here. */
void report_event(const char *event, uint16_t vm, const char *text)
{
	(void)fprintf(stderr, "bulkheadd: %s: enclave %u: %s\n", event, vm,
		      text != NULL ? text : "");
}

/* A second one would end the enclaves of the first. Held until we end. */
static void be_alone(void)
{
	int file = open(VM_HOST_DIRECTORY "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	if (file < 0)
		fail(VM_HOST_DIRECTORY "/lock");
	if (flock(file, LOCK_EX | LOCK_NB) != 0) {
		(void)fputs("bulkheadd: another bulkheadd runs already.\n", stderr);
		exit(EXIT_FAILURE);
	}
}

/* What jobs of a predecessor came with, which was killed before they had all of it. */
static void remove_trees(void)
{
	DIR *directory = opendir(VM_HOST_DIRECTORY);
	const struct dirent *entry;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		if (fnmatch("job*.cpio", entry->d_name, 0) == 0)
			(void)unlinkat(dirfd(directory), entry->d_name, 0);
	}
	if (directory != NULL)
		closedir(directory);
}

/* False, with a sentence, when something stays. */
static bool clear(void)
{
	unsigned enclaves, regions;

	vm_host_clear(&enclaves, &regions);
	if (enclaves != 0 || regions != 0)
		(void)fprintf(
			stderr,
			"bulkheadd: %u enclaves and %u shared regions do not go: a core does not answer.\n",
			enclaves, regions);
	return enclaves == 0 && regions == 0;
}

/* A file that is readable when we are asked to end. */
static int catch_signals(void)
{
	sigset_t set;
	int file;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	file = sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_CLOEXEC) : -1;
	if (file < 0)
		fail("signals");
	return file;
}

static void serve(struct server *server, int signals)
{
	struct pollfd polls[SERVER_POLLS + 1];

	for (;;) {
		size_t count = server_poll(server, polls);

		polls[count] = (struct pollfd){.fd = signals, .events = POLLIN};
		if (poll(polls, count + 1, -1) < 0 && errno != EINTR)
			fail("poll");
		if (polls[count].revents != 0)
			return;
		server_serve(server, polls, count);
	}
}

int main(void)
{
	static const uint16_t linux_cpus[] = {LINUX_CPU};
	const struct vm_layer *layer;
	const uint16_t *absent;
	size_t absent_count;
	struct server *server;
	int signals = catch_signals(), listener;

	/* programs and what they are given are their operators' */
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	if (mkdir(VM_HOST_DIRECTORY, 0700) != 0 && errno != EEXIST)
		fail(VM_HOST_DIRECTORY);
	be_alone();
	layer = vm_host_layer();
	if (layer == NULL)
		fail("the module bulkhead_cokernel");
	/* of a predecessor that was killed */
	(void)clear();
	remove_trees();
	if (getgrnam(GROUP) == NULL)
		(void)fputs("bulkheadd: there is no group " GROUP ": only root may connect.\n",
			    stderr);
	listener = sessions_listen(SOCKET, GROUP);
	if (listener < 0)
		fail(SOCKET);
	server = server_get(layer);
	server_reserve(server, linux_cpus, 1);
	absent = vm_host_absent(&absent_count);
	server_reserve(server, absent, absent_count);
	server_login(server, listener);
	serve(server, signals);
	(void)unlink(SOCKET);
	/* an enclave that is being made is there only when that is done */
	vm_thread_wait();
	remove_trees();
	return clear() ? EXIT_SUCCESS : EXIT_FAILURE;
}
