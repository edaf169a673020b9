/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * clone and clone3 as the makers of threads, and how threads and processes end.
 */
#include <machine.h>
#include "conform.h"
#include <limits.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

CONFORM(clone, "clone clone3 exit exit_group gettid getpid set_tid_address futex");

#define THREAD_FLAGS \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define STACK_SIZE 65536

static char stack[STACK_SIZE] __attribute__((aligned(16)));
static volatile uint32_t child_word, parent_word;
static volatile uint64_t seen_tls, seen_argument;
static volatile pid_t seen_pid, seen_tid;

static void word_wait(volatile uint32_t *word, uint32_t value)
{
	uint32_t now;

	while ((now = __atomic_load_n(word, __ATOMIC_ACQUIRE)) != value)
		SYS(futex, word, FUTEX_WAIT, now, NULL);
}

/* runs without a C library's thread: system calls only */
static int thread_run(void *argument)
{
	seen_tls = thread_pointer();
	seen_argument = (uintptr_t)argument;
	seen_pid = (pid_t)SYS(getpid);
	seen_tid = (pid_t)SYS(gettid);
	return 7;
}

static void check_thread(void)
{
	static uint64_t tls[64]; /* errno lies near its start */
	pid_t tid;

	child_word = 1;
	parent_word = 0;
	tid = clone(thread_run, stack + STACK_SIZE,
		    THREAD_FLAGS | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
		    (void *)5, &parent_word, &tls[32], &child_word);
	need(tid > 0, "clone");
	word_wait(&child_word, 0);
	HOLDS((uint32_t)tid == parent_word);
	HOLDS(seen_tid == tid);
	HOLDS(seen_tid != getpid());
	HOLDS(seen_pid == getpid());
	HOLDS(seen_tls == (uintptr_t)&tls[32]);
	VALUE(seen_argument);
	while (SYS(tgkill, getpid(), tid, 0) == 0)
		sched_yield();
	VALUE(SYS(wait4, tid, NULL, __WALL, NULL));
}

/* thread ids are set where asked, in the child before it runs */
static int word_run(void *argument)
{
	seen_tid = (pid_t)__atomic_load_n((uint32_t *)argument, __ATOMIC_ACQUIRE);
	return 0;
}

static void check_child_settid(void)
{
	static uint32_t set;
	pid_t tid;

	set = 1;
	tid = clone(word_run, stack + STACK_SIZE,
		    THREAD_FLAGS | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED, &set,
		    NULL, NULL, &set);
	need(tid > 0, "clone");
	word_wait(&set, 0);
	HOLDS(seen_tid == tid);
}

/* each of these must fail: none starts anything */
static void check_flags(void)
{
	VALUE(SYS(clone, CLONE_THREAD, 0L, 0L, 0L, 0L));
	VALUE(SYS(clone, CLONE_THREAD | CLONE_SIGHAND, 0L, 0L, 0L, 0L));
	VALUE(SYS(clone, CLONE_SIGHAND, 0L, 0L, 0L, 0L));
	VALUE(SYS(clone, CLONE_THREAD | CLONE_VM, 0L, 0L, 0L, 0L));
	VALUE(SYS(clone, CLONE_NEWNS | CLONE_FS, 0L, 0L, 0L, 0L));
	VALUE(SYS(clone, CLONE_NEWUSER | CLONE_FS, 0L, 0L, 0L, 0L));
	VALUE(SYS(clone, THREAD_FLAGS | CLONE_NEWUSER, 0L, 0L, 0L, 0L));
	VALUE(SYS(clone, THREAD_FLAGS | CLONE_NEWPID, 0L, 0L, 0L, 0L));
	VALUE(SYS(clone, THREAD_FLAGS | CLONE_PIDFD | CLONE_PARENT_SETTID, 0L, &parent_word, 0L,
		  0L));
}

static long clone3_call(uint64_t flags, uint64_t signal, uint64_t stack_address,
			uint64_t stack_size)
{
	struct clone_args args = {.flags = flags,
				  .exit_signal = signal,
				  .stack = stack_address,
				  .stack_size = stack_size};

	return SYS(clone3, &args, sizeof(args));
}

static void check_clone3(void)
{
	struct {
		struct clone_args args;
		uint64_t more[2];
	} large = {{.flags = CLONE_THREAD}, {0, 0}};

	VALUE(SYS(clone3, &large, 0L));
	VALUE(SYS(clone3, &large, 8L));
	VALUE(SYS(clone3, &large, 63L));
	VALUE(SYS(clone3, &large, 64L));
	VALUE(SYS(clone3, &large, sizeof(large)));
	large.more[1] = 1;
	VALUE(SYS(clone3, &large, sizeof(large)));
	VALUE(SYS(clone3, &large, 4097L));
	VALUE(SYS(clone3, &large, -1L));
	BAD_READ(p, SYS(clone3, p, 64L));
	VALUE(clone3_call(CLONE_THREAD, 0, 0, 0));
	VALUE(clone3_call(CLONE_SIGHAND, 0, 0, 0));
	VALUE(clone3_call(THREAD_FLAGS, SIGCHLD, (uintptr_t)stack, STACK_SIZE));
	VALUE(clone3_call(THREAD_FLAGS | CLONE_DETACHED, 0, (uintptr_t)stack, STACK_SIZE));
	VALUE(clone3_call(THREAD_FLAGS | SIGCHLD, 0, (uintptr_t)stack, STACK_SIZE));
	VALUE(clone3_call(THREAD_FLAGS, 0, (uintptr_t)stack, 0));
	VALUE(clone3_call(THREAD_FLAGS, 0, 0, STACK_SIZE));
	VALUE(clone3_call(THREAD_FLAGS, 0, UINT64_MAX - 4095, STACK_SIZE));
	VALUE(clone3_call(THREAD_FLAGS | CLONE_CLEAR_SIGHAND, 0, (uintptr_t)stack, STACK_SIZE));
	VALUE(clone3_call(THREAD_FLAGS | UINT64_C(1) << 40, 0, (uintptr_t)stack, STACK_SIZE));
	VALUE(clone3_call(CLONE_VM, 0x100, (uintptr_t)stack, STACK_SIZE));
}

static void check_clone3_thread(void)
{
	struct clone_args args = {
		.flags = THREAD_FLAGS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
		.stack = (uintptr_t)stack,
		.stack_size = STACK_SIZE,
		.child_tid = (uintptr_t)&child_word,
		.parent_tid = (uintptr_t)&parent_word,
	};
	long tid;

	child_word = 1;
	parent_word = 0;
	memset(stack, 0, sizeof(stack));
	tid = clone3_and_exit(&args, sizeof(args));
	word_wait(&child_word, 0);
	HOLDS(tid > 0 && (uint32_t)tid == parent_word);
	HOLDS(*(uint64_t *)(void *)(stack + STACK_SIZE - 16) == (uintptr_t)(stack + STACK_SIZE));
}

/* a word that cannot be written is no error of clone; at the end it is ignored */
static void check_word_addresses(void)
{
	volatile uint32_t done = 1;
	pid_t tid;

	seen_tid = 0;
	tid = clone(word_run, stack + STACK_SIZE, THREAD_FLAGS | CLONE_CHILD_CLEARTID,
		    (void *)&done, NULL, NULL, (void *)0x1000);
	HOLDS(tid > 0);
	while (SYS(tgkill, getpid(), tid, 0) == 0)
		sched_yield();
	VALUE(seen_tid);
	VALUE(clone(word_run, stack + STACK_SIZE, THREAD_FLAGS | CLONE_PARENT_SETTID, (void *)&done,
		    (void *)0x1000) > 0);
	while (seen_tid == 0)
		sched_yield();
}

static void *sleep_run(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void threads_start(unsigned count)
{
	pthread_t thread;

	while (count-- > 0)
		need(pthread_create(&thread, NULL, sleep_run, NULL) == 0, "a thread");
}

static void *exit_group_run(void *unused)
{
	(void)unused;
	SYS(exit_group, 43);
	return NULL;
}

CONFORM_CHILD(group_ended_by_thread);
static void conform_group_ended_by_thread(void)
{
	pthread_t thread;

	threads_start(3);
	pthread_create(&thread, NULL, exit_group_run, NULL);
	pthread_join(thread, NULL);
	puts("not reached");
}

CONFORM_CHILD(group_ended_by_main);
static void conform_group_ended_by_main(void)
{
	threads_start(3);
	SYS(exit_group, 0x12c);
}

static void *exit_run(void *started)
{
	static uint32_t never;
	const struct timespec pause = {0, 20000000};

	(void)started;
	/* the first thread is gone by then, or soon */
	SYS(futex, &never, FUTEX_WAIT, 0, &pause);
	puts("the last thread");
	SYS(exit, 9);
	return NULL;
}

/* the process lives until its last thread ends; its status is the last one's */
CONFORM_CHILD(main_ends_first);
static void conform_main_ends_first(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exit_run, NULL);
	SYS(exit, 5);
}

CONFORM_CHILD(main_ends_last);
static void conform_main_ends_last(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exit_run, NULL);
	pthread_join(thread, NULL);
	SYS(exit, 6);
}

static void *fault_run(void *unused)
{
	*wild_pointer = 1;
	return unused;
}

CONFORM_CHILD(thread_faults);
static void conform_thread_faults(void)
{
	pthread_t thread;

	threads_start(3);
	pthread_create(&thread, NULL, fault_run, NULL);
	pthread_join(thread, NULL);
	puts("not reached");
}

CONFORM_CHILD(killed_with_threads);
static void conform_killed_with_threads(void)
{
	threads_start(3);
	kill(getpid(), SIGKILL);
	puts("not reached");
}

static void conform_clone(void)
{
	check_thread();
	check_child_settid();
	check_flags();
	check_clone3();
	check_clone3_thread();
	check_word_addresses();
	child_report("group_ended_by_thread");
	child_report("group_ended_by_main");
	child_report("main_ends_first");
	child_report("main_ends_last");
	child_report("thread_faults");
	child_report("killed_with_threads");
}
