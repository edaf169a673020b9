/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a program finds on its first stack: arguments and environment as they were given, terminated, in order,
 * strings one behind the other as Linux lays them out. Only variables that begin with BH_ are printed.
 */
#include "report.h"
#include <string.h>

extern char **environ;

static void print_quoted(const char *text)
{
	putchar('"');
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			printf("\\x%02x", *c);
		else
			putchar(*c);
	}
	putchar('"');
}

static int strings_adjoin(char **strings)
{
	for (; strings[0] && strings[1]; strings++)
		if (strings[1] != strings[0] + strlen(strings[0]) + 1)
			return 0;
	return 1;
}

int main(int argc, char **argv)
{
	printf("argc %d\n", argc);
	for (int i = 1; i < argc; i++) {
		printf("argv[%d] %zu ", i, strlen(argv[i]));
		print_quoted(argv[i]);
		putchar('\n');
	}
	HOLDS(argv[argc] == NULL);
	HOLDS(environ == argv + argc + 1);
	HOLDS(strings_adjoin(argv));
	HOLDS(strings_adjoin(environ));
	HOLDS(!environ[0] || environ[0] == argv[argc - 1] + strlen(argv[argc - 1]) + 1);
	for (char **e = environ; *e; e++) {
		if (strncmp(*e, "BH_", 3))
			continue;
		print_quoted(*e);
		putchar('\n');
	}
	return 0;
}
