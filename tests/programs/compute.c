/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Computes, and does nothing else: executes exactly so many instructions in a loop of two, without memory access or system call.
 *   compute MILLIONS
 */
#include <machine.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	unsigned long millions = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	unsigned long rounds = millions * 500000;

	if (rounds == 0)
		return 2;
	COMPUTE(rounds);
	printf("computed %lu million instructions\n", millions);
	return 0;
}
