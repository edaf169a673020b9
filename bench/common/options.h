/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Command lines of the benchmarks: positional arguments and long options with a value, described by
 * one table from which --help is printed, too. Wrong usage is one sentence on stderr and status 2.
 */
#ifndef BENCH_COMMON_OPTIONS_H
#define BENCH_COMMON_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum {
	STATUS_VERIFIED = 0,
	STATUS_FAILED = 1, /* not verified, or could not run */
	STATUS_USAGE = 2,
	OPTIONS_RUN = -1, /* go on */
};

enum option_kind {
	OPTION_WHOLE, /* uint64_t, decimal, low to high */
	OPTION_REAL,  /* double, low to high */
	OPTION_TEXT,  /* const char *, not empty */
};

struct option {
	const char *name;     /* "--name", or of a positional argument: "NAME" */
	const char *argument; /* what stands for the value in the help; NULL when positional */
	const char *help;     /* with its default; one line */
	enum option_kind kind;
	double low, high;
	void *value; /* holds the default */
};

struct program {
	const char *name;
	const char *summary; /* what it measures, whole lines */
	const struct option *options;
	size_t option_count;
};

/*
 * Fills in the values that argv gives; `--name VALUE` and `--name=VALUE` are alike. Returns
 * OPTIONS_RUN, or the status to end with: 0 after --help, STATUS_USAGE after a sentence on stderr.
 */
int options_parse(const struct program *program, int argc, char **argv);

/* A sentence of the program on stderr; returns STATUS_USAGE, for values that only it can judge. */
int options_refuse(const struct program *program, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
