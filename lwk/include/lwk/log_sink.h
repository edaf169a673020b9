/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The far end of the log, for the boot code and panic.
 */
#ifndef LWK_LOG_SINK_H
#define LWK_LOG_SINK_H

#include <lwk/log.h>

/* From now on lines go to `write`, those first that have waited. */
void log_set_sink(void (*write)(const char *text, size_t size));
void log_vprint(enum log_level level, const char *format, va_list args);
/* For a panic, when the other cores are stopped: whoever held the log's lock does not come back. */
void log_break_lock(void);

#endif
