/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scheduling: affinity, which core a thread is on, policies and priorities.
 */
#include "conform.h"
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

CONFORM(scheduling,
	"sched_yield sched_getaffinity sched_setaffinity getcpu sched_getscheduler sched_setscheduler sched_getparam "
	"sched_setparam sched_get_priority_max sched_get_priority_min sched_rr_get_interval getpriority setpriority");

static void check_affinity(void)
{
	uint64_t mask[16] = {0}, all[16] = {0};
	long size = SYS(sched_getaffinity, 0, sizeof(all), all);
	unsigned count = (unsigned)__builtin_popcountll(all[0]);

	HOLDS(size > 0 && size % 8 == 0);
	HOLDS(count == (unsigned)sysconf(_SC_NPROCESSORS_ONLN));
	VALUE(SYS(sched_getaffinity, getpid(), sizeof(mask), mask) == size);
	VALUE(SYS(sched_getaffinity, 0, 0L, mask));
	VALUE(SYS(sched_getaffinity, 0, 7L, mask));
	VALUE(SYS(sched_getaffinity, 0, 129L, mask));
	VALUE(SYS(sched_getaffinity, -1, sizeof(mask), mask));
	VALUE(SYS(sched_getaffinity, 999999, sizeof(mask), mask));
	BAD_WRITE(p, SYS(sched_getaffinity, 0, 128L, p));
	memset(mask, 0, sizeof(mask));
	VALUE(SYS(sched_setaffinity, 0, sizeof(mask), mask));
	mask[0] = UINT64_C(1) << 63;
	VALUE(SYS(sched_setaffinity, 0, sizeof(mask), mask));
	VALUE(SYS(sched_setaffinity, 0, 0L, mask));
	VALUE(SYS(sched_setaffinity, 999999, sizeof(mask), all));
	BAD_READ(p, SYS(sched_setaffinity, 0, 8L, p));
	for (unsigned i = 0; i < count; i++) {
		unsigned cpu = 99, node = 99;

		mask[0] = UINT64_C(1) << i | UINT64_C(1) << 62;
		VALUE(SYS(sched_setaffinity, 0, sizeof(mask), mask));
		VALUE(SYS(getcpu, &cpu, &node, NULL));
		printf("on core %u of node %u\n", cpu, node);
		VALUE(SYS(sched_getaffinity, 0, sizeof(mask), mask) == size);
		VALUE(mask[0] == UINT64_C(1) << i);
		VALUE(sched_getcpu());
	}
	VALUE(SYS(sched_setaffinity, 0, 1L, all));
	VALUE(SYS(sched_setaffinity, 0, sizeof(all), all));
}

static void *inherit_run(void *argument)
{
	uint64_t mask[16] = {0};

	SYS(sched_getaffinity, 0, sizeof(mask), mask);
	*(uint64_t *)argument = mask[0];
	return NULL;
}

/* a new thread takes its maker's mask */
static void check_inherited(void)
{
	uint64_t mask[16] = {1}, all[16] = {0}, inherited = 0;
	pthread_t thread;

	SYS(sched_getaffinity, 0, sizeof(all), all);
	VALUE(SYS(sched_setaffinity, 0, sizeof(mask), mask));
	need(pthread_create(&thread, NULL, inherit_run, &inherited) == 0, "a thread");
	pthread_join(thread, NULL);
	VALUE(inherited);
	VALUE(SYS(sched_setaffinity, 0, sizeof(all), all));
	need(pthread_create(&thread, NULL, inherit_run, &inherited) == 0, "a thread");
	pthread_join(thread, NULL);
	HOLDS(inherited == all[0]);
}

static void check_policies(void)
{
	struct sched_param param = {0}, wrong = {1};
	struct timespec time;

	for (int policy = -1; policy < 9; policy++) {
		printf("policy %d:\n", policy);
		VALUE(SYS(sched_get_priority_max, policy));
		VALUE(SYS(sched_get_priority_min, policy));
	}
	VALUE(SYS(sched_getscheduler, 0));
	VALUE(SYS(sched_getscheduler, -1));
	VALUE(SYS(sched_getscheduler, 999999));
	VALUE(SYS(sched_getparam, 0, &param));
	VALUE(param.sched_priority);
	VALUE(SYS(sched_getparam, -1, &param));
	VALUE(SYS(sched_getparam, 999999, &param));
	BAD_WRITE(p, SYS(sched_getparam, 0, p));
	VALUE(SYS(sched_setscheduler, 0, SCHED_OTHER, &param));
	VALUE(SYS(sched_setscheduler, 0, SCHED_OTHER, &wrong));
	VALUE(SYS(sched_setscheduler, 0, 77, &param));
	VALUE(SYS(sched_setscheduler, 0, SCHED_FIFO, &param));
	VALUE(SYS(sched_setscheduler, -1, SCHED_OTHER, &param));
	VALUE(SYS(sched_setscheduler, 999999, SCHED_OTHER, &param));
	BAD_READ(p, SYS(sched_setscheduler, 0, SCHED_OTHER, p));
	VALUE(SYS(sched_setparam, 0, &param));
	VALUE(SYS(sched_setparam, 0, &wrong));
	VALUE(SYS(sched_setparam, 999999, &param));
	BAD_READ(p, SYS(sched_setparam, 0, p));
	VALUE(SYS(sched_rr_get_interval, 0, &time));
	VALUE(SYS(sched_rr_get_interval, -1, &time));
	VALUE(SYS(sched_rr_get_interval, 999999, &time));
	BAD_WRITE(p, SYS(sched_rr_get_interval, 0, p));
	VALUE(SYS(sched_yield));
}

static void check_priorities(void)
{
	VALUE(SYS(getpriority, PRIO_PROCESS, 0)); /* the call itself gives 20 - priority */
	VALUE(SYS(getpriority, PRIO_PROCESS, 999999));
	VALUE(SYS(getpriority, 9, 0));
	VALUE(SYS(setpriority, PRIO_PROCESS, 0, 0));
	VALUE(SYS(setpriority, PRIO_PROCESS, 999999, 0));
	VALUE(SYS(setpriority, 9, 0, 0));
}

static void conform_scheduling(void)
{
	check_affinity();
	check_inherited();
	check_policies();
	check_priorities();
}
