/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * OpenMP: the constructs, with results that do not depend on who does what. Threads and places come from the environment.
 */
#include <omp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define N 10000

static long fibonacci(int n)
{
	long a, b;

	if (n < 2)
		return n;
#pragma omp task shared(a) if (n > 8)
	a = fibonacci(n - 1);
#pragma omp task shared(b) if (n > 8)
	b = fibonacci(n - 2);
#pragma omp taskwait
	return a + b;
}

static void check_tasks(void)
{
	long result = 0, chain = 1, group = 0;

#pragma omp parallel
#pragma omp single
	{
		result = fibonacci(18);
		for (int i = 0; i < 10; i++) {
#pragma omp task depend(inout : chain)
			chain = chain * 3 % 1000003 + i;
		}
#pragma omp taskgroup
		for (int i = 1; i <= 50; i++) {
#pragma omp task
			{
#pragma omp task
#pragma omp atomic
				group += i;
			}
		}
		printf("taskgroup %ld\n", group);
	}
	printf("fibonacci %ld, chain %ld\n", result, chain);
	result = 0;
#pragma omp parallel
#pragma omp single
#pragma omp taskloop grainsize(100) reduction(+ : result)
	for (int i = 0; i < N; i++)
		result += i;
	printf("taskloop %ld\n", result);
}

static void check_loops(void)
{
	static int count[N];
	long sum = 0, largest = -1, bits = 0;
	double average = 0;

#pragma omp parallel for schedule(dynamic, 7) reduction(+ : sum) reduction(max : largest) reduction(| : bits)
	for (int i = 0; i < N; i++) {
		count[i]++;
		sum += i;
		bits |= i;
		if (i * 7919L % N > largest)
			largest = i * 7919L % N;
	}
#pragma omp parallel for schedule(guided) reduction(+ : average)
	for (int i = 0; i < N; i++)
		average += 0.5 * count[i];
#pragma omp parallel for schedule(static, 3) collapse(2)
	for (int i = 0; i < 100; i++)
		for (int j = 0; j < N / 100; j++)
			count[i * (N / 100) + j] += 1;
	for (int i = 0; i < N; i++)
		if (count[i] != 2)
			printf("%d: %d times\n", i, count[i]);
	printf("sum %ld, largest %ld, bits %ld, average %.1f\n", sum, largest, bits, average);
	printf("ordered:");
#pragma omp parallel for ordered schedule(dynamic)
	for (int i = 0; i < 10; i++)
#pragma omp ordered
		printf(" %d", i);
	printf("\n");
}

static void check_synchronization(int threads)
{
	long guarded = 0, locked = 0, atomic = 0, nested_count = 0;
	int singles = 0, wrong = 0, phase[64] = {0};
	omp_nest_lock_t nest;
	omp_lock_t lock;

	omp_init_lock(&lock);
	omp_init_nest_lock(&nest);
#pragma omp parallel num_threads(threads) reduction(+ : wrong)
	{
		int me = omp_get_thread_num();

		for (int i = 0; i < 100; i++) {
#pragma omp critical
			guarded++;
			omp_set_lock(&lock);
			locked++;
			omp_unset_lock(&lock);
			omp_set_nest_lock(&nest);
			omp_set_nest_lock(&nest);
			nested_count++;
			omp_unset_nest_lock(&nest);
			omp_unset_nest_lock(&nest);
#pragma omp atomic
			atomic++;
		}
		for (int i = 1; i <= 50; i++) {
			phase[me] = i;
#pragma omp barrier
			wrong += phase[(me + 1) % threads] != i;
#pragma omp barrier
		}
#pragma omp single
		singles++;
	}
	printf("%d threads: critical %ld, lock %ld, nest %ld, atomic %ld, single %d, wrong %d\n",
	       threads, guarded, locked, nested_count, atomic, singles, wrong);
	omp_destroy_lock(&lock);
	omp_destroy_nest_lock(&nest);
}

static void check_nested(void)
{
	int inner = 0, outer = 0;

	omp_set_max_active_levels(2);
#pragma omp parallel num_threads(3)
	{
#pragma omp atomic
		outer++;
#pragma omp parallel num_threads(2)
		{
#pragma omp atomic
			inner += omp_get_level() == 2 && omp_get_num_threads() == 2;
		}
	}
	printf("nested: %d outer, %d inner\n", outer, inner);
}

static void check_cancel(void)
{
	int found = 0;

#pragma omp parallel
#pragma omp for schedule(dynamic, 1)
	for (int i = 0; i < 1000; i++) {
#pragma omp cancellation point for
		if (i == 500) {
#pragma omp atomic write
			found = 1;
#pragma omp cancel for
		}
	}
	printf("cancellation %d, found %d\n", omp_get_cancellation(), found);
}

/* where threads are bound to a place, that is where they are */
static void check_places(void)
{
	int wrong = 0;

#pragma omp parallel reduction(+ : wrong)
	{
		int place = omp_get_place_num();

		if (place >= 0) {
			int ids[64], found = 0, count = omp_get_place_num_procs(place);

			omp_get_place_proc_ids(place, ids);
			for (int i = 0; i < count; i++)
				found += ids[i] == sched_getcpu();
			wrong += !found;
		}
	}
	printf("bind %d, places %d, out of place %d\n", omp_get_proc_bind(), omp_get_num_places(),
	       wrong);
}

int main(void)
{
	printf("threads %d, processors %d\n", omp_get_max_threads(), omp_get_num_procs());
	check_tasks();
	check_loops();
	for (int threads = 1; threads <= 8; threads *= 2)
		check_synchronization(threads);
	check_nested();
	check_cancel();
	check_places();
	return 0;
}
