/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sending signals, within the process and to children; what a handler is told; faults with their codes and addresses; what
 * each signal does by default.
 */
#include <machine.h>
#include "conform.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>

CONFORM(kill,
	"kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo rt_sigreturn wait4 restart_syscall");

static siginfo_t seen;
static volatile sig_atomic_t seen_signal;
static sigjmp_buf back;
static char *page;

static void look(int signal, siginfo_t *info, void *context)
{
	(void)context;
	seen_signal = signal;
	seen = *info;
}

static void look_and_leave(int signal, siginfo_t *info, void *context)
{
	look(signal, info, context);
	siglongjmp(back, 1);
}

static void catch_with(int signal, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	need(sigaction(signal, &action, NULL) == 0, "sigaction");
}

static void check_errors(void)
{
	VALUE(SYS(kill, getpid(), 0));
	VALUE(SYS(kill, 0, 0));
	VALUE(SYS(kill, getpid(), 65));
	VALUE(SYS(kill, getpid(), -1));
	VALUE(SYS(kill, 999999, 0));
	VALUE(SYS(kill, 999999, 65));
	VALUE(SYS(tkill, 0, 0));
	VALUE(SYS(tkill, -1, 0));
	VALUE(SYS(tkill, 999999, 0));
	VALUE(SYS(tkill, SYS(gettid), 0));
	VALUE(SYS(tkill, SYS(gettid), 65));
	VALUE(SYS(tgkill, getpid(), SYS(gettid), 0));
	VALUE(SYS(tgkill, getpid(), SYS(gettid), 65));
	VALUE(SYS(tgkill, 0, SYS(gettid), 0));
	VALUE(SYS(tgkill, getpid(), 0, 0));
	VALUE(SYS(tgkill, -1, SYS(gettid), 0));
	VALUE(SYS(tgkill, 999999, SYS(gettid), 0));
	VALUE(SYS(tgkill, getpid(), 999999, 0));
	VALUE(SYS(tgkill, 1, SYS(gettid), 0));
}

static void show_seen(const char *what)
{
	printf("%s: signal %d code %d, from us %d\n", what, seen_signal, seen.si_code,
	       seen.si_pid == getpid());
	seen_signal = 0;
}

static void check_information(void)
{
	const union sigval value = {.sival_int = 77};

	catch_with(SIGUSR1, look);
	catch_with(SIGRTMIN, look);
	VALUE(SYS(kill, getpid(), SIGUSR1));
	show_seen("kill");
	VALUE(SYS(tkill, SYS(gettid), SIGUSR1));
	show_seen("tkill");
	VALUE(SYS(tgkill, getpid(), SYS(gettid), SIGRTMIN));
	show_seen("tgkill");
	VALUE(setpgid(0, 0)); /* a group without our parent */
	VALUE(SYS(kill, 0, SIGUSR1));
	show_seen("kill of the group");
	VALUE(sigqueue(getpid(), SIGRTMIN, value));
	show_seen("sigqueue");
	VALUE(seen.si_value.sival_int);
	VALUE(sigqueue(999999, SIGRTMIN, value));
	VALUE(sigqueue(getpid(), 65, value));
	seen.si_code = SI_QUEUE;
	BAD_READ(p, SYS(rt_sigqueueinfo, getpid(), SIGRTMIN, p));
	VALUE(SYS(rt_tgsigqueueinfo, getpid(), 999999, SIGRTMIN, &seen));
	VALUE(SYS(rt_tgsigqueueinfo, getpid(), -1, SIGRTMIN, &seen));
	VALUE(pthread_sigqueue(pthread_self(), SIGRTMIN, value));
	show_seen("pthread_sigqueue");
}

static volatile int order[8];
static volatile unsigned order_count;

static void note(int signal, siginfo_t *info, void *context)
{
	(void)context;
	order[order_count++ % 8] = (signal == SIGUSR1 ? 100 : 200) + info->si_value.sival_int;
}

/* real-time signals are kept, each of them, in their order */
static void check_queue(void)
{
	sigset_t set;

	catch_with(SIGRTMIN + 1, note);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 1; i <= 4; i++)
		need(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i}) == 0,
		     "sigqueue");
	VALUE(order_count);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	VALUE(order_count);
	printf("%d %d %d %d\n", order[0], order[1], order[2], order[3]);
}

/* runs an access that faults */
#define FAULT(access)                                                                      \
	do {                                                                               \
		seen_signal = 0;                                                           \
		if (sigsetjmp(back, 1) == 0) {                                             \
			access;                                                            \
			puts(#access ": nothing");                                         \
		} else {                                                                   \
			printf("%s: signal %d code %d, address in the page %d\n", #access, \
			       seen_signal, seen.si_code,                                  \
			       (char *)seen.si_addr >= page &&                             \
				       (char *)seen.si_addr < page + 4096);                \
		}                                                                          \
	} while (0)

static void check_faults(void)
{
	volatile int value = 0;

	page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	catch_with(SIGSEGV, look_and_leave);
	catch_with(SIGBUS, look_and_leave);
	catch_with(SIGILL, look_and_leave);
	catch_with(SIGFPE, look_and_leave);
	catch_with(SIGTRAP, look_and_leave);
	FAULT(value = *wild_pointer);
	FAULT(*wild_pointer = value);
	FAULT(*(volatile char *)(page + 8) = 1);
	FAULT(((void (*)(void))page)());
	need(mprotect(page, 4096, PROT_NONE) == 0, "mprotect");
	FAULT(value = *(volatile char *)page);
	need(munmap(page, 4096) == 0, "munmap");
	FAULT(value = *(volatile char *)page);
	FAULT(value = *(volatile char *)UINT64_C(0xffff000000001000));
	FAULT(value = *(volatile char *)(UINT64_C(1) << 52));
	FAULT(INVALID_INSTRUCTION());
	FAULT(PRIVILEGED());
	FAULT(HYPERCALL());
	FAULT(JUMP(2));
	/* the page is nothing any more: of code, no address in it */
	page = (char *)check_faults;
	FAULT(BREAKPOINT());
}

#define BY_DEFAULT(signal_)                         \
	CONFORM_CHILD(default_##signal_);           \
	static void conform_default_##signal_(void) \
	{                                           \
		signal(SIG##signal_, SIG_DFL);      \
		raise(SIG##signal_);                \
		puts("goes on");                    \
	}                                           \
	_Static_assert(SIG##signal_ > 0, "a signal")
BY_DEFAULT(HUP);
BY_DEFAULT(INT);
BY_DEFAULT(QUIT);
BY_DEFAULT(ILL);
BY_DEFAULT(TRAP);
BY_DEFAULT(ABRT);
BY_DEFAULT(BUS);
BY_DEFAULT(FPE);
BY_DEFAULT(USR1);
BY_DEFAULT(SEGV);
BY_DEFAULT(USR2);
BY_DEFAULT(PIPE);
BY_DEFAULT(ALRM);
BY_DEFAULT(TERM);
BY_DEFAULT(CHLD);
BY_DEFAULT(CONT);
BY_DEFAULT(URG);
BY_DEFAULT(XCPU);
BY_DEFAULT(XFSZ);
BY_DEFAULT(VTALRM);
BY_DEFAULT(PROF);
BY_DEFAULT(WINCH);
BY_DEFAULT(IO);
BY_DEFAULT(PWR);
BY_DEFAULT(SYS);

/* a fault cannot be ignored or blocked away */
CONFORM_CHILD(fault_ignored);
static void conform_fault_ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	*wild_pointer = 1;
	puts("goes on");
}

CONFORM_CHILD(fault_blocked);
static void conform_fault_blocked(void)
{
	sigset_t all;

	catch_with(SIGSEGV, look);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	*wild_pointer = 1;
	puts("goes on");
}

CONFORM_CHILD(fault_without_stack);
static void conform_fault_without_stack(void)
{
	catch_with(SIGSEGV, look);
	FAULT_AT_STACK(UINT64_C(0x1000));
}

CONFORM_CHILD(aborts);
static void conform_aborts(void)
{
	signal(SIGABRT, SIG_IGN);
	abort();
}

static void check_defaults(void)
{
	static const char *const names[] = {
		"HUP",  "INT",    "QUIT", "ILL",   "TRAP", "ABRT", "BUS",  "FPE", "USR1",
		"SEGV", "USR2",   "PIPE", "ALRM",  "TERM", "CHLD", "CONT", "URG", "XCPU",
		"XFSZ", "VTALRM", "PROF", "WINCH", "IO",   "PWR",  "SYS"};
	char name[32];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "default_%s", names[i]);
		child_report(name);
	}
	child_report("fault_ignored");
	child_report("fault_blocked");
	child_report("fault_without_stack");
	child_report("aborts");
}

CONFORM_CHILD(sleeps);
static void conform_sleeps(void)
{
	for (;;)
		pause();
}

static void check_children(void)
{
	int status = 0, pid = child_start("sleeps");

	VALUE(kill(pid, 0));
	VALUE(waitpid(pid, &status, WNOHANG));
	VALUE(kill(pid, SIGTERM));
	HOLDS(waitpid(pid, &status, 0) == pid);
	status_report("terminated", status);
	VALUE(kill(pid, 0));
	pid = child_start("sleeps");
	VALUE(kill(pid, SIGKILL));
	HOLDS(waitpid(-1, &status, 0) == pid);
	status_report("killed", status);
	VALUE(waitpid(-1, &status, 0));
}

static void conform_kill(void)
{
	check_errors();
	check_information();
	check_queue();
	check_faults();
	check_defaults();
	check_children();
}
