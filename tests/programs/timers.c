/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Timers that send signals: setitimer, alarm, timer_create. What they say, that they come and not before their time, once or
 * again and again, and that what a periodic one missed is counted.
 */
#include "report.h"
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000L

static volatile sig_atomic_t count;
static siginfo_t last;
static volatile int first_overrun; /* of the first signal that was counted */
static volatile int most_overrun;  /* of any */

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	last = *info;
	if (info->si_code == SI_TIMER && info->si_overrun > most_overrun)
		most_overrun = info->si_overrun;
	if (count++ == 0)
		first_overrun = info->si_overrun;
}

static void handle(int signal)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	sigaction(signal, &action, NULL);
}

static int64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000 * MS + time.tv_nsec;
}

/* until `wanted` signals have come */
static void wait_for(int wanted)
{
	sigset_t blocked, old;

	sigfillset(&blocked);
	sigprocmask(SIG_BLOCK, &blocked, &old);
	while (count < wanted)
		sigsuspend(&old);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void compute_until(int wanted)
{
	while (count < wanted)
		for (volatile int i = 0; i < 1000; i++)
			;
}

static int is_off(const struct itimerval *t)
{
	return !t->it_value.tv_sec && !t->it_value.tv_usec;
}

static void test_itimer(void)
{
	struct itimerval once = {{0, 0}, {0, 20000}}, often = {{0, 3000}, {0, 3000}};
	struct itimerval late = {{0, 0}, {100, 0}}, off = {{0, 0}, {0, 0}}, left,
			 wrong = {{0, 0}, {0, 1000000}};
	int64_t begin = now(CLOCK_MONOTONIC);

	handle(SIGALRM);
	VALUE(setitimer(ITIMER_REAL, &late, NULL));
	VALUE(setitimer(ITIMER_REAL, &once, &left));
	HOLDS(left.it_value.tv_sec > 50 && left.it_value.tv_sec < 100);
	wait_for(1);
	HOLDS(now(CLOCK_MONOTONIC) - begin >= 20 * MS);
	HOLDS(last.si_signo == SIGALRM && last.si_code == SI_KERNEL && last.si_pid == 0);
	VALUE(getitimer(ITIMER_REAL, &left));
	HOLDS(is_off(&left));
	count = 0;
	begin = now(CLOCK_MONOTONIC);
	VALUE(setitimer(ITIMER_REAL, &often, NULL));
	wait_for(5);
	HOLDS(now(CLOCK_MONOTONIC) - begin >= 15 * MS);
	VALUE(setitimer(ITIMER_REAL, &off, &left));
	HOLDS(left.it_interval.tv_usec == 3000);
	HOLDS(left.it_value.tv_sec == 0 &&
	      left.it_value.tv_usec <= 3000); /* 0: it has just expired */
	VALUE(setitimer(ITIMER_REAL, &wrong, NULL));
	VALUE(syscall(SYS_setitimer, 3, &once, NULL));
	VALUE(syscall(SYS_getitimer, -1, &left));
	VALUE(syscall(SYS_setitimer, ITIMER_REAL, 8, NULL));
	VALUE(alarm(100));
	VALUE(alarm(0));
	VALUE(alarm(0));
}

static void test_cpu_itimers(void)
{
	struct itimerval often = {{0, 5000}, {0, 5000}}, off = {{0, 0}, {0, 0}};
	int64_t begin = now(CLOCK_PROCESS_CPUTIME_ID);

	handle(SIGPROF);
	handle(SIGVTALRM);
	count = 0;
	VALUE(setitimer(ITIMER_PROF, &often, NULL));
	compute_until(3);
	VALUE(setitimer(ITIMER_PROF, &off, NULL));
	HOLDS(last.si_signo == SIGPROF && last.si_code == SI_KERNEL);
	HOLDS(now(CLOCK_PROCESS_CPUTIME_ID) - begin >= 10 * MS);
	count = 0;
	VALUE(setitimer(ITIMER_VIRTUAL, &often, NULL));
	compute_until(2);
	VALUE(setitimer(ITIMER_VIRTUAL, &off, NULL));
	HOLDS(last.si_signo == SIGVTALRM);
}

static timer_t create(clockid_t clock, int signal, int value)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal};
	timer_t timer;

	event.sigev_value.sival_int = value;
	VALUE(timer_create(clock, &event, &timer));
	return timer;
}

static void set(timer_t timer, int flags, int64_t value, int64_t interval)
{
	struct itimerspec time = {
		.it_value = {value / (1000 * MS), value % (1000 * MS)},
		.it_interval = {0, interval},
	};

	VALUE(timer_settime(timer, flags, &time, NULL));
}

static void test_once(clockid_t clock)
{
	timer_t timer = create(clock, SIGRTMIN + 1, 4242);
	int64_t begin = now(clock);
	struct itimerspec left;

	count = 0;
	set(timer, 0, 100000 * MS, 0);
	VALUE(timer_gettime(timer, &left));
	HOLDS(left.it_value.tv_sec > 50 && left.it_value.tv_sec < 100);
	set(timer, 0, 10 * MS, 0);
	wait_for(1);
	HOLDS(now(clock) - begin >= 10 * MS);
	HOLDS(last.si_signo == SIGRTMIN + 1 && last.si_code == SI_TIMER);
	HOLDS(last.si_value.sival_int == 4242 && last.si_overrun == 0);
	VALUE(timer_gettime(timer, &left));
	HOLDS(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
	set(timer, TIMER_ABSTIME, begin + 30 * MS, 0);
	wait_for(2);
	HOLDS(now(clock) - begin >= 30 * MS);
	set(timer, TIMER_ABSTIME, begin, 0); /* long ago */
	wait_for(3);
	VALUE(timer_delete(timer));
	VALUE(syscall(SYS_timer_delete, 77777));
}

static void test_overrun(void)
{
	timer_t timer = create(CLOCK_MONOTONIC, SIGUSR1, 1);
	struct timespec nap = {0, 50 * MS};
	sigset_t blocked;

	count = 0;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	set(timer, 0, 2 * MS, 2 * MS);
	nanosleep(&nap, NULL);
	HOLDS(count == 0);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	HOLDS(count >= 1 && first_overrun >= 20);
	HOLDS(timer_getoverrun(timer) >= 0);
	wait_for(3);
	VALUE(timer_delete(timer));
	/* as short as can be: it must leave time for something else */
	timer = create(CLOCK_MONOTONIC, SIGUSR1, 1);
	count = most_overrun = 0;
	set(timer, 0, 1, 1);
	compute_until(10);
	VALUE(timer_delete(timer));
	HOLDS(most_overrun > 0); /* not the last: one that waits when the timer is deleted says 0 */
}

/* the signal of a periodic timer is ignored for a while */
static void test_ignored(void)
{
	timer_t timer = create(CLOCK_MONOTONIC, SIGUSR2, 1);
	struct timespec nap = {0, 10 * MS};

	signal(SIGUSR2, SIG_IGN);
	count = 0;
	set(timer, 0, MS, MS);
	nanosleep(&nap, NULL);
	handle(SIGUSR2);
	wait_for(2);
	HOLDS(last.si_signo == SIGUSR2);
	VALUE(timer_delete(timer));
}

static void test_silent(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_NONE};
	struct itimerspec left;
	timer_t timer;

	VALUE(timer_create(CLOCK_MONOTONIC, &event, &timer));
	set(timer, 0, 50 * 1000 * MS, 0);
	VALUE(timer_gettime(timer, &left));
	HOLDS(left.it_value.tv_sec > 0 && left.it_value.tv_sec < 50);
	set(timer, 0, 1, 0);
	VALUE(timer_gettime(timer, &left));
	HOLDS(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
	VALUE(timer_delete(timer));
}

static void test_cpu_timer(clockid_t clock)
{
	timer_t timer = create(clock, SIGUSR1, 7);
	int64_t begin = now(clock);

	count = 0;
	set(timer, 0, 10 * MS, 0);
	compute_until(1);
	HOLDS(now(clock) - begin >= 10 * MS);
	HOLDS(last.si_code == SI_TIMER && last.si_value.sival_int == 7);
	VALUE(timer_delete(timer));
}

static void test_errors(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
	struct itimerspec time = {{0, 0}, {0, 1000 * MS}};
	timer_t timer;
	int id;

	VALUE(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id));
	event.sigev_notify = 99;
	VALUE(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id));
	event.sigev_notify = SIGEV_THREAD_ID;
	event.sigev_signo = SIGUSR1;
	VALUE(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id));
	VALUE(syscall(SYS_timer_create, 99, NULL, &id));
	VALUE(syscall(SYS_timer_create, CLOCK_MONOTONIC_RAW, NULL, &id));
	VALUE(syscall(SYS_timer_create, CLOCK_MONOTONIC, 8, &id));
	VALUE(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, 8));
	VALUE(timer_create(CLOCK_MONOTONIC, NULL, &timer));
	VALUE(timer_settime(timer, 0, &time, NULL));
	VALUE(syscall(SYS_timer_settime, 4711, 0, &time, NULL));
	VALUE(syscall(SYS_timer_gettime, 4711, &time));
	VALUE(syscall(SYS_timer_getoverrun, 4711));
	VALUE(timer_delete(timer));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	handle(SIGRTMIN + 1);
	handle(SIGUSR1);
	test_itimer();
	test_cpu_itimers();
	test_once(CLOCK_MONOTONIC);
	test_once(CLOCK_REALTIME);
	test_overrun();
	test_ignored();
	test_silent();
	test_cpu_timer(CLOCK_PROCESS_CPUTIME_ID);
	test_cpu_timer(CLOCK_THREAD_CPUTIME_ID);
	test_errors();
	return 0;
}
