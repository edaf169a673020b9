/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Timers of POSIX: what they are made of, their settings, whom they signal and with what.
 */
#include "conform.h"
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

CONFORM(timers,
	"timer_create timer_settime timer_gettime timer_getoverrun timer_delete rt_sigtimedwait");

#define SET_SIZE 8L

static uint64_t both; /* the signals that are waited for */

static void check_create(void)
{
	struct sigevent event;
	int id = -1;

	memset(&event, 0, sizeof(event));
	for (int clock = -1; clock < 13; clock++) {
		id = -1;
		printf("clock %d: ", clock);
		if (clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM)
			puts("needs a clock that wakes the machine");
		else
			VALUE(SYS(timer_create, clock, NULL, &id));
		SYS(timer_delete, id);
	}
	event.sigev_notify = SIGEV_NONE;
	VALUE(SYS(timer_create, CLOCK_MONOTONIC, &event, &id));
	VALUE(SYS(timer_delete, id));
	event.sigev_notify = 99;
	VALUE(SYS(timer_create, CLOCK_MONOTONIC, &event, &id));
	event.sigev_notify = SIGEV_SIGNAL;
	VALUE(SYS(timer_create, CLOCK_MONOTONIC, &event, &id));
	event.sigev_signo = 65;
	VALUE(SYS(timer_create, CLOCK_MONOTONIC, &event, &id));
	event.sigev_notify = SIGEV_THREAD_ID;
	event.sigev_signo = SIGUSR1;
	event._sigev_un._tid = 999999;
	VALUE(SYS(timer_create, CLOCK_MONOTONIC, &event, &id));
	BAD_READ(p, SYS(timer_create, CLOCK_MONOTONIC, bad_->address ? p : (char *)8, &id));
	BAD_WRITE(p, SYS(timer_create, CLOCK_MONOTONIC, NULL, p));
}

static void check_settings(void)
{
	struct itimerspec new = {{7, 5}, {1000, 0}}, old = {{-1, -1}, {-1, -1}};
	int id = -1;

	need(SYS(timer_create, CLOCK_MONOTONIC, NULL, &id) == 0, "timer_create");
	VALUE(SYS(timer_gettime, id, &old));
	printf("%ld %ld\n", (long)old.it_value.tv_sec, old.it_interval.tv_nsec);
	VALUE(SYS(timer_settime, id, 0, &new, &old));
	printf("%ld %ld\n", (long)old.it_value.tv_sec, old.it_interval.tv_nsec);
	VALUE(SYS(timer_gettime, id, &old));
	HOLDS(old.it_value.tv_sec >= 990 && old.it_interval.tv_sec == 7 &&
	      old.it_interval.tv_nsec == 5);
	VALUE(SYS(timer_getoverrun, id));
	new.it_value.tv_nsec = 1000000000;
	VALUE(SYS(timer_settime, id, 0, &new, NULL));
	new.it_value.tv_nsec = 0;
	new.it_interval.tv_nsec = -1;
	VALUE(SYS(timer_settime, id, 0, &new, NULL));
	memset(&new, 0, sizeof(new));
	VALUE(SYS(timer_settime, id, 0, &new, &old));
	VALUE(SYS(timer_gettime, id, &old));
	printf("%ld %ld\n", (long)old.it_value.tv_sec, old.it_value.tv_nsec);
	VALUE(SYS(timer_settime, id, 0, NULL, NULL));
	BAD_READ(p, SYS(timer_settime, id, 0, bad_->address ? p : (char *)8, NULL));
	BAD_WRITE(p, SYS(timer_gettime, id, p));
	VALUE(SYS(timer_gettime, 999, &old));
	VALUE(SYS(timer_settime, 999, 0, &new, NULL));
	VALUE(SYS(timer_getoverrun, 999));
	VALUE(SYS(timer_delete, 999));
	VALUE(SYS(timer_delete, id));
	VALUE(SYS(timer_delete, id));
}

/* waits for one of the signals; what came */
static void expect(const char *what)
{
	siginfo_t info;
	long signal = SYS(rt_sigtimedwait, &both, &info, NULL, SET_SIZE);

	printf("%s: signal %ld, code %d, value %d\n", what, signal, info.si_code,
	       info.si_value.sival_int);
}

static void check_signals(void)
{
	struct itimerspec soon = {{0, 0}, {0, 2000000}}, past = {{0, 0}, {1, 0}};
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
	const struct timespec zero = {0, 0};
	siginfo_t info;
	int id = -1;

	both = UINT64_C(1) << (SIGUSR1 - 1) | UINT64_C(1) << (SIGALRM - 1);
	need(SYS(rt_sigprocmask, SIG_BLOCK, &both, NULL, SET_SIZE) == 0, "mask");
	need(SYS(timer_create, CLOCK_MONOTONIC, &event, &id) == 0, "timer_create");
	VALUE(SYS(timer_settime, id, 0, &soon, NULL));
	expect("a relative timer");
	VALUE(SYS(timer_settime, id, TIMER_ABSTIME, &past, NULL));
	expect("an absolute one that is past");
	VALUE(SYS(timer_delete, id));
	event.sigev_notify = SIGEV_THREAD_ID;
	event._sigev_un._tid = (pid_t)SYS(gettid);
	need(SYS(timer_create, CLOCK_REALTIME, &event, &id) == 0, "timer_create");
	VALUE(SYS(timer_settime, id, TIMER_ABSTIME, &past, NULL));
	expect("to a thread");
	VALUE(SYS(timer_delete, id));
	need(SYS(timer_create, CLOCK_BOOTTIME, NULL, &id) == 0, "timer_create");
	VALUE(SYS(timer_settime, id, 0, &soon, NULL));
	VALUE(SYS(rt_sigtimedwait, &both, &info, NULL, SET_SIZE));
	HOLDS(info.si_value.sival_int == id);
	/* a timer that is turned off, or deleted, sends nothing any more */
	soon.it_value.tv_sec = 1000;
	VALUE(SYS(timer_settime, id, 0, &soon, NULL));
	VALUE(SYS(timer_delete, id));
	VALUE(SYS(rt_sigtimedwait, &both, NULL, &zero, SET_SIZE));
}

/* each expiry while the signal is pending is counted, not sent */
static void check_overrun(void)
{
	struct itimerspec often = {{0, 1000000}, {0, 1000000}}, off = {{0, 0}, {0, 0}};
	const struct timespec pause = {0, 10000000};
	siginfo_t info;
	int id = -1;

	need(SYS(timer_create, CLOCK_MONOTONIC, NULL, &id) == 0, "timer_create");
	VALUE(SYS(timer_settime, id, 0, &often, NULL));
	nanosleep(&pause, NULL);
	VALUE(SYS(rt_sigtimedwait, &both, &info, NULL, SET_SIZE));
	HOLDS(info.si_overrun >= 5);
	HOLDS(SYS(timer_getoverrun, id) == info.si_overrun);
	VALUE(SYS(timer_settime, id, 0, &off, NULL));
	VALUE(SYS(timer_delete, id));
}

static void check_processor_time(void)
{
	struct itimerspec soon = {{0, 0}, {0, 2000000}};
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 7};
	const struct timespec zero = {0, 0};
	int id = -1;

	for (int clock = CLOCK_PROCESS_CPUTIME_ID; clock <= CLOCK_THREAD_CPUTIME_ID; clock++) {
		need(SYS(timer_create, clock, &event, &id) == 0, "timer_create");
		need(SYS(timer_settime, id, 0, &soon, NULL) == 0, "timer_settime");
		while (SYS(rt_sigtimedwait, &both, NULL, &zero, SET_SIZE) != SIGUSR1)
			;
		VALUE(SYS(timer_delete, id));
	}
}

static void conform_timers(void)
{
	check_create();
	check_settings();
	check_signals();
	check_overrun();
	check_processor_time();
}
