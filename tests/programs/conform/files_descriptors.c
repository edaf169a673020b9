/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Descriptors: copies, flags, pipes, waiting for several, control calls.
 */
#include "conform.h"
#include "files.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <time.h>

CONFORM(files_descriptors, "dup dup3 fcntl ioctl pipe2 ppoll pselect6 fadvise64");

static void test_descriptors(void)
{
	struct winsize size;
	struct pollfd polls[3] = {{rd, POLLIN | POLLOUT, 0}, {-1, POLLIN, 0}, {999, POLLIN, 0}};
	struct timespec zero = {0, 0}, wrong = {0, 1000000000};

	VALUE(dup(-1));
	VALUE(dup(999));
	VALUE(dup2(999, 3));
	VALUE(dup2(rd, -1));
	VALUE(dup3(rd, rd, 0));
	VALUE(dup3(rd, 50, 0x1));
	VALUE(fcntl(-1, F_GETFD));
	VALUE(fcntl(rd, 9999));
	VALUE(fcntl(rd, F_DUPFD, -1));
	VALUE(fcntl(rd, F_DUPFD, INT_MAX));
	VALUE(ioctl(rd, TIOCGWINSZ, &size));
	VALUE(ioctl(-1, TIOCGWINSZ, &size));
	VALUE(isatty(rd));
	VALUE(poll(polls, 3, 0));
	VALUE(polls[0].revents);
	VALUE(polls[1].revents);
	VALUE(polls[2].revents);
	VALUE(syscall(SYS_ppoll, bad, 1, &zero, NULL, 8));
	VALUE(syscall(SYS_ppoll, polls, 1, &wrong, NULL, 8));
	VALUE(syscall(SYS_ppoll, NULL, 0, &zero, NULL, 8));
}

static void test_copies(void)
{
	int copy = dup(rd), high;

	HOLDS(copy > dir);
	VALUE(lseek(rd, 3, SEEK_SET));
	VALUE(lseek(copy, 0, SEEK_CUR));
	VALUE(fcntl(copy, F_GETFD));
	VALUE(fcntl(copy, F_SETFD, FD_CLOEXEC));
	VALUE(fcntl(copy, F_GETFD));
	VALUE(fcntl(rd, F_GETFD));
	VALUE(SYS(dup3, rd, 100, O_CLOEXEC));
	VALUE(fcntl(100, F_GETFD));
	VALUE(SYS(dup3, wr, 100, 0));
	VALUE(fcntl(100, F_GETFD));
	VALUE(fcntl(100, F_GETFL) & O_ACCMODE);
	high = fcntl(rd, F_DUPFD_CLOEXEC, 200);
	VALUE(high);
	VALUE(fcntl(high, F_GETFD));
	VALUE(SYS(dup3, 999, 101, 0));
	VALUE(SYS(dup3, rd, 1 << 30, 0));
	VALUE(SYS(fcntl, rd, F_SETFL, O_APPEND | O_NONBLOCK));
	VALUE(fcntl(copy, F_GETFL) & (O_APPEND | O_NONBLOCK));
	VALUE(SYS(fcntl, rd, F_SETFL, 0));
	VALUE(close(copy));
	VALUE(lseek(rd, 0, SEEK_CUR));
}

static void test_pipe(void)
{
	int fds[2] = {-1, -1};
	char large[70000] = {0};

	signal(SIGPIPE, SIG_IGN);
	VALUE(SYS(pipe2, fds, O_NONBLOCK | O_CLOEXEC));
	VALUE(fcntl(fds[0], F_GETFD));
	VALUE(read(fds[0], buffer, 1));
	VALUE(write(fds[1], "hello", 5));
	VALUE(read(fds[0], buffer, 3));
	VALUE(read(fds[0], buffer, 30));
	VALUE(write(fds[1], large, sizeof(large)));
	VALUE(write(fds[1], large, 1));
	VALUE(read(fds[1], buffer, 1));
	VALUE(write(fds[0], buffer, 1));
	VALUE(lseek(fds[0], 0, SEEK_SET));
	VALUE(pread(fds[0], buffer, 1, 0));
	VALUE(ftruncate(fds[1], 0));
	VALUE(read(fds[0], large, sizeof(large)));
	VALUE(close(fds[1]));
	VALUE(read(fds[0], buffer, 1));
	VALUE(close(fds[0]));
	VALUE(SYS(pipe2, fds, 0x1));
	VALUE(SYS(pipe2, fds, O_NONBLOCK));
	VALUE(close(fds[0]));
	VALUE(write(fds[1], "x", 1));
	VALUE(close(fds[1]));
	BAD_WRITE(p, SYS(pipe2, p, 0));
}

static void test_poll(void)
{
	const struct timespec zero = {0, 0}, soon = {0, 1000000};
	int fds[2];
	struct pollfd polls[3];
	fd_set in, out;

	need(pipe2(fds, O_NONBLOCK) == 0, "pipe2");
	polls[0] = (struct pollfd){fds[0], POLLIN, 0};
	polls[1] = (struct pollfd){fds[1], POLLOUT, 0};
	polls[2] = (struct pollfd){dir, POLLIN | POLLOUT, 0};
	VALUE(SYS(ppoll, polls, 1L, &zero, NULL, 8L));
	VALUE(SYS(ppoll, polls, 1L, &soon, NULL, 8L));
	VALUE(SYS(ppoll, polls, 3L, &zero, NULL, 8L));
	printf("%x %x %x\n", polls[0].revents, polls[1].revents, polls[2].revents);
	need(write(fds[1], "x", 1) == 1, "write");
	VALUE(SYS(ppoll, polls, 1L, NULL, NULL, 8L));
	printf("%x\n", polls[0].revents);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fds[0], &in);
	FD_SET(fds[1], &out);
	VALUE(SYS(pselect6, fds[1] + 1, &in, &out, NULL, &zero, NULL));
	printf("%d %d\n", FD_ISSET(fds[0], &in), FD_ISSET(fds[1], &out));
	VALUE(SYS(pselect6, 0, NULL, NULL, NULL, &soon, NULL));
	VALUE(SYS(pselect6, -1, &in, NULL, NULL, &zero, NULL));
	FD_SET(60, &in);
	VALUE(SYS(pselect6, 61, &in, NULL, NULL, &zero, NULL));
	close(fds[1]);
	VALUE(SYS(ppoll, polls, 1L, &zero, NULL, 8L));
	printf("%x\n", polls[0].revents);
	polls[1].fd = dup(fds[0]);
	need(read(fds[0], buffer, 1) == 1, "read");
	VALUE(SYS(ppoll, polls, 1L, &zero, NULL, 8L));
	printf("%x\n", polls[0].revents);
	VALUE(SYS(ppoll, polls, 2000000L, &zero, NULL, 8L));
	BAD_WRITE(p, SYS(ppoll, p, 1L, &zero, NULL, 8L));
	BAD_READ(p, SYS(ppoll, polls, 1L, bad_->address ? p : (char *)&zero, NULL, 8L));
	BAD_READ(p, SYS(ppoll, polls, 1L, &zero, bad_->address ? p : NULL, 8L));
	BAD_WRITE(p, SYS(pselect6, 1, bad_->address ? p : (char *)8, NULL, NULL, &zero, NULL));
}

static void test_advice(void)
{
	VALUE(SYS(fadvise64, rd, 0L, 0L, 0));
	VALUE(SYS(fadvise64, rd, 0L, 0L, 99));
	VALUE(SYS(fadvise64, -1, 0L, 0L, 0));
}

static void test_control(void)
{
	int count = -1, on = 1;

	lseek(rd, 4, SEEK_SET);
	VALUE(ioctl(rd, FIONREAD, &count));
	VALUE(count);
	VALUE(ioctl(rd, FIONBIO, &on));
	VALUE(fcntl(rd, F_GETFL) & O_NONBLOCK);
	VALUE(ioctl(rd, FIOCLEX));
	VALUE(fcntl(rd, F_GETFD));
	VALUE(ioctl(rd, FIONCLEX));
	VALUE(fcntl(rd, F_GETFD));
	VALUE(ioctl(rd, TCGETS, buffer));
	VALUE(ioctl(rd, 0x12345678, buffer));
	VALUE(ioctl(-1, FIONREAD, &count));
}

static void conform_files_descriptors(void)
{
	files_prepare();
	test_descriptors();
	test_copies();
	test_pipe();
	test_poll();
	test_advice();
	test_control();
}
