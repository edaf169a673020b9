/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ends by the signal that its argument names: raised by the hardware's complaint where there is one. Prints "survived" and
 * exits with 99 if it lives on. "ignored" must live on: signals whose default action is to do nothing, or that are ignored.
 *   signals_fatal null|wild|kernel|readonly|exec|stack|illegal|trap|abort|unaligned|together|ignored|NUMBER
 * "together": four threads do it at the same time.
 */
#include "recurse.h"
#include <machine.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char constant[] = "not to be written";
static char data[64] __attribute__((aligned(16)));

static void write_at(uintptr_t address)
{
	*(volatile char *)address = 1;
}

static void call_data(void)
{
	void (*function)(void);
	char *at = data;

	memcpy(&function, &at, sizeof(function));
	function();
}

static atomic_int missing = 4;

static void *write_together(void *unused)
{
	for (missing--; missing > 0;)
		; /* whoever sleeps wakes up later than others */
	write_at(UINT64_C(0x123456789000));
	return unused;
}

static void start_together(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, write_together, NULL);
	write_together(NULL);
}

static void raise_ignored(void)
{
	raise(SIGCHLD);
	raise(SIGURG);
	raise(SIGWINCH);
	raise(SIGCONT);
	signal(SIGUSR1, SIG_IGN);
	raise(SIGUSR1);
	signal(SIGTERM, SIG_IGN);
	raise(SIGTERM);
	raise(0);
	printf("invalid signal: %s\n", raise(1000) ? "refused" : "accepted");
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	printf("before %s\n", how);
	fflush(stdout);
	if (!strcmp(how, "null"))
		write_at(0);
	else if (!strcmp(how, "wild"))
		write_at(UINT64_C(0x123456789000));
	else if (!strcmp(how, "kernel"))
		write_at(UINT64_C(0xffff000000000000));
	else if (!strcmp(how, "readonly"))
		write_at((uintptr_t)constant);
	else if (!strcmp(how, "exec"))
		call_data();
	else if (!strcmp(how, "stack"))
		recurse(0);
	else if (!strcmp(how, "illegal"))
		INVALID_INSTRUCTION();
	else if (!strcmp(how, "trap"))
		BREAKPOINT();
	else if (!strcmp(how, "unaligned"))
		UNALIGNED(data + 1);
	else if (!strcmp(how, "abort"))
		abort();
	else if (!strcmp(how, "together"))
		start_together();
	else if (!strcmp(how, "ignored"))
		raise_ignored();
	else
		raise(atoi(how));
	puts("survived");
	return 99;
}
