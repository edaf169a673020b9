/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Handlers in one thread: what they are told, what is blocked meanwhile, in which order they run, where they go back to, and
 * what the calls refuse.
 */
#include "report.h"
#include <machine.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile sig_atomic_t count, last, depth, deepest;
static siginfo_t last_info;
static sigjmp_buf jump;
static char order[64];

static void simple(int signal)
{
	count++;
	last = signal;
}

static void told(int signal, siginfo_t *info, void *context)
{
	(void)context;
	last_info = *info;
	simple(signal);
}

static void jumps(int signal, siginfo_t *info, void *context)
{
	told(signal, info, context);
	siglongjmp(jump, signal);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};

	VALUE(sigaction(signal, &action, NULL));
}

static sigset_t set_of(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	return set;
}

static void test_raise(void)
{
	signal(SIGUSR1, simple);
	VALUE(raise(SIGUSR1));
	VALUE(raise(SIGUSR1));
	HOLDS(count == 2 && last == SIGUSR1);
	handle(SIGUSR2, told, 0);
	VALUE(kill(getpid(), SIGUSR2));
	HOLDS(last == SIGUSR2 && last_info.si_signo == SIGUSR2 && last_info.si_code == SI_USER);
	HOLDS(last_info.si_pid == getpid() && last_info.si_uid == getuid());
	VALUE(raise(SIGUSR2));
	HOLDS(last_info.si_code == SI_TKILL);
	VALUE(setpgid(0, 0)); /* alone in its group, as it always is here */
	VALUE(kill(0, SIGUSR2));
	HOLDS(last_info.si_code == SI_USER);
}

static void test_faults(void)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	handle(SIGSEGV, jumps, 0);
	handle(SIGILL, jumps, 0);
	handle(SIGTRAP, jumps, 0);
	if (sigsetjmp(jump, 1) == 0)
		*(volatile char *)page = 1;
	HOLDS(last == SIGSEGV && last_info.si_code == SEGV_ACCERR && last_info.si_addr == page);
	munmap(page, 4096);
	if (sigsetjmp(jump, 1) == 0)
		*(volatile char *)(page + 5) = 1;
	HOLDS(last_info.si_code == SEGV_MAPERR && last_info.si_addr == page + 5);
	if (sigsetjmp(jump, 1) == 0)
		INVALID_INSTRUCTION();
	HOLDS(last == SIGILL && last_info.si_code == INVALID_CODE);
	if (sigsetjmp(jump, 1) == 0)
		BREAKPOINT();
	HOLDS(last == SIGTRAP && last_info.si_code == BREAKPOINT_CODE);
}

static void nests(int signal)
{
	depth++;
	deepest = depth > deepest ? depth : deepest;
	if (count++ < 3)
		raise(signal);
	depth--;
}

/* a signal blocks itself while it is handled, unless told not to */
static void test_nesting(void)
{
	struct sigaction action = {.sa_handler = nests};

	count = deepest = 0;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	HOLDS(count == 4 && deepest == 1);
	action.sa_flags = SA_NODEFER;
	count = deepest = 0;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	HOLDS(count == 4 && deepest == 4);
}

static void logs(int signal)
{
	size_t length = strlen(order);

	snprintf(order + length, sizeof(order) - length, "%s%d", length ? " " : "", signal);
	if (signal == SIGHUP) {
		raise(SIGTERM); /* in the mask of this action */
		strcat(order, ";");
	}
}

static void test_masks(void)
{
	struct sigaction action = {.sa_handler = logs}, old;
	sigset_t set, pending;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigaddset(&action.sa_mask, SIGTERM);
	sigaddset(&action.sa_mask, SIGKILL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGHUP, NULL, &old);
	HOLDS(sigismember(&old.sa_mask, SIGTERM) && !sigismember(&old.sa_mask, SIGKILL));
	HOLDS(old.sa_handler == logs);
	raise(SIGHUP);
	printf("order: %s\n", order);
	order[0] = '\0';
	sigfillset(&set);
	VALUE(sigprocmask(SIG_BLOCK, &set, NULL));
	raise(SIGUSR2);
	raise(SIGUSR2);
	raise(SIGUSR1);
	raise(SIGTERM);
	HOLDS(order[0] == '\0');
	VALUE(sigpending(&pending));
	HOLDS(sigismember(&pending, SIGUSR1) && sigismember(&pending, SIGUSR2) &&
	      !sigismember(&pending, SIGHUP));
	signal(SIGUSR1, SIG_IGN); /* forgets the one that waits */
	VALUE(sigprocmask(SIG_SETMASK, NULL, &set));
	HOLDS(!sigismember(&set, SIGKILL) && !sigismember(&set, SIGSTOP));
	sigfillset(&set);
	VALUE(sigprocmask(SIG_UNBLOCK, &set, NULL));
	printf("order: %s\n", order);
	VALUE(sigpending(&pending));
	HOLDS(sigisemptyset(&pending));
}

static void queue_logs(int signal, siginfo_t *info, void *context)
{
	size_t length = strlen(order);

	(void)context;
	snprintf(order + length, sizeof(order) - length, " %d:%d", signal - SIGRTMIN,
		 info->si_value.sival_int);
	last_info = *info;
}

/* real-time signals queue, in the order of their numbers, then of their coming */
static void test_queue(void)
{
	struct sigaction action = {.sa_sigaction = queue_logs, .sa_flags = SA_SIGINFO};
	sigset_t set;

	order[0] = '\0';
	sigfillset(&set);
	sigfillset(&action.sa_mask);
	sigaction(SIGRTMIN + 2, &action, NULL);
	sigaction(SIGRTMIN + 3, &action, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 3; i++) {
		VALUE(sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = 10 + i}));
		VALUE(sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = i}));
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	printf("queue:%s\n", order);
	HOLDS(last_info.si_code == SI_QUEUE && last_info.si_pid == getpid());
	VALUE(sigqueue(getpid(), 65, (union sigval){.sival_int = 0}));
	VALUE(sigqueue(getpid(), 0, (union sigval){.sival_int = 0}));
}

/* what waits is bounded, and comes out again */
static void test_full_queue(void)
{
	sigset_t set = set_of(SIGRTMIN + 5), pending;
	int sent = 0, got = 0;
	struct timespec zero = {0, 0};

	sigprocmask(SIG_BLOCK, &set, NULL);
	while (sent < 100000 &&
	       sigqueue(getpid(), SIGRTMIN + 5, (union sigval){.sival_int = sent}) == 0)
		sent++;
	HOLDS(sent >= 100 && sent < 100000 && errno == EAGAIN);
	VALUE(kill(getpid(), SIGUSR1)); /* others are still sent */
	while (sigtimedwait(&set, &last_info, &zero) > 0 && last_info.si_value.sival_int == got)
		got++;
	HOLDS(got == sent);
	VALUE(sigpending(&pending));
	HOLDS(!sigismember(&pending, SIGRTMIN + 5));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void test_flags(void)
{
	struct sigaction action = {.sa_handler = simple, .sa_flags = (int)SA_RESETHAND}, old;

	count = 0;
	sigaction(SIGWINCH, &action, NULL);
	raise(SIGWINCH);
	raise(SIGWINCH); /* by now ignored */
	sigaction(SIGWINCH, NULL, &old);
	HOLDS(count == 1 && old.sa_handler == SIG_DFL);
	signal(SIGTERM, SIG_IGN);
	raise(SIGTERM);
	signal(SIGCHLD, SIG_DFL);
	raise(SIGCHLD);
	HOLDS(count == 1);
}

static void test_errors(void)
{
	struct sigaction action = {.sa_handler = simple};
	uint64_t set = 0;

	VALUE(sigaction(SIGKILL, &action, NULL));
	VALUE(sigaction(SIGSTOP, &action, NULL));
	VALUE(sigaction(SIGKILL, NULL, &action));
	VALUE(sigaction(0, &action, NULL));
	VALUE(sigaction(65, &action, NULL));
	VALUE(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
	VALUE(syscall(SYS_rt_sigaction, SIGUSR1, 8, NULL, 8));
	VALUE(syscall(SYS_rt_sigprocmask, 7, &set, NULL, 8));
	VALUE(syscall(SYS_rt_sigprocmask, 7, NULL, NULL, 8));
	VALUE(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 16));
	VALUE(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 8, NULL, 8));
	VALUE(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, 8, 8));
	VALUE(syscall(SYS_rt_sigpending, &set, 16));
	VALUE(syscall(SYS_rt_sigpending, 8, 8));
	VALUE(syscall(SYS_rt_sigpending, &set, 4));
	VALUE(kill(getpid(), 65));
	VALUE(kill(getpid(), -1));
	VALUE(kill(getpid(), 0));
	VALUE(kill(1 << 21, SIGUSR1));
	VALUE(kill(1 << 21, 0));
	VALUE(syscall(SYS_tkill, 0, SIGUSR1));
	VALUE(syscall(SYS_tkill, 1 << 21, SIGUSR1));
	VALUE(syscall(SYS_tgkill, getpid(), 1 << 21, SIGUSR1));
	VALUE(syscall(SYS_tgkill, getpid(), -1, SIGUSR1));
	VALUE(syscall(SYS_tgkill, getpid(), getpid(), 99));
	VALUE(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, 8));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_raise();
	test_faults();
	test_nesting();
	test_masks();
	test_queue();
	test_full_queue();
	test_flags();
	test_errors();
	return 0;
}
