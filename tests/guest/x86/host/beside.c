/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK in enclaves: two side by side while Linux has work of its own; a job whose output nobody reads; a kernel that panics, one that
 * finds boot parameters that cannot be, one that hangs with interrupts off. The files are made by tests/system/test_cokernel_module.py.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "check.h"

#define LWK        "/lib/bulkhead/lwk.img"
#define PERIODS    500
#define PERIOD     10000000L /* ns */
#define SECOND     1000000000L
#define BROADCASTS 20
#define MISSED_MAX (PERIODS / 100)
#define TRIES      3 /* the machine that emulates may have had other work */
#define OUTPUT_MAX 262144
#define RINGS_MAX  200
/* the test on the build host looks at their tables then */
#define RUN          "both enclaves run"
#define LOOK_SECONDS 3

static const struct plan lwk_on[2] = {
	{.parameters = "loglevel=6", .node = 0, .memory = 48 * MIB},
	{.parameters = "loglevel=6", .node = 1, .memory = 64 * MIB},
};

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

/* Wakes up every 10 ms; how many of the times it was too late by more than that. */
static long missed_periods(void)
{
	long missed = 0, next = now();

	for (long done = 0; done < PERIODS; done++) {
		struct timespec time;
		long late;

		next += PERIOD;
		time = (struct timespec){next / SECOND, next % SECOND};
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
			;
		late = (now() - next) / PERIOD;
		missed += late;
		done += late;
		next += late * PERIOD;
	}
	return missed;
}

static pid_t spin_on(unsigned cpu)
{
	pid_t child = fork();
	cpu_set_t set;

	if (child != 0)
		return child;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (;;)
		__asm__ volatile("");
}

static void end_child(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* What a job wrote, as frames, since output_forget(). */
static char output[OUTPUT_MAX + 1];
static size_t output_size;

static void output_forget(void)
{
	output_size = 0;
}

static const char *output_of(int file)
{
	ssize_t got;

	fcntl(file, F_SETFL, O_NONBLOCK);
	while ((got = read(file, output + output_size, OUTPUT_MAX - output_size)) > 0) {
		for (ssize_t i = 0; i < got; i++)
			if (output[output_size + (size_t)i] == 0)
				output[output_size + (size_t)i] = '.';
		output_size += (size_t)got;
	}
	output[output_size] = 0;
	return output;
}

static bool output_says(int file, const char *words)
{
	output_forget();
	return check(eventually(strstr(output_of(file), words)), "the job says not '%s'", words);
}

/* The job tells what it sees, then counts, and tells which interrupts came. */
static void check_place(int file, unsigned node)
{
	char online[32], cores[64], others[64];

	snprintf(online, sizeof(online), "online %u\n", node);
	snprintf(cores, sizeof(cores), "node%u cpus 0\n", node);
	snprintf(others, sizeof(others), "node%u cpus \n", !node);
	if (!output_says(file, "counting"))
		printf("%s", log_text(file));
	check(strstr(output, online) && strstr(output, cores) && strstr(output, others) &&
		      strstr(output, node ? "distances 20 10\n" : "distances 10 20\n"),
	      "on node %u: %s", node, output);
}

static const char *last_count(const char *text)
{
	const char *last = NULL;

	for (const char *at = text; (at = strstr(at, "cpu0 ")); at++)
		if (strchr(at, '\n'))
			last = at;
	return last;
}

static void check_strays(int file)
{
	const char *last = NULL;

	output_of(file); /* what was told before */
	output_forget();
	check(eventually((last = last_count(output_of(file)))) && strstr(last, "unexpected 0\n"),
	      "strays: %.80s", last ? last : "it is silent");
}

/* Linux sends interrupts to all its CPUs, and changes code that all execute. */
static void disturb(void)
{
	int code_switch = open("/proc/sys/kernel/sched_schedstats", O_WRONLY | O_CLOEXEC);

	for (unsigned i = 0; i < BROADCASTS; i++)
		check(write(code_switch, i & 1 ? "0" : "1", 1) == 1, "the switch");
	close(code_switch);
	check(system("echo l >/proc/sysrq-trigger") == 0, "sysrq");
}

/* While two CPUs compute. */
static long missed_alone(void)
{
	pid_t spinning[2] = {spin_on(1), spin_on(2)};
	long missed = missed_periods();

	end_child(spinning[0]);
	end_child(spinning[1]);
	return missed;
}

static long least_missed(void)
{
	long least = missed_periods(), missed;

	for (unsigned i = 1; least > MISSED_MAX && i < TRIES; i++) {
		missed = missed_periods();
		least = missed < least ? missed : least;
	}
	return least;
}

/* A machine that misses as many without enclaves cannot tell. */
static void check_missed(long before, long beside)
{
	long after = beside > MISSED_MAX ? missed_alone() : 0;
	bool is_judged = before <= MISSED_MAX && after <= MISSED_MAX;

	printf("of %u periods %ld were missed, and %ld beside two enclaves%s\n", PERIODS, before,
	       beside, is_judged ? "" : ": not judged");
	check(!is_judged || beside <= MISSED_MAX,
	      "%ld periods missed, %ld and %ld without enclaves", beside, before, after);
}

void test_beside(void)
{
	long before = missed_alone(), beside;
	int files[2];

	use_files(LWK, "/lib/bulkhead/sees.cpio");
	files[0] = start(&lwk_on[0]);
	files[1] = start(&lwk_on[1]);
	check(ledger().cores == 2 && ledger().cpus[1].owner != 0 && ledger().cpus[2].owner != 0,
	      "the cores");
	for (unsigned i = 0; i < 2; i++) {
		check(ledger().units[i] == lwk_on[i].memory / ENCLAVE_UNIT, "memory on node %u", i);
		check_place(files[i], i);
	}
	printf(RUN "\n");
	sleep(LOOK_SECONDS);
	beside = least_missed();
	disturb();
	for (unsigned i = 0; i < 2; i++) {
		check_strays(files[i]);
		check(state_of(files[i]) == VMDEV_RUNNING, "it runs");
		destroy(files[i]);
	}
	check_missed(before, beside);
}

/* Nobody reads: the kernel waits for room, and does not ring without end. */
void test_flood(void)
{
	long before, after;
	int file;

	use_files(LWK, "/lib/bulkhead/job.cpio");
	file = start(&(struct plan){.parameters = "loglevel=6", .memory = 64 * MIB});
	check(eventually(poll(&(struct pollfd){.fd = file, .events = POLLIN}, 1, 0) == 1),
	      "no output");
	sleep(2);
	before = interrupts_of("bulkhead-enclave");
	sleep(1);
	after = interrupts_of("bulkhead-enclave");
	check(before > 0 && after - before < RINGS_MAX, "%ld doorbells, then %ld", before, after);
	for (unsigned i = 0; i < 20; i++) {
		output_forget();
		check(eventually(*output_of(file) != 0), "it does not go on");
	}
	destroy(file);
}

static int start_job(const char *image, const char *ramdisk)
{
	use_files(image, ramdisk);
	return start(&(struct plan){.parameters = "loglevel=6", .memory = 64 * MIB});
}

static void check_ended(int file, uint32_t cause)
{
	struct pollfd one = {.fd = file, .events = POLLOUT};
	struct bh_fault fault = {0};

	check(poll(&one, 1, 0) == 1 && (one.revents & POLLHUP), "poll: %x", one.revents);
	check(call(file, VMDEV_FAULT, &fault) == 0 && fault.cause == cause, "the record: %u",
	      fault.cause);
	check(fault.counter != 0 && fault.core != 0, "on core %u at %lu", fault.core,
	      fault.counter);
	destroy(file);
	check(ledger().cores == 0 && ledger().units[0] == 0, "the ledger");
	/* its core and its memory serve again */
	file = start_job(LWK, "/lib/bulkhead/sees.cpio");
	output_says(file, "counting");
	destroy(file);
}

/* An exception in the kernel. */
void test_panicked(void)
{
	struct cokerneldev_report report = {0};
	int file = start_job("/lib/bulkhead/panics.img", "/lib/bulkhead/syncs.cpio");

	check(reaches(file, VMDEV_ENDED) && info_of(file).cause == BH_FAULT_PANIC, "state %u",
	      state_of(file));
	check(call(file, COKERNELDEV_REPORT, &report) == 0 &&
		      strstr(report.text, "exception in the kernel: vector 6"),
	      "its report: %s", report.text);
	check_ended(file, BH_FAULT_PANIC);
}

/* Boot parameters that cannot be: it says which. The test on the build host has the values. */
void test_garbled(void)
{
	static const char *const said[] = {"number of cores",    "number of ranges",
					   "number of nodes",    "frequency of the counter",
					   "place of the image", "something is outside of",
					   "a range of memory"};

	for (unsigned i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct cokerneldev_report report = {0};
		char path[40], words[60];
		int file;

		snprintf(path, sizeof(path), "/lib/bulkhead/garbled%u.img", i);
		snprintf(words, sizeof(words), "boot record: %s", said[i]);
		use_files(path, "/lib/bulkhead/syncs.cpio");
		file = start(&(struct plan){0});
		check(reaches(file, VMDEV_ENDED) && info_of(file).cause == BH_FAULT_PANIC,
		      "%s: state %u", words, state_of(file));
		check(call(file, COKERNELDEV_REPORT, &report) == 0 && strstr(report.text, words),
		      "%s: its report: %s", words, report.text);
		destroy(file);
	}
}

/* Interrupts are off: it answers nothing, and an INIT takes it. */
void test_stuck(void)
{
	struct cokerneldev_probe probe = {.limit = 500};
	int file = start_job("/lib/bulkhead/hangs.img", "/lib/bulkhead/syncs.cpio");

	check(eventually(call(file, COKERNELDEV_PROBE, &probe) == 0 && probe.asked == 1 &&
			 probe.answered == 0),
	      "it answers");
	check(state_of(file) == VMDEV_RUNNING && call(file, VMDEV_STOP, NULL) == 0, "stop");
	check_ended(file, BH_FAULT_STOPPED);
}
