/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The smallest whole program: both output streams, one argument, one environment variable, an exit status.
 *   hello [STATUS]      BH_NAME in the environment is greeted
 */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	const char *name = getenv("BH_NAME");

	printf("hello, %s\n", name ? name : "world");
	fflush(stdout);
	fprintf(stderr, "hello, stderr\n");
	return argc > 1 ? atoi(argv[1]) : 0;
}
