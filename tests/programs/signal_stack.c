/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Alternate stacks: what sigaltstack says and refuses, which handlers run there, and a handler that runs because the
 * ordinary stack is full.
 */
#include "recurse.h"
#include "report.h"
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_SIZE 65536

static char stack_memory[STACK_SIZE] __attribute__((aligned(16)));
static sigjmp_buf jump;
static volatile int was_on_stack, flags_within, context_flags;
static volatile int change_result, change_error;

static int is_on_stack(const void *at)
{
	return (const char *)at >= stack_memory && (const char *)at < stack_memory + STACK_SIZE;
}

static void look(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	stack_t stack, other = {.ss_sp = stack_memory, .ss_size = STACK_SIZE};
	char here;

	(void)signal, (void)info;
	was_on_stack = is_on_stack(&here);
	sigaltstack(NULL, &stack);
	flags_within = stack.ss_flags;
	context_flags = uc->uc_stack.ss_flags;
	errno = 0;
	change_result = sigaltstack(&other, NULL);
	change_error = errno;
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};

	VALUE(sigaction(signal, &action, NULL));
}

/* without the C library, which may refuse small stacks itself */
static long set_stack(const stack_t *new, stack_t *old)
{
	return syscall(SYS_sigaltstack, new, old);
}

static void test_calls(void)
{
	stack_t stack, new = {.ss_sp = stack_memory, .ss_size = STACK_SIZE};

	VALUE(sigaltstack(NULL, &stack));
	HOLDS(stack.ss_flags == SS_DISABLE && stack.ss_size == 0);
	new.ss_size = 5119;
	VALUE(set_stack(&new, NULL));
	new.ss_size = 5120;
	VALUE(set_stack(&new, NULL));
	new.ss_flags = 4;
	VALUE(set_stack(&new, NULL));
	new.ss_flags = 0;
	new.ss_size = STACK_SIZE;
	VALUE(set_stack(&new, &stack));
	HOLDS(stack.ss_sp == stack_memory && stack.ss_size == 5120 && stack.ss_flags == 0);
	VALUE(syscall(SYS_sigaltstack, 8, NULL));
	VALUE(syscall(SYS_sigaltstack, NULL, 8));
}

static void test_handlers(void)
{
	stack_t stack;

	handle(SIGUSR1, look, SA_ONSTACK);
	handle(SIGUSR2, look, 0);
	raise(SIGUSR1);
	HOLDS(was_on_stack && flags_within == SS_ONSTACK && context_flags == 0);
	printf("changed within: %d %s\n", change_result, errno_name(change_error));
	raise(SIGUSR2);
	HOLDS(!was_on_stack && flags_within == 0);
	printf("changed outside: %d\n", change_result);
	VALUE(sigaltstack(NULL, &stack));
	HOLDS(stack.ss_flags == 0 && stack.ss_sp == stack_memory);
}

static void overflowed(int signal, siginfo_t *info, void *context)
{
	char here;

	(void)info, (void)context;
	was_on_stack = is_on_stack(&here);
	siglongjmp(jump, signal);
}

static void test_overflow(void)
{
	handle(SIGSEGV, overflowed, SA_ONSTACK);
	for (volatile int i = 0; i < 3; i++) {
		was_on_stack = 0;
		if (sigsetjmp(jump, 1) == 0)
			recurse(0);
		HOLDS(was_on_stack);
	}
}

static void nested(int signal)
{
	char here;

	was_on_stack += is_on_stack(&here);
	if (signal == SIGUSR1)
		raise(SIGUSR2);
}

/* the second handler goes below the first, on the same stack */
static void test_nested(void)
{
	struct sigaction action = {.sa_handler = nested, .sa_flags = SA_ONSTACK};

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	was_on_stack = 0;
	raise(SIGUSR1);
	HOLDS(was_on_stack == 2);
}

static void test_autodisarm(void)
{
	stack_t stack = {.ss_sp = stack_memory, .ss_size = STACK_SIZE};

	stack.ss_flags = (int)(1u << 31); /* SS_AUTODISARM */
	VALUE(sigaltstack(&stack, NULL));
	handle(SIGUSR1, look, SA_ONSTACK);
	raise(SIGUSR1);
	HOLDS(was_on_stack && flags_within == SS_DISABLE);
	printf("changed within: %d\n", change_result);
	VALUE(sigaltstack(NULL, &stack));
	HOLDS(stack.ss_flags == (int)(1u << 31) && stack.ss_sp == stack_memory);
	stack = (stack_t){.ss_flags = SS_DISABLE};
	VALUE(sigaltstack(&stack, NULL));
	raise(SIGUSR1);
	HOLDS(!was_on_stack);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_calls();
	test_handlers();
	test_overflow();
	test_nested();
	test_autodisarm();
	return 0;
}
