/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who a process is and what becomes of it: identities, groups, limits, names, children and their status.
 */
#include "conform.h"
#include <fcntl.h>
#include <grp.h>
#include <linux/prctl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

CONFORM(process,
	"getpid gettid getppid getuid geteuid getgid getegid getgroups setgroups getresuid getresgid setuid setgid setreuid setregid setresuid "
	"setresgid getpgid setpgid getsid setsid exit exit_group wait4 prctl prlimit64 getrlimit setrlimit clone clone3");

static void check_identity(void)
{
	uint32_t real = 9, effective = 9, saved = 9, groups[4];

	HOLDS(SYS(getpid) == SYS(gettid) && SYS(getpid) > 1);
	HOLDS(SYS(getppid) > 0);
	VALUE(SYS(getuid));
	VALUE(SYS(geteuid));
	VALUE(SYS(getgid));
	VALUE(SYS(getegid));
	VALUE(SYS(getresuid, &real, &effective, &saved));
	printf("%u %u %u\n", real, effective, saved);
	VALUE(SYS(getresgid, &real, &effective, &saved));
	printf("%u %u %u\n", real, effective, saved);
	BAD_WRITE(p, SYS(getresuid, &real, p, &saved));
	BAD_WRITE(p, SYS(getresgid, p, &effective, &saved));
	VALUE(SYS(getgroups, 0, NULL));
	VALUE(SYS(getgroups, 4, groups));
	VALUE(SYS(getgroups, -1, groups));
	VALUE(SYS(setuid, 0));
	VALUE(SYS(setgid, 0));
	VALUE(SYS(setuid, -1));
	VALUE(SYS(setgid, -1));
	VALUE(SYS(setreuid, 0, -1));
	VALUE(SYS(setregid, -1, 0));
	VALUE(SYS(setresuid, -1, 0, -1));
	VALUE(SYS(setresgid, 0, 0, 0));
	VALUE(SYS(setgroups, 0, NULL));
}

static void check_groups_of_processes(void)
{
	VALUE(SYS(setpgid, 0, 0));
	HOLDS(SYS(getpgid, 0) == getpid());
	HOLDS(SYS(getpgid, getpid()) == getpid());
	VALUE(SYS(getpgid, 999999));
	VALUE(SYS(getpgid, -1));
	HOLDS(SYS(getsid, 0) >= 0);
	VALUE(SYS(getsid, 999999));
	VALUE(SYS(setpgid, 999999, 0));
	VALUE(SYS(setpgid, -1, 0));
	VALUE(SYS(setpgid, 0, -1));
	VALUE(SYS(setpgid, 0, 999999));
	VALUE(SYS(setsid));
}

static void check_limits(void)
{
	struct rlimit limit, wrong = {2, 1}, above;

	for (int resource = 0; resource < 17; resource++)
		VALUE(SYS(prlimit64, 0, resource, NULL, &limit));
	VALUE(SYS(prlimit64, 0, RLIMIT_STACK, NULL, &limit));
	printf("stack %ld\n", (long)limit.rlim_cur);
	VALUE(SYS(prlimit64, 0, RLIMIT_CORE, &wrong, NULL));
	VALUE(SYS(prlimit64, 0, -1, NULL, NULL));
	VALUE(SYS(prlimit64, getpid(), RLIMIT_STACK, NULL, NULL));
	VALUE(SYS(prlimit64, 999999, RLIMIT_STACK, NULL, &limit));
	VALUE(SYS(prlimit64, 0, RLIMIT_STACK, &limit, &above));
	VALUE(SYS(getrlimit, RLIMIT_STACK, &limit));
	VALUE(SYS(setrlimit, RLIMIT_STACK, &limit));
	VALUE(SYS(getrlimit, 99, &limit));
	VALUE(SYS(setrlimit, 99, &limit));
	BAD_READ(p, SYS(prlimit64, 0, RLIMIT_STACK, bad_->address ? p : (char *)8, NULL));
	BAD_WRITE(p, SYS(prlimit64, 0, RLIMIT_STACK, NULL, bad_->address ? p : (char *)8));
	BAD_WRITE(p, SYS(getrlimit, RLIMIT_STACK, p));
	BAD_READ(p, SYS(setrlimit, RLIMIT_STACK, p));
	limit.rlim_cur = 4096 * 1024;
	VALUE(SYS(setrlimit, RLIMIT_STACK, &limit));
	VALUE(SYS(getrlimit, RLIMIT_STACK, &limit));
	printf("stack %ld\n", (long)limit.rlim_cur);
	limit.rlim_cur = limit.rlim_max = 16;
	VALUE(SYS(setrlimit, RLIMIT_NOFILE, &limit));
	VALUE(dup2(0, 15));
	VALUE(dup2(0, 16));
	VALUE(fcntl(0, F_DUPFD, 16));
	while (dup(0) >= 0)
		;
	VALUE(dup(0));
	VALUE(open(".", O_RDONLY));
	for (int fd = 3; fd < 16; fd++)
		close(fd);
}

static void check_prctl(void)
{
	char name[32] = {0};

	VALUE(SYS(prctl, PR_GET_NAME, name));
	puts(name);
	VALUE(SYS(prctl, PR_SET_NAME, "a name that is too long"));
	VALUE(SYS(prctl, PR_GET_NAME, name));
	puts(name);
	BAD_READ(p, SYS(prctl, PR_SET_NAME, p));
	BAD_WRITE(p, SYS(prctl, PR_GET_NAME, p));
	VALUE(SYS(prctl, 9999, 0L, 0L, 0L, 0L));
}

CONFORM_CHILD(exits_3);
static void conform_exits_3(void)
{
	SYS(exit, 3);
}

CONFORM_CHILD(exits_group);
static void conform_exits_group(void)
{
	SYS(exit_group, 259 + 256);
}

CONFORM_CHILD(exits_negative);
static void conform_exits_negative(void)
{
	SYS(exit_group, -1);
}

static void check_wait(void)
{
	int status, pid;

	VALUE(SYS(wait4, -1, &status, 0, NULL));
	VALUE(SYS(wait4, 999999, &status, 0, NULL));
	VALUE(SYS(wait4, -1, &status, 0x10, NULL));
	VALUE(SYS(wait4, -1, &status, WNOHANG, NULL));
	VALUE(SYS(wait4, INT32_MIN, &status, 0, NULL));
	child_report("exits_3");
	child_report("exits_group");
	child_report("exits_negative");
	pid = child_start("exits_3");
	HOLDS(SYS(wait4, pid, NULL, __WALL, NULL) == pid);
	VALUE(SYS(wait4, pid, NULL, 0, NULL));
	pid = child_start("exits_3");
	VALUE(SYS(wait4, pid + 1000, NULL, 0, NULL));
	BAD_WRITE(p, bad_->address == (char *)0x1000 ? SYS(wait4, pid, p, 0, NULL) : 0);
	VALUE(SYS(wait4, pid, NULL, 0,
		  NULL)); /* it was collected although its status could not be told */
}

/* another process by copying this one */
static void fork_report(const char *call, unsigned long flags)
{
	long pid = SYS(clone, flags, 0L, 0L, 0L, 0L);

	if (pid == 0)
		SYS(exit_group, 0);
	report_done(call, pid);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
}

static void check_fork(void)
{
	fork_report("fork", SIGCHLD);
	fork_report("vfork", CLONE_VM | CLONE_VFORK | SIGCHLD);
	fork_report("a copy that sends no signal", 0);
}

static void conform_process(void)
{
	check_identity();
	check_groups_of_processes();
	check_prctl();
	check_wait();
	check_fork();
	check_limits();
}
