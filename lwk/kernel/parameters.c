/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Boot parameters: words name=value on the kernel command line.
 */
#include <lib/string.h>
#include <lwk/clock.h>
#include <lwk/log.h>
#include <lwk/parameters.h>
#include <lwk/progress.h>
#include <lwk/sched.h>

#define HZ_MAX      100000u
#define US_MAX      100000000u
#define SECONDS_MAX 86400u

static bool set_tick(unsigned long value)
{
	if (value <= HZ_MAX)
		sched_set_tick(value ? NS_PER_SECOND / value : 0);
	return value <= HZ_MAX;
}

static bool set_quantum(unsigned long value)
{
	if (value == 0 || value > US_MAX)
		return false;
	sched_set_quantum(value * 1000);
	return true;
}

static bool set_watchdog(unsigned long value)
{
	if (value <= SECONDS_MAX)
		progress_set_limit(value);
	return value <= SECONDS_MAX;
}

static bool set_loglevel(unsigned long value)
{
	if (value <= LOG_DEBUG)
		log_set_level((unsigned)value);
	return value <= LOG_DEBUG;
}

struct parameter {
	const char *name;
	bool (*set)(unsigned long value); /* false: out of range */
};

static const struct parameter parameters[] = {
	{"tick", set_tick},       /* Hz; 0 = tickless */
	{"quantum", set_quantum}, /* us */
	{"loglevel", set_loglevel},
	{"watchdog", set_watchdog}, /* s; 0 = off */
};

static void word_apply(const char *word, size_t length)
{
	const char *equals = memchr(word, '=', length);
	size_t name_length = equals ? (size_t)(equals - word) : length;

	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		char *end;
		unsigned long value;

		if (strlen(parameters[i].name) != name_length ||
		    memcmp(parameters[i].name, word, name_length) != 0)
			continue;
		value = equals ? strtoul(equals + 1, &end, 10) : 0;
		if (!equals || end == equals + 1 || end != word + length ||
		    !parameters[i].set(value))
			log_warn("boot parameter %.*s is ignored: bad value", (int)length, word);
		return;
	}
	log_warn("boot parameter %.*s is not known and ignored", (int)length, word);
}

void parameters_apply(const char *line)
{
	while (*line) {
		size_t length = 0;

		while (line[length] && line[length] != ' ')
			length++;
		if (length > 0)
			word_apply(line, length);
		line += length;
		while (*line == ' ')
			line++;
	}
}
