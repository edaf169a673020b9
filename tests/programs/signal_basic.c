/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Handlers in one thread: what they are told, what is blocked meanwhile, where they go back to.
 */
#include "report.h"
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile sig_atomic_t count, last;
static siginfo_t last_info;
static sigjmp_buf jump;

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
}

static void test_fault(void)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	handle(SIGSEGV, jumps, 0);
	if (sigsetjmp(jump, 1) == 0)
		*(volatile char *)page = 1;
	HOLDS(last == SIGSEGV && last_info.si_code == SEGV_ACCERR && last_info.si_addr == page);
	munmap(page, 4096);
	if (sigsetjmp(jump, 1) == 0)
		*(volatile char *)(page + 5) = 1;
	HOLDS(last_info.si_code == SEGV_MAPERR && last_info.si_addr == page + 5);
}

int main(void)
{
	test_raise();
	test_fault();
	return 0;
}
