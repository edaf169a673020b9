/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * selfish-detour (P. Beckman, K. Iskra, K. Yoshii, S. Coghlan: The Influence of Operating Systems
 * on the Performance of Collective Operations at Extreme Scale, Cluster 2006; also in Netgauge):
 * how often and for how long a core is taken from a program that only computes. One thread a core,
 * pinned, each with its own recording.
 */
#define _GNU_SOURCE /* CPU sets */
#include <bench/common/options.h>
#include <bench/common/result.h>
#include <bench/selfish/report.h>
#include <counter.h>
#include <omp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME         "selfish"
#define DETOURS_MAX  100000000u
#define SECONDS_MAX  86400.0
#define MULTIPLE_MAX 1e6

static double seconds = 1.0;
static uint64_t detours_limit = 100000;
static double multiple = 9.0;
static double threshold_ns;
static uint64_t no_ops;
static const char *raw_path;

static const struct option options[] = {
	{"--seconds", "S", "how long each thread observes (1)", OPTION_REAL, 1e-3, SECONDS_MAX,
	 &seconds},
	{"--detours", "N", "a thread ends before, after so many detours (100000)", OPTION_WHOLE, 1,
	 DETOURS_MAX, &detours_limit},
	{"--threshold", "M", "a detour takes longer than M loops (9)", OPTION_REAL, 1, MULTIPLE_MAX,
	 &multiple},
	{"--threshold-ns", "NS", "or longer than NS nanoseconds", OPTION_REAL, 1, 1e9,
	 &threshold_ns},
	{"--spacing", "N", "no-ops between two reads, in steps of 16: quicker to emulate (0)",
	 OPTION_WHOLE, 0, 1e6, &no_ops},
	{"--raw", "FILE", "every detour: thread, time and length in ns", OPTION_TEXT, 0, 0,
	 &raw_path},
};

static const struct program program = {
	NAME,
	"selfish-detour: when, and for how long, a core was taken from a program that computes.\n"
	"Threads are pinned to cores unless OMP_PROC_BIND says how.\n",
	options,
	sizeof(options) / sizeof(*options),
};

/* the run, as all threads see it */
struct run {
	struct recording *recordings;
	double *loops; /* ticks, of each thread */
	unsigned threads;
	uint64_t hz;
	double loop; /* the shortest */
	struct observation how;
};

/*
 * to the n-th of the cores that the program may use, counted round and round; OpenMP may do it
 * instead
 */
static void pin_thread(const cpu_set_t *allowed, unsigned n)
{
	cpu_set_t own;
	size_t cpu = 0;

	if (omp_get_proc_bind() != omp_proc_bind_false)
		return;
	for (n %= (unsigned)CPU_COUNT(allowed);; cpu++)
		if (CPU_ISSET(cpu, allowed) && n-- == 0)
			break;
	CPU_ZERO(&own);
	CPU_SET(cpu, &own);
	if (sched_setaffinity(0, sizeof(own), &own) != 0) {
		perror(NAME ": sched_setaffinity");
		exit(STATUS_FAILED);
	}
}

static void settle_threshold(struct run *run)
{
	run->loop = run->loops[0];
	for (unsigned i = 1; i < run->threads; i++)
		run->loop = run->loops[i] < run->loop ? run->loops[i] : run->loop;
	run->how.threshold = threshold_ticks(run->loop, multiple, threshold_ns, run->hz);
	run->how.origin = counter_read();
}

static void observe(struct run *run)
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
		perror(NAME ": sched_getaffinity");
		exit(STATUS_FAILED);
	}
#pragma omp parallel
	{
		unsigned thread = (unsigned)omp_get_thread_num();
		struct recording *recording = &run->recordings[thread];

		pin_thread(&allowed, thread);
		recording->capacity = detours_limit;
		recording->detours = memory_take(NAME, detours_limit, sizeof(struct detour));
		memset(recording->detours, 0, detours_limit * sizeof(struct detour));
		run->loops[thread] = loop_ticks(run->hz, run->how.spacing);
#pragma omp barrier
#pragma omp single
		settle_threshold(run);
		detours_record(recording, &run->how);
	}
}

static struct clock_pair read_clocks(void)
{
	struct clock_pair pair;

	pair.before = counter_read();
	pair.seconds = now_seconds();
	pair.after = counter_read();
	return pair;
}

static void print_run(const struct run *run)
{
	double tick_ns = 1e9 / (double)run->hz;

	printf("Counter: %.6f MHz\n", 1e-6 * (double)run->hz);
	printf("Loop: %.3f ns\n", run->loop * tick_ns);
	printf("Threshold: %.3f ns\n", (double)run->how.threshold * tick_ns);
	for (unsigned i = 0; i < run->threads; i++)
		recording_print(i, &run->recordings[i], run->hz);
}

static bool verify_run(const struct run *run)
{
	bool verified = true;

	for (unsigned i = 0; i < run->threads; i++)
		verified &= recording_verify(&run->recordings[i], run->how.ticks,
					     run->how.threshold);
	return verified;
}

int main(int argc, char **argv)
{
	struct run run = {0};
	struct clock_pair start, end;
	struct statistics statistics;
	int status = options_parse(&program, argc, argv);
	bool written;

	if (status != OPTIONS_RUN)
		return status;
	run.threads = (unsigned)threads_count();
	run.recordings = memory_take(NAME, run.threads, sizeof(*run.recordings));
	run.loops = memory_take(NAME, run.threads, sizeof(*run.loops));
	run.hz = counter_hz();
	run.how.spacing = no_ops / SPACING_BLOCK;
	run.how.ticks = (uint64_t)(seconds * (double)run.hz);
	printf("selfish-detour (Beckman et al.), Bulkhead's own source\n");
	printf("Seconds: %g\nThreads: %u\n", seconds, run.threads);
	start = read_clocks();
	observe(&run);
	end = read_clocks();
	print_run(&run);
	statistics = statistics_make(run.recordings, run.threads, run.hz);
	statistics_print(&statistics);
	written = raw_path == NULL || raw_write(raw_path, run.recordings, run.threads, run.hz);
	return result_finish(NAME,
			     verify_run(&run) && written && frequency_verify(&start, &end, run.hz));
}
