/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that a signal interrupts: EINTR, or started again with SA_RESTART; interval timers, which send those signals.
 */
#include "conform.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

CONFORM(interrupted,
	"setitimer getitimer rt_sigaction nanosleep clock_nanosleep futex ppoll pselect6 read wait4 restart_syscall");

static volatile sig_atomic_t alarms, let_read_end, child_to_end;
static int pipe_fd[2];
static uint32_t word;

/* after some of them, what a restarted call waits for happens */
static void count_alarm(int signal)
{
	(void)signal;
	if (++alarms < 3)
		return;
	if (let_read_end)
		need(write(pipe_fd[1], "x", 1) == 1, "write");
	if (child_to_end > 0)
		kill(child_to_end, SIGTERM);
}

static void alarms_start(int flags)
{
	const struct itimerval often = {{0, 4000}, {0, 4000}};
	struct sigaction action = {.sa_handler = count_alarm, .sa_flags = flags};

	alarms = 0;
	need(sigaction(SIGALRM, &action, NULL) == 0, "sigaction");
	need(setitimer(ITIMER_REAL, &often, NULL) == 0, "setitimer");
}

static void alarms_stop(void)
{
	const struct itimerval never = {{0, 0}, {0, 0}};
	char bytes[64];

	need(setitimer(ITIMER_REAL, &never, NULL) == 0, "setitimer");
	need(fcntl(pipe_fd[0], F_SETFL, O_NONBLOCK) == 0, "fcntl");
	while (read(pipe_fd[0], bytes, sizeof(bytes)) > 0)
		;
}

/* the call, with signals coming: how it ends */
#define WITH_ALARMS(flags, call)                               \
	do {                                                   \
		alarms_start(flags);                           \
		errno = 0;                                     \
		report_value(#flags ": " #call, (long)(call)); \
		alarms_stop();                                 \
	} while (0)

static void check_interrupted(void)
{
	const struct timespec long_time = {1000, 0};
	struct timespec left = {0, 0};
	struct pollfd poll_fd = {pipe_fd[0], POLLIN, 0};
	char byte;
	fd_set set;

	WITH_ALARMS(0, SYS(nanosleep, &long_time, &left));
	HOLDS(left.tv_sec >= 990 && left.tv_nsec > 0);
	left.tv_sec = 0;
	WITH_ALARMS(SA_RESTART, SYS(nanosleep, &long_time, &left));
	HOLDS(left.tv_sec >= 990);
	left.tv_sec = -5;
	WITH_ALARMS(0, SYS(clock_nanosleep, CLOCK_MONOTONIC, 0, &long_time, &left));
	HOLDS(left.tv_sec >= 990);
	left.tv_sec = -5;
	{
		const struct timespec far = {INT32_MAX, 0};

		WITH_ALARMS(0, SYS(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &far, &left));
		HOLDS(left.tv_sec == -5);
	}
	WITH_ALARMS(0, SYS(futex, &word, FUTEX_WAIT, 0, NULL));
	WITH_ALARMS(0, SYS(futex, &word, FUTEX_WAIT, 0, &long_time));
	WITH_ALARMS(SA_RESTART, SYS(futex, &word, FUTEX_WAIT, 0, &long_time));
	WITH_ALARMS(0, SYS(ppoll, &poll_fd, 1L, NULL, NULL, 8L));
	WITH_ALARMS(0, SYS(ppoll, &poll_fd, 1L, &long_time, NULL, 8L));
	WITH_ALARMS(SA_RESTART, SYS(ppoll, NULL, 0L, &long_time, NULL, 8L));
	FD_ZERO(&set);
	FD_SET(pipe_fd[0], &set);
	WITH_ALARMS(0, SYS(pselect6, pipe_fd[0] + 1, &set, NULL, NULL, NULL, NULL));
	/* a read that blocks */
	need(fcntl(pipe_fd[0], F_SETFL, 0) == 0, "fcntl");
	alarms_start(0);
	VALUE(read(pipe_fd[0], &byte, 1));
	alarms_stop();
	let_read_end = 1;
	need(fcntl(pipe_fd[0], F_SETFL, 0) == 0, "fcntl");
	alarms_start(SA_RESTART);
	VALUE(read(pipe_fd[0], &byte, 1));
	HOLDS(alarms >= 3);
	let_read_end = 0;
	alarms_stop();
}

CONFORM_CHILD(waits_for_signal);
static void conform_waits_for_signal(void)
{
	signal(SIGTERM, SIG_DFL);
	for (;;)
		pause();
}

static void check_wait(void)
{
	int status, pid = child_start("waits_for_signal");

	alarms_start(0);
	VALUE(wait4(pid, &status, 0, NULL));
	alarms_stop();
	child_to_end = pid;
	alarms_start(SA_RESTART);
	HOLDS(wait4(pid, &status, 0, NULL) == pid);
	alarms_stop();
	child_to_end = 0;
}

static void check_timers(void)
{
	struct itimerval timer = {{0, 0}, {1000, 5}}, old;

	VALUE(setitimer(ITIMER_REAL, &timer, &old));
	printf("%ld %ld\n", (long)old.it_value.tv_sec, (long)old.it_interval.tv_sec);
	VALUE(getitimer(ITIMER_REAL, &old));
	HOLDS(old.it_value.tv_sec >= 990);
	timer.it_value.tv_sec = timer.it_value.tv_usec = 0;
	VALUE(setitimer(ITIMER_REAL, &timer, &old));
	HOLDS(old.it_value.tv_sec >= 990);
	VALUE(getitimer(ITIMER_REAL, &old));
	printf("%ld %ld\n", (long)old.it_value.tv_sec, (long)old.it_value.tv_usec);
	timer.it_value.tv_usec = 1000000;
	VALUE(setitimer(ITIMER_REAL, &timer, NULL));
	timer.it_value.tv_usec = -1;
	VALUE(setitimer(ITIMER_REAL, &timer, NULL));
	VALUE(SYS(setitimer, 9, &timer, NULL));
	VALUE(SYS(getitimer, 9, &timer));
	VALUE(SYS(setitimer, ITIMER_REAL, NULL, NULL));
	BAD_READ(p, SYS(setitimer, ITIMER_REAL, bad_->address ? p : (char *)8, NULL));
	BAD_WRITE(p, SYS(getitimer, ITIMER_REAL, p));
	VALUE(alarm(500));
	VALUE(alarm(0) >= 499);
	VALUE(alarm(0));
}

static volatile sig_atomic_t virtual_signals;

static void count_virtual(int signal)
{
	virtual_signals += signal == SIGVTALRM ? 1 : 100;
}

/* timers of processor time go on while the program computes */
static void check_processor_timers(void)
{
	const struct itimerval once = {{0, 0}, {0, 2000}};

	signal(SIGVTALRM, count_virtual);
	signal(SIGPROF, count_virtual);
	VALUE(setitimer(ITIMER_VIRTUAL, &once, NULL));
	while (virtual_signals == 0)
		;
	VALUE(virtual_signals);
	VALUE(setitimer(ITIMER_PROF, &once, NULL));
	while (virtual_signals == 1)
		;
	VALUE(virtual_signals);
}

static void conform_interrupted(void)
{
	alarm(0);
	need(pipe2(pipe_fd, O_NONBLOCK) == 0, "pipe2");
	check_timers();
	check_interrupted();
	check_wait();
	check_processor_timers();
}
