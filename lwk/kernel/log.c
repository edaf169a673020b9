/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel log. Lines wait in a buffer until the role knows where they go. log_lock keeps lines
 * whole; a panic takes it with a limit, as its holder may be the one that failed.
 */
#include <lib/fmt.h>
#include <lwk/clock.h>
#include <lwk/log.h>
#include <lwk/log_sink.h>
#include <lwk/spinlock.h>
#include <string.h>

#define LINE_MAX  256u
#define EARLY_MAX 4096u

static struct spinlock log_lock;
static unsigned level_max = LOG_INFO;
static void (*sink)(const char *text, size_t size);
static char early[EARLY_MAX];
static size_t early_used;

void log_set_level(unsigned level)
{
	level_max = level;
}

static void line_write(const char *line, size_t size)
{
	if (sink) {
		sink(line, size);
	} else if (size <= EARLY_MAX - early_used) {
		memcpy(early + early_used, line, size);
		early_used += size;
	}
}

void log_set_sink(void (*write)(const char *text, size_t size))
{
	uint64_t flags = spin_lock_irq(&log_lock);

	sink = write;
	if (early_used)
		sink(early, early_used);
	early_used = 0;
	spin_unlock_irq(&log_lock, flags);
}

void log_vprint(enum log_level level, const char *format, va_list args)
{
	uint64_t us = time_boot_ns() / 1000;
	char line[LINE_MAX];
	size_t used, flags;

	if (level > level_max)
		return;
	used = fmt_print(line, sizeof(line), "[%5lu.%06lu] ", us / 1000000, us % 1000000);
	used += fmt_vprint(line + used, sizeof(line) - used - 1, format, args);
	if (used > sizeof(line) - 2)
		used = sizeof(line) - 2;
	fmt_sanitize(line, used);
	line[used++] = '\n';
	flags = spin_lock_irq(&log_lock);
	line_write(line, used);
	spin_unlock_irq(&log_lock, flags);
}

void log_print(enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vprint(level, format, args);
	va_end(args);
}

void log_break_lock(void)
{
	memset(&log_lock, 0, sizeof(log_lock));
}
