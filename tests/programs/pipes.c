/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pipes within one process, and waiting for them by poll and select.
 */
#include "report.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int fds[2];
static char data[100000];

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_bytes(void)
{
	char back[16] = "";

	VALUE(pipe2(fds, O_NONBLOCK | O_CLOEXEC));
	VALUE(fcntl(fds[0], F_GETFD));
	VALUE(read(fds[0], back, 5));
	VALUE(write(fds[1], "hello", 5));
	VALUE(read(fds[0], back, 3));
	VALUE(read(fds[0], back + 3, 10));
	puts(back);
	VALUE(write(fds[1], data, sizeof(data)));
	VALUE(write(fds[1], data, 1));
	VALUE(read(fds[0], data, 4096));
	VALUE(write(fds[1], data, 4096));
	VALUE(read(fds[0], data, sizeof(data)));
	VALUE(write(fds[0], data, 1));
	VALUE(read(fds[1], data, 1));
	VALUE(lseek(fds[0], 0, SEEK_SET));
	VALUE(pread(fds[0], data, 1, 0));
	VALUE(ftruncate(fds[1], 0));
}

static void test_ends(void)
{
	struct stat st;

	VALUE(fstat(fds[0], &st));
	HOLDS(S_ISFIFO(st.st_mode) && st.st_size == 0);
	VALUE(write(fds[1], "last", 4));
	VALUE(close(fds[1]));
	VALUE(read(fds[0], data, 100));
	VALUE(read(fds[0], data, 100));
	VALUE(close(fds[0]));
	VALUE(pipe(fds));
	VALUE(close(fds[0]));
	signal(SIGPIPE, SIG_IGN);
	HOLDS(write(fds[1], "x", 1) == -1 && errno == EPIPE);
	VALUE(close(fds[1]));
	VALUE(syscall(SYS_pipe2, 1, 0));
	VALUE(syscall(SYS_pipe2, fds, 0x1));
}

static void test_waiting(void)
{
	struct timeval limit = {0, 30000};
	struct pollfd polled;
	fd_set set;
	long start;

	VALUE(pipe(fds));
	polled = (struct pollfd){fds[0], POLLIN, 0};
	start = milliseconds();
	VALUE(poll(&polled, 1, 30));
	HOLDS(milliseconds() - start >= 30);
	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	start = milliseconds();
	VALUE(select(fds[0] + 1, &set, NULL, NULL, &limit));
	HOLDS(milliseconds() - start >= 30);
	HOLDS(!FD_ISSET(fds[0], &set));
	VALUE(write(fds[1], "x", 1));
	VALUE(poll(&polled, 1, -1));
	VALUE(polled.revents);
	FD_SET(fds[0], &set);
	FD_SET(fds[1], &set);
	VALUE(select(fds[1] + 1, &set, NULL, NULL, NULL));
	HOLDS(FD_ISSET(fds[0], &set) && !FD_ISSET(fds[1], &set));
	FD_ZERO(&set);
	FD_SET(fds[1], &set);
	VALUE(select(fds[1] + 1, NULL, &set, NULL, NULL));
	HOLDS(FD_ISSET(fds[1], &set));
	VALUE(close(fds[1]));
	VALUE(read(fds[0], data, 10));
	VALUE(poll(&polled, 1, -1));
	VALUE(polled.revents);
	VALUE(select(fds[1] + 1, NULL, &set, NULL, NULL));
	VALUE(close(fds[0]));
}

int main(void)
{
	test_bytes();
	test_ends();
	test_waiting();
	return 0;
}
