/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Signals: actions, masks, what waits for them, handlers with their information, alternate stacks. With the kernel's own
 * structures: a C library hides two signals and adds a restorer.
 */
#include <machine.h>
#include "conform.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

CONFORM(signals,
	"rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigreturn sigaltstack");

#define SET_SIZE    8L
#define STACK_SIZE  32768L
#define BIT(signal) (UINT64_C(1) << ((signal)-1))

struct kernel_action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static volatile sig_atomic_t caught, caught_code, caught_value, on_stack;
static volatile uint64_t mask_within;
static char stack[STACK_SIZE] __attribute__((aligned(16)));

static void action_set(int signal, void (*handler)(int), unsigned long flags, uint64_t mask)
{
	const struct kernel_action action = {handler, flags | RESTORER_FLAG, RESTORER, mask};

	need(SYS(rt_sigaction, signal, &action, NULL, SET_SIZE) == 0, "rt_sigaction");
}

static void catch (int signal)
{
	char here;
	uint64_t mask = 0;

	caught = caught * 100 + signal;
	on_stack = &here >= stack && &here < stack + STACK_SIZE;
	SYS(rt_sigprocmask, SIG_BLOCK, NULL, &mask, SET_SIZE);
	mask_within = mask;
}

static void catch_info(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *user = context;

	catch (signal);
	caught_code = info->si_code;
	caught_value = info->si_value.sival_int;
	mask_within |= PROGRAM_COUNTER(user) ? 0 : UINT64_MAX;
}

static void check_action(void)
{
	struct kernel_action action = {catch, SA_RESTART | RESTORER_FLAG, RESTORER, BIT(SIGUSR2)},
			     old;

	VALUE(SYS(rt_sigaction, 0, NULL, &old, SET_SIZE));
	VALUE(SYS(rt_sigaction, 65, NULL, &old, SET_SIZE));
	VALUE(SYS(rt_sigaction, -1, NULL, &old, SET_SIZE));
	VALUE(SYS(rt_sigaction, SIGUSR1, NULL, NULL, SET_SIZE));
	VALUE(SYS(rt_sigaction, SIGUSR1, NULL, &old, 4L));
	VALUE(SYS(rt_sigaction, SIGUSR1, NULL, &old, 16L));
	VALUE(SYS(rt_sigaction, SIGKILL, NULL, &old, SET_SIZE));
	VALUE(SYS(rt_sigaction, SIGKILL, &action, NULL, SET_SIZE));
	VALUE(SYS(rt_sigaction, SIGSTOP, &action, NULL, SET_SIZE));
	VALUE(SYS(rt_sigaction, 64, &action, NULL, SET_SIZE));
	VALUE(SYS(rt_sigaction, SIGUSR1, &action, &old, SET_SIZE));
	HOLDS(old.handler == SIG_DFL && old.flags == 0 && old.mask == 0);
	action.mask = UINT64_MAX;
	action.handler = SIG_IGN;
	VALUE(SYS(rt_sigaction, SIGUSR1, &action, &old, SET_SIZE));
	HOLDS(old.handler == catch && (old.flags & ~RESTORER_FLAG) == SA_RESTART &&
	      old.mask == BIT(SIGUSR2));
	VALUE(SYS(rt_sigaction, SIGUSR1, NULL, &old, SET_SIZE));
	/* what cannot be blocked is left out */
	HOLDS(old.mask == ~(BIT(SIGKILL) | BIT(SIGSTOP)));
	BAD_READ(p, SYS(rt_sigaction, SIGUSR1, p, NULL, SET_SIZE));
	BAD_WRITE(p, SYS(rt_sigaction, SIGUSR1, NULL, p, SET_SIZE));
	action_set(SIGUSR1, SIG_DFL, 0, 0);
}

static void check_mask(void)
{
	uint64_t set = BIT(SIGUSR1), old = 0;

	VALUE(SYS(rt_sigprocmask, SIG_BLOCK, &set, &old, SET_SIZE));
	HOLDS(old == 0);
	set = BIT(SIGUSR2) | BIT(SIGKILL) | BIT(SIGSTOP);
	VALUE(SYS(rt_sigprocmask, SIG_BLOCK, &set, &old, SET_SIZE));
	HOLDS(old == BIT(SIGUSR1));
	VALUE(SYS(rt_sigprocmask, 99, NULL, &old, SET_SIZE));
	HOLDS(old == (BIT(SIGUSR1) | BIT(SIGUSR2)));
	VALUE(SYS(rt_sigprocmask, 99, &set, NULL, SET_SIZE));
	VALUE(SYS(rt_sigprocmask, SIG_BLOCK, &set, NULL, 4L));
	VALUE(SYS(rt_sigprocmask, SIG_UNBLOCK, &set, &old, SET_SIZE));
	VALUE(SYS(rt_sigprocmask, SIG_SETMASK, NULL, &set, SET_SIZE));
	HOLDS(set == BIT(SIGUSR1));
	set = 0;
	VALUE(SYS(rt_sigprocmask, SIG_SETMASK, &set, NULL, SET_SIZE));
	BAD_READ(p, SYS(rt_sigprocmask, SIG_BLOCK, p, NULL, SET_SIZE));
	BAD_WRITE(p, SYS(rt_sigprocmask, SIG_BLOCK, NULL, p, SET_SIZE));
}

static void mask_set(uint64_t set)
{
	need(SYS(rt_sigprocmask, SIG_SETMASK, &set, NULL, SET_SIZE) == 0, "rt_sigprocmask");
}

static void check_handler(void)
{
	caught = 0;
	action_set(SIGUSR1, catch, 0, BIT(SIGUSR2));
	VALUE(raise(SIGUSR1));
	VALUE(caught);
	HOLDS(mask_within == (BIT(SIGUSR1) | BIT(SIGUSR2)));
	action_set(SIGUSR1, catch, SA_NODEFER | SA_RESETHAND, 0);
	VALUE(raise(SIGUSR1));
	HOLDS(mask_within == 0);
	struct kernel_action old;
	VALUE(SYS(rt_sigaction, SIGUSR1, NULL, &old, SET_SIZE));
	HOLDS(old.handler == SIG_DFL);
	/* blocked signals wait, each once; the lowest comes first */
	caught = 0;
	action_set(SIGUSR1, catch, 0, ~UINT64_C(0));
	action_set(SIGUSR2, catch, 0, ~UINT64_C(0));
	action_set(SIGURG, catch, 0, ~UINT64_C(0));
	mask_set(BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGURG));
	raise(SIGURG);
	raise(SIGUSR2);
	raise(SIGUSR2);
	raise(SIGUSR1);
	VALUE(caught);
	mask_set(0);
	printf("caught: %d\n", caught);
	/* ignoring one forgets it */
	caught = 0;
	mask_set(BIT(SIGUSR1));
	raise(SIGUSR1);
	action_set(SIGUSR1, SIG_IGN, 0, 0);
	action_set(SIGUSR1, catch, 0, 0);
	mask_set(0);
	VALUE(caught);
	VALUE(raise(SIGCHLD));
	VALUE(raise(SIGWINCH));
}

static void check_pending(void)
{
	uint64_t set = 0;

	mask_set(BIT(SIGUSR1) | BIT(SIGUSR2) | BIT(SIGWINCH));
	kill(getpid(), SIGUSR1);
	SYS(tkill, SYS(gettid), SIGUSR2);
	raise(SIGWINCH); /* ignored, so it does not wait */
	VALUE(SYS(rt_sigpending, &set, SET_SIZE));
	HOLDS((set & ~BIT(SIGWINCH)) == (BIT(SIGUSR1) | BIT(SIGUSR2)));
	VALUE(SYS(rt_sigpending, &set, 16L));
	VALUE(SYS(rt_sigpending, &set, 4L));
	VALUE(SYS(rt_sigpending, NULL, 0L));
	BAD_WRITE(p, SYS(rt_sigpending, p, SET_SIZE));
	mask_set(0);
}

static void check_timedwait(void)
{
	const struct timespec zero = {0, 0}, soon = {0, 1000000}, wrong = {0, 1000000000},
			      negative = {-1, 0};
	uint64_t set = BIT(SIGUSR1) | BIT(SIGUSR2);
	siginfo_t info;

	mask_set(set);
	VALUE(SYS(rt_sigtimedwait, &set, &info, &zero, SET_SIZE));
	VALUE(SYS(rt_sigtimedwait, &set, &info, &soon, SET_SIZE));
	VALUE(SYS(rt_sigtimedwait, &set, &info, &wrong, SET_SIZE));
	VALUE(SYS(rt_sigtimedwait, &set, &info, &negative, SET_SIZE));
	VALUE(SYS(rt_sigtimedwait, &set, &info, &zero, 4L));
	kill(getpid(), SIGUSR2);
	VALUE(SYS(rt_sigtimedwait, &set, &info, NULL, SET_SIZE));
	printf("%d %d %d\n", info.si_signo, info.si_code, info.si_pid == getpid());
	SYS(tgkill, getpid(), SYS(gettid), SIGUSR1);
	VALUE(SYS(rt_sigtimedwait, &set, &info, NULL, SET_SIZE));
	printf("%d %d %d\n", info.si_signo, info.si_code, info.si_pid == getpid());
	raise(SIGUSR1);
	VALUE(SYS(rt_sigtimedwait, &set, NULL, &zero, SET_SIZE));
	BAD_READ(p, SYS(rt_sigtimedwait, p, &info, &zero, SET_SIZE));
	BAD_READ(p, SYS(rt_sigtimedwait, &set, &info, bad_->address ? p : (char *)&zero, SET_SIZE));
	mask_set(0);
}

/* SIGUSR1 to the first thread, which sleeps in rt_sigsuspend or is about to */
static void *send_run(void *thread)
{
	const struct timespec pause = {0, 5000000};

	nanosleep(&pause, NULL);
	SYS(tgkill, getpid(), *(pid_t *)thread, SIGUSR1);
	return NULL;
}

static void check_suspend(void)
{
	uint64_t within = BIT(SIGUSR2), all = ~UINT64_C(0);
	pid_t self = (pid_t)SYS(gettid);
	pthread_t thread;

	caught = 0;
	action_set(SIGUSR1, catch, 0, 0);
	mask_set(BIT(SIGUSR1));
	raise(SIGUSR1);
	VALUE(SYS(rt_sigsuspend, &within, SET_SIZE));
	VALUE(caught);
	HOLDS(mask_within == (BIT(SIGUSR1) | BIT(SIGUSR2)));
	SYS(rt_sigprocmask, SIG_BLOCK, NULL, &within, SET_SIZE);
	HOLDS(within == BIT(SIGUSR1));
	VALUE(SYS(rt_sigsuspend, &within, 4L));
	BAD_READ(p, SYS(rt_sigsuspend, p, SET_SIZE));
	need(SYS(rt_sigprocmask, SIG_SETMASK, &all, NULL, SET_SIZE) == 0, "mask");
	need(pthread_create(&thread, NULL, send_run, &self) == 0, "a thread");
	within = 0;
	VALUE(SYS(rt_sigsuspend, &within, SET_SIZE));
	VALUE(caught);
	pthread_join(thread, NULL);
	mask_set(0);
}

static void check_stack(void)
{
	stack_t new = {.ss_sp = stack, .ss_size = STACK_SIZE}, old;

	VALUE(SYS(sigaltstack, NULL, NULL));
	VALUE(SYS(sigaltstack, NULL, &old));
	VALUE(old.ss_flags);
	VALUE(SYS(sigaltstack, &new, NULL));
	VALUE(SYS(sigaltstack, NULL, &old));
	HOLDS(old.ss_sp == stack && old.ss_size == STACK_SIZE && old.ss_flags == 0);
	action_set(SIGUSR1, catch, SA_ONSTACK, 0);
	raise(SIGUSR1);
	VALUE(on_stack);
	action_set(SIGUSR1, catch, 0, 0);
	raise(SIGUSR1);
	VALUE(on_stack);
	new.ss_size = 5119;
	VALUE(SYS(sigaltstack, &new, NULL));
	new.ss_size = STACK_SIZE;
	new.ss_flags = SS_ONSTACK;
	VALUE(SYS(sigaltstack, &new, NULL));
	new.ss_flags = 5;
	VALUE(SYS(sigaltstack, &new, NULL));
	new.ss_flags = SS_DISABLE;
	VALUE(SYS(sigaltstack, &new, &old));
	VALUE(SYS(sigaltstack, NULL, &old));
	VALUE(old.ss_flags);
	BAD_READ(p, SYS(sigaltstack, bad_->address ? (stack_t *)p : &new, NULL));
	BAD_WRITE(p, SYS(sigaltstack, NULL, bad_->address ? (stack_t *)p : &old));
}

static void conform_signals(void)
{
	(void)catch_info;
	action_set(SIGALRM, SIG_DFL, 0, 0);
	check_action();
	check_mask();
	check_handler();
	check_pending();
	check_timedwait();
	check_suspend();
	check_stack();
}
