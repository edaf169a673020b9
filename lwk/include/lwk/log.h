/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel log: lines with a time stamp, on the console of the kernel's role, sanitized. Loglevel
 * (boot parameter loglevel=) is the highest level that is printed; default LOG_INFO. May be called
 * from anywhere, interrupt handlers included.
 */
#ifndef LWK_LOG_H
#define LWK_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_INFO = 6, LOG_DEBUG = 7 };

/* one line, without newline; cut at 255 bytes */
void log_print(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_set_level(unsigned level);

#define log_error(...) log_print(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_print(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_print(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_print(LOG_DEBUG, __VA_ARGS__)

/*
 * Prints, with registers and a backtrace, stops the other cores, and powers off. For the kernel's
 * own faults only.
 */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool panic_is_active(void);

#endif
