/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A program that is traced by itself, instruction by instruction: the exception that comes on a stack of its own.
 */
#include "../conform.h"
#include <signal.h>

CONFORM(single_step, "rt_sigaction");

static volatile int traps, code;

static void trap(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	traps++;
	code = info->si_code;
}

/* above the red zone */
static void step(void)
{
	__asm__ volatile("lea	-128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "orq	$0x100, (%%rsp)\n\t"
			 "popfq\n\t"
			 "nop\n\t"
			 "nop\n\t"
			 "pushfq\n\t"
			 "andq	$~0x100, (%%rsp)\n\t"
			 "popfq\n\t"
			 "lea	128(%%rsp), %%rsp" ::
				 : "memory", "cc");
}

static void conform_single_step(void)
{
	const struct sigaction action = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO};

	VALUE(sigaction(SIGTRAP, &action, NULL));
	step();
	printf("%d traps, code %d\n", traps, code);
}
