/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Signals between threads: who gets one, what it interrupts, and what goes on afterwards.
 */
#include "report.h"
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MS         1000000L
#define FUTEX_WAIT 0 /* musl has no linux/futex.h */

static volatile int count, got_by_target;
static volatile pid_t target_tid;
static volatile int is_inside; /* the target is about to wait */
static pthread_t target;
static int ends[2];
static uint32_t word;

static void handler(int signal)
{
	(void)signal;
	got_by_target = gettid() == target_tid;
	count++;
}

static void handle(int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	sigaction(SIGUSR1, &action, NULL);
}

static void nap(long ns)
{
	struct timespec time = {0, ns};

	nanosleep(&time, NULL);
}

/* Starts the waiter and signals it until it has returned: the first signal may come before it waits. */
static void interrupt(const char *what, void *(*waiter)(void *), int flags, int until_end)
{
	int ended = 0;

	handle(flags);
	count = is_inside = 0;
	pthread_create(&target, NULL, waiter, NULL);
	while (!is_inside)
		nap(MS);
	for (int i = 0; i < 2000 && !ended; i++) {
		nap(5 * MS);
		if (until_end || i < 3)
			pthread_kill(target, SIGUSR1);
		else
			ended = 1;
		ended |= is_inside == 2;
	}
	if (!until_end)
		(void)!write(ends[1], "x", 1);
	pthread_join(target, NULL);
	printf("%s: handled by the target: %d, at all: %d\n", what, got_by_target, count > 0);
}

static void begin(void)
{
	target_tid = gettid();
	is_inside = 1;
}

static void end(const char *what, long result)
{
	int error = errno;

	is_inside = 2;
	errno = error;
	report_value(what, result);
}

static void *wait_read(void *arg)
{
	char byte;

	(void)arg;
	begin();
	end("read", read(ends[0], &byte, 1));
	return NULL;
}

static void *wait_sleep(void *arg)
{
	struct timespec time = {1000, 0}, left = {0, 0};
	long result;

	(void)arg;
	begin();
	result = nanosleep(&time, &left);
	end("nanosleep", result);
	HOLDS(left.tv_sec > 900 && left.tv_sec < 1000);
	return NULL;
}

static void *wait_absolute(void *arg)
{
	struct timespec time;
	int error;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += 1000;
	begin();
	error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
	end("clock_nanosleep", 0);
	printf("clock_nanosleep: %s\n", errno_name(error));
	return NULL;
}

static void *wait_futex(void *arg)
{
	(void)arg;
	begin();
	end("futex", syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0));
	return NULL;
}

static void *wait_futex_limited(void *arg)
{
	struct timespec time = {1000, 0};

	(void)arg;
	begin();
	end("futex with limit", syscall(SYS_futex, &word, FUTEX_WAIT, 0, &time, NULL, 0));
	return NULL;
}

static void *wait_poll(void *arg)
{
	struct pollfd polled = {.fd = ends[0], .events = POLLIN};

	(void)arg;
	begin();
	end("poll", poll(&polled, 1, 1000000));
	return NULL;
}

static void *wait_pause(void *arg)
{
	(void)arg;
	begin();
	end("pause", pause());
	return NULL;
}

static void test_interrupted(void)
{
	(void)!pipe(ends);
	interrupt("read", wait_read, 0, 1);
	interrupt("read, restarted", wait_read, SA_RESTART, 0);
	interrupt("nanosleep", wait_sleep, SA_RESTART, 1);
	interrupt("clock_nanosleep", wait_absolute, SA_RESTART, 1);
	interrupt("futex", wait_futex, 0, 1);
	interrupt("futex with limit", wait_futex_limited, SA_RESTART, 1);
	interrupt("poll", wait_poll, SA_RESTART, 1);
	interrupt("pause", wait_pause, SA_RESTART, 1);
}

static sigset_t set_of(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	return set;
}

static void *takes(void *arg)
{
	target_tid = gettid();
	is_inside = 1;
	while (!count)
		nap(MS);
	return arg;
}

/* a signal to the process goes to a thread that does not block it */
static void test_unblocked(void)
{
	sigset_t set = set_of(SIGUSR1), pending;

	handle(0);
	count = is_inside = 0;
	pthread_create(&target, NULL, takes, NULL);
	while (!is_inside)
		nap(MS);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	VALUE(kill(getpid(), SIGUSR1));
	pthread_join(target, NULL);
	HOLDS(count == 1 && got_by_target);
	/* nobody is left who takes it: it waits */
	VALUE(kill(getpid(), SIGUSR1));
	sigpending(&pending);
	HOLDS(count == 1 && sigismember(&pending, SIGUSR1));
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	HOLDS(count == 2 && !got_by_target);
}

static void *waits_for_signals(void *arg)
{
	sigset_t set = set_of(SIGUSR2);
	siginfo_t info;
	int sum = 0;

	for (int i = 0; i < 3; i++)
		sum += sigwaitinfo(&set, &info) == SIGUSR2 && info.si_pid == getpid();
	*(int *)arg = sum;
	return NULL;
}

/* all block it, one waits for it */
static void test_sigwait(void)
{
	sigset_t set = set_of(SIGUSR2), pending;
	struct timespec soon = {0, MS};
	int sum = 0;

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_create(&target, NULL, waits_for_signals, &sum);
	for (int i = 0; i < 3; i++) {
		kill(getpid(), SIGUSR2);
		do {
			nap(MS);
			sigpending(&pending);
		} while (sigismember(&pending, SIGUSR2));
	}
	pthread_join(target, NULL);
	HOLDS(sum == 3);
	VALUE(sigtimedwait(&set, NULL, &soon));
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void clean(void *arg)
{
	++*(int *)arg;
}

static void *cancelled_in_call(void *arg)
{
	pthread_cleanup_push(clean, arg);
	is_inside = 1;
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	return NULL;
}

static void *cancelled_anywhere(void *arg)
{
	int old;

	pthread_cleanup_push(clean, arg);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	is_inside = 1;
	for (;;)
		__asm__ volatile("");
	pthread_cleanup_pop(0);
	return NULL;
}

static void cancel(void *(*run)(void *))
{
	int cleaned = 0;
	void *result;

	for (int i = 0; i < 20; i++) {
		is_inside = 0;
		pthread_create(&target, NULL, run, &cleaned);
		while (!is_inside)
			nap(MS);
		pthread_cancel(target);
		pthread_join(target, &result);
		if (result != PTHREAD_CANCELED)
			cleaned = -100;
	}
	printf("cleaned up: %d\n", cleaned);
}

static void *raises(void *arg)
{
	for (int i = 0; i < 1000; i++)
		raise(SIGUSR1);
	return arg;
}

static void *storms(void *arg)
{
	for (int i = 0; i < 1000; i++)
		pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

/* many at once, on all cores: none is lost that was sent by its own thread, nothing hangs */
static void test_storm(void)
{
	pthread_t threads[6], self = pthread_self();

	handle(0);
	count = 0;
	for (int i = 0; i < 6; i++)
		pthread_create(&threads[i], NULL, i % 2 ? raises : storms, &self);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	HOLDS(count > 0);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_interrupted();
	test_unblocked();
	test_sigwait();
	cancel(cancelled_in_call);
	cancel(cancelled_anywhere);
	test_storm();
	return 0;
}
