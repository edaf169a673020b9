/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Command lines of the benchmarks. Nothing of what the user wrote is guessed: a value that is not
 * wholly a number of the range, and an option that is not in the table, is wrong usage.
 */
#include <bench/common/options.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 24

static bool is_positional(const struct option *option)
{
	return option->argument == NULL;
}

int options_refuse(const struct program *program, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "; see %s --help.\n", program->name);
	return STATUS_USAGE;
}

static void print_usage(const struct program *program)
{
	unsigned optional = 0;

	printf("usage: %s", program->name);
	for (size_t i = 0; i < program->option_count; i++)
		if (!is_positional(&program->options[i]))
			printf(" [%s %s]", program->options[i].name, program->options[i].argument);
	for (size_t i = 0; i < program->option_count; i++)
		if (is_positional(&program->options[i])) {
			printf(" [%s", program->options[i].name);
			optional++;
		}
	while (optional-- > 0)
		printf("]");
	printf("\n");
}

static void print_help(const struct program *program)
{
	print_usage(program);
	printf("%s", program->summary);
	for (size_t i = 0; i < program->option_count; i++) {
		const struct option *option = &program->options[i];
		const char *argument = is_positional(option) ? "" : option->argument;
		int width = (int)(strlen(option->name) + strlen(argument)) + 1;

		printf("  %s %s%*s%s\n", option->name, argument,
		       width < HELP_COLUMN ? HELP_COLUMN - width : 1, "", option->help);
	}
	printf("OMP_NUM_THREADS in the environment says how many threads run.\n"
	       "Status: 0 verified, 1 not, 2 wrong usage.\n");
}

static bool parse_whole(const char *text, const struct option *option)
{
	char *end;
	unsigned long long number;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0 || *text < '0' || *text > '9' || *end != '\0')
		return false;
	if ((double)number < option->low || (double)number > option->high)
		return false;
	*(uint64_t *)option->value = number;
	return true;
}

static bool parse_real(const char *text, const struct option *option)
{
	char *end;
	double number;

	if (text[0] == '\0' || text[strspn(text, "0123456789.")] != '\0')
		return false;
	number = strtod(text, &end);
	if (*end != '\0' || number < option->low || number > option->high)
		return false;
	*(double *)option->value = number;
	return true;
}

static int take_value(const struct program *program, const struct option *option, const char *text)
{
	bool valid = false;

	switch (option->kind) {
	case OPTION_WHOLE:
		valid = parse_whole(text, option);
		break;
	case OPTION_REAL:
		valid = parse_real(text, option);
		break;
	case OPTION_TEXT:
		valid = text[0] != '\0';
		*(const char **)option->value = text;
		break;
	}
	if (valid)
		return OPTIONS_RUN;
	if (option->kind == OPTION_TEXT)
		return options_refuse(program, "%s must not be empty", option->name);
	return options_refuse(program, "%s must be a %snumber from %.12g to %.12g, not \"%s\"",
			      option->name, option->kind == OPTION_WHOLE ? "whole " : "",
			      option->low, option->high, text);
}

/* the option that `word` names, which may go on with =VALUE */
static const struct option *find_named(const struct program *program, const char *word)
{
	size_t length = strcspn(word, "=");

	for (size_t i = 0; i < program->option_count; i++) {
		const struct option *option = &program->options[i];

		if (!is_positional(option) && strlen(option->name) == length &&
		    strncmp(option->name, word, length) == 0)
			return option;
	}
	return NULL;
}

static const struct option *find_positional(const struct program *program, unsigned position)
{
	for (size_t i = 0; i < program->option_count; i++)
		if (is_positional(&program->options[i]) && position-- == 0)
			return &program->options[i];
	return NULL;
}

/* `*at` is the word's place in argv, and the place of its last word afterwards */
static int take_named(const struct program *program, int argc, char **argv, int *at)
{
	const char *word = argv[*at];
	const char *value = strchr(word, '=');
	const struct option *option = find_named(program, word);

	if (option == NULL)
		return options_refuse(program, "there is no option \"%s\"", word);
	if (value != NULL)
		return take_value(program, option, value + 1);
	if (*at + 1 == argc)
		return options_refuse(program, "%s needs a value", word);
	*at += 1;
	return take_value(program, option, argv[*at]);
}

int options_parse(const struct program *program, int argc, char **argv)
{
	unsigned positions = 0;
	int status = OPTIONS_RUN;

	for (int i = 1; i < argc && status == OPTIONS_RUN; i++) {
		const struct option *option;

		if (strcmp(argv[i], "--help") == 0) {
			print_help(program);
			return STATUS_VERIFIED;
		}
		if (argv[i][0] == '-') {
			status = take_named(program, argc, argv, &i);
			continue;
		}
		option = find_positional(program, positions++);
		if (option == NULL)
			return options_refuse(program, "\"%s\" is one argument too many", argv[i]);
		status = take_value(program, option, argv[i]);
	}
	return status;
}
