/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that x86-64 alone has: forms of others that take no directory or no flags, older times, and the bases of FS and GS.
 */
#include "../conform.h"
#include "../files.h"
#include <asm/prctl.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <utime.h>

CONFORM(legacy_files,
	"open creat stat lstat access rename mkdir rmdir link unlink symlink readlink chmod chown lchown");
CONFORM(legacy_times, "time utime utimes futimesat");
CONFORM(legacy_waits, "poll select pause alarm");
CONFORM(legacy_others, "pipe dup2 getpgrp arch_prctl");

static void test_open(void)
{
	struct stat status;

	DONE(SYS(open, "file", O_RDONLY));
	DONE(SYS(open, "missing", O_RDONLY));
	DONE(SYS(open, "file", O_RDONLY | O_DIRECTORY));
	DONE(SYS(open, "loop", O_RDONLY));
	DONE(SYS(open, long_name, O_RDONLY));
	DONE(SYS(open, bad, O_RDONLY));
	DONE(SYS(creat, "made", 0640));
	VALUE(SYS(stat, "made", &status));
	printf("mode %o, size %ld\n", status.st_mode, (long)status.st_size);
	DONE(SYS(creat, "dir", 0640));
	DONE(SYS(creat, "missing/made", 0640));
	VALUE(SYS(stat, "tofile", &status));
	printf("size %ld, regular %d\n", (long)status.st_size, S_ISREG(status.st_mode));
	VALUE(SYS(lstat, "tofile", &status));
	printf("size %ld, link %d\n", (long)status.st_size, S_ISLNK(status.st_mode));
	VALUE(SYS(stat, "dangling", &status));
	VALUE(SYS(lstat, "dangling", &status));
	VALUE(SYS(stat, "missing", &status));
	VALUE(SYS(lstat, "missing", &status));
	BAD_WRITE(p, SYS(stat, "file", p));
	BAD_WRITE(p, SYS(lstat, "file", p));
	VALUE(SYS(access, "file", R_OK | W_OK));
	VALUE(SYS(access, "missing", F_OK));
	VALUE(SYS(access, "file", 8));
	VALUE(SYS(access, bad, F_OK));
}

static void test_names(void)
{
	char target[8];

	VALUE(SYS(mkdir, "new", 0755));
	VALUE(SYS(mkdir, "new", 0755));
	VALUE(SYS(mkdir, bad, 0755));
	VALUE(SYS(rename, "new", "newer"));
	VALUE(SYS(rename, "newer", "full"));
	VALUE(SYS(rename, "missing", "x"));
	VALUE(SYS(rename, "file", bad));
	VALUE(SYS(rmdir, "newer"));
	VALUE(SYS(rmdir, "full"));
	VALUE(SYS(rmdir, "file"));
	VALUE(SYS(link, "file", "second"));
	VALUE(SYS(link, "file", "second"));
	VALUE(SYS(link, "dir", "x"));
	VALUE(SYS(symlink, "file", "third"));
	VALUE(SYS(symlink, "file", "third"));
	VALUE(SYS(readlink, "third", target, sizeof(target)));
	VALUE(SYS(readlink, "third", target, 2));
	VALUE(SYS(readlink, "third", target, 0));
	VALUE(SYS(readlink, "file", target, sizeof(target)));
	VALUE(SYS(readlink, "third", bad, 8));
	VALUE(SYS(unlink, "second"));
	VALUE(SYS(unlink, "third"));
	VALUE(SYS(unlink, "third"));
	VALUE(SYS(unlink, "dir"));
}

static void test_modes(void)
{
	struct stat status;

	VALUE(SYS(chmod, "file", 0604));
	need(stat("file", &status) == 0, "stat");
	printf("mode %o\n", status.st_mode);
	VALUE(SYS(chmod, "missing", 0604));
	VALUE(SYS(chmod, bad, 0604));
	VALUE(SYS(chown, "tofile", 0, 0));
	VALUE(SYS(lchown, "tofile", 0, 0));
	VALUE(SYS(chown, "dangling", 0, 0));
	VALUE(SYS(lchown, "dangling", 0, 0));
	VALUE(SYS(chown, "missing", -1, -1));
}

static void conform_legacy_files(void)
{
	files_prepare();
	test_open();
	test_names();
	test_modes();
}

static void say_times(void)
{
	struct stat status;

	need(stat("file", &status) == 0, "stat");
	printf("%ld.%09ld %ld.%09ld\n", status.st_atim.tv_sec, status.st_atim.tv_nsec,
	       status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

static void conform_legacy_times(void)
{
	const struct utimbuf seconds = {1000, 2000};
	const struct timeval right[2] = {{3000, 4}, {5000, 999999}};
	const struct timeval wrong[2] = {{3000, 4}, {5000, 1000000}};
	long now, then = time(NULL);

	files_prepare();
	HOLDS((now = SYS(time, NULL)) >= then && now <= then + 60);
	HOLDS(SYS(time, &then) == then && then >= now);
	VALUE(SYS(time, bad));
	VALUE(SYS(utime, "file", &seconds));
	say_times();
	VALUE(SYS(utimes, "file", right));
	say_times();
	VALUE(SYS(utimes, "file", wrong));
	VALUE(SYS(futimesat, AT_FDCWD, "file", right));
	VALUE(SYS(futimesat, rd, NULL, right));
	VALUE(SYS(futimesat, rd, "file", right));
	VALUE(SYS(futimesat, 99, "file", right));
	VALUE(SYS(utime, "file", NULL));
	VALUE(SYS(utimes, "missing", NULL));
	VALUE(SYS(utime, "missing", &seconds));
	BAD_READ(p, SYS(utime, "file", p));
	BAD_READ(p, SYS(utimes, "file", p));
}

static void on_alarm(int number)
{
	(void)number;
}

static void test_select(int from)
{
	struct timeval short_time = {0, 1000}, long_time = {100, 0}, no_time = {-1, 0};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(from, &set);
	VALUE(SYS(select, from + 1, &set, NULL, NULL, &long_time));
	HOLDS(FD_ISSET(from, &set) && long_time.tv_sec >= 90);
	VALUE(SYS(select, 0, NULL, NULL, NULL, &short_time));
	HOLDS(short_time.tv_sec == 0 && short_time.tv_usec == 0);
	VALUE(SYS(select, 0, NULL, NULL, NULL, &no_time));
	VALUE(SYS(select, -1, NULL, NULL, NULL, &short_time));
	BAD_READ(p, SYS(select, 0, NULL, NULL, NULL, p));
}

static void conform_legacy_waits(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct pollfd polled = {.events = POLLIN};
	int ends[2];

	need(pipe(ends) == 0 && write(ends[1], "x", 1) == 1, "a pipe");
	polled.fd = ends[0];
	VALUE(SYS(poll, &polled, 1L, -1));
	HOLDS(polled.revents == POLLIN);
	VALUE(SYS(poll, NULL, 0L, 1));
	VALUE(SYS(poll, bad, 1L, 0));
	VALUE(SYS(poll, &polled, -1L, 0));
	test_select(ends[0]);
	sigaction(SIGALRM, &action, NULL);
	VALUE(SYS(alarm, 100));
	HOLDS(SYS(alarm, 1) >= 90);
	VALUE(SYS(pause));
	VALUE(SYS(alarm, 0));
	VALUE(SYS(alarm, 1));
	VALUE(SYS(poll, NULL, 0L, -1));
}

static void test_bases(void)
{
	unsigned long base = 0, before = 0;

	VALUE(SYS(arch_prctl, ARCH_GET_FS, &before));
	HOLDS(before != 0);
	VALUE(SYS(arch_prctl, ARCH_SET_GS, 0x123456789000));
	VALUE(SYS(arch_prctl, ARCH_GET_GS, &base));
	printf("%#lx\n", base);
	VALUE(SYS(arch_prctl, ARCH_SET_GS, ~0ul));
	VALUE(SYS(arch_prctl, ARCH_SET_FS, 0x800000000000));
	VALUE(SYS(arch_prctl, ARCH_SET_GS, 0));
	BAD_WRITE(p, SYS(arch_prctl, ARCH_GET_FS, p));
	BAD_WRITE(p, SYS(arch_prctl, ARCH_GET_GS, p));
	VALUE(SYS(arch_prctl, 0x9999, 0));
}

static void conform_legacy_others(void)
{
	int ends[2];

	VALUE(SYS(pipe, ends));
	VALUE(write(ends[1], "x", 1));
	BAD_WRITE(p, SYS(pipe, p));
	HOLDS(SYS(dup2, ends[0], ends[0]) == ends[0]);
	VALUE(SYS(dup2, ends[0], 50));
	VALUE(SYS(dup2, 99, 50));
	VALUE(SYS(dup2, 99, 99));
	VALUE(SYS(dup2, ends[0], -1));
	HOLDS(SYS(getpgrp) == getpid() || SYS(getpgrp) == getpgid(0));
	test_bases();
}
