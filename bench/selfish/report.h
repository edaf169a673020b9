/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The output of selfish-detour: summary and histogram as text, every detour in a file. */
#ifndef BENCH_SELFISH_REPORT_H
#define BENCH_SELFISH_REPORT_H

#include <bench/selfish/statistics.h>

void statistics_print(const struct statistics *statistics);
void recording_print(unsigned thread, const struct recording *recording, uint64_t hz);

/*
 * One line a detour, "THREAD TIME_NS LENGTH_NS" in decimal, by thread and time; TIME_NS counts from
 * a common origin shortly before the first thread began. Lines that begin with # are remarks.
 * False, with a sentence on stderr, when the file cannot be written.
 */
bool raw_write(const char *path, const struct recording *recordings, unsigned threads, uint64_t hz);

#endif
