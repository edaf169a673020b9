/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Linked into a benchmark (-Wl,--wrap=clock_gettime): its readings of the clock become readings
 * of the counter, which need no system call, are kept, and come out on stderr at the
 * end: "counted HZ START END READING...". START is read before main, END after it. On a
 * deterministic node the differences are instructions.
 */
#include <count.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define READINGS_MAX 4096u
#define SECOND_NS    UINT64_C(1000000000)

static uint64_t readings[READINGS_MAX];
static unsigned reading_count;
static uint64_t start;

/* in place of clock_gettime, by the linker */
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	uint64_t value = count_read(), hz = count_hz();

	(void)clock;
	if (reading_count < READINGS_MAX)
		readings[reading_count++] = value;
	time->tv_sec = (time_t)(value / hz);
	time->tv_nsec = (long)(value % hz * SECOND_NS / hz);
	return 0;
}

static __attribute__((constructor)) void count_start(void)
{
	start = count_read();
}

static __attribute__((destructor)) void count_end(void)
{
	static char text[READINGS_MAX * 24]; /* one write */
	uint64_t end = count_read();

	setvbuf(stderr, text, _IOFBF, sizeof(text));
	fprintf(stderr, "counted %llu %llu %llu", (unsigned long long)count_hz(),
		(unsigned long long)start, (unsigned long long)end);
	for (unsigned i = 0; i < reading_count; i++)
		fprintf(stderr, " %llu", (unsigned long long)readings[i]);
	fprintf(stderr, "\n");
}
