/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See core_watch.h. A core counts as heard of until it has come up: a co-kernel that never does has its job's time limit.
 */
#include <bulkhead/cokerneldev.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <user/host/core_watch.h>

#define LOOKS \
	4 /* in the limit, and so many without an answer at least: one may have waited for other calls */
#define ANSWER     500 /* ms, for an answer to come while we wait */
#define MS_PER_S   UINT64_C(1000)
#define NS_PER_MS  1000000
#define HEAD_START 2 /* of the co-kernel's own watch: one part of so many of the limit, behind it */

static uint64_t now_ms(void)
{
	struct timespec time;

	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * MS_PER_S + (uint64_t)time.tv_nsec / NS_PER_MS;
}

void core_watch_start(struct core_watch *watch, unsigned seconds)
{
	*watch = (struct core_watch){.limit = seconds * MS_PER_S};
	watch->limit += watch->limit / HEAD_START;
}

unsigned core_watch_wait(const struct core_watch *watch)
{
	uint64_t now = now_ms();

	return watch->next > now ? (unsigned)(watch->next - now) : 0;
}

/* The core that has been silent for too long, or -1. */
static int judge(struct core_watch *watch, const struct cokerneldev_cores *cores, uint32_t answered,
		 uint64_t now)
{
	for (uint32_t i = 0; i < cores->count && i < COKERNEL_CORES_MAX; i++) {
		if (cores->cores[i].state != COKERNEL_CORE_UP || answered >> i & 1 ||
		    watch->cores[i].heard == 0) {
			watch->cores[i].heard = now;
			watch->cores[i].silent = 0;
		} else if (++watch->cores[i].silent >= LOOKS &&
			   now - watch->cores[i].heard >= watch->limit) {
			return (int)i;
		}
	}
	return -1;
}

bool core_watch_look(struct core_watch *watch, int enclave, char *text, size_t size)
{
	struct cokerneldev_probe probe = {.limit = ANSWER};
	struct cokerneldev_cores cores;
	uint64_t now = now_ms();
	int core;

	if (watch->limit == 0 || now < watch->next)
		return false;
	watch->next = now + watch->limit / LOOKS;
	if (ioctl(enclave, (int)COKERNELDEV_PROBE, &probe) < 0 ||
	    ioctl(enclave, (int)COKERNELDEV_CORES, &cores) < 0)
		return false; /* it has ended */
	now = now_ms();
	core = judge(watch, &cores, probe.answered, now);
	if (core < 0)
		return false;
	(void)snprintf(text, size, "core %d, Linux's CPU %u, has answered no interrupt for %llu ms",
		       core, cores.cores[core].cpu,
		       (unsigned long long)(now - watch->cores[core].heard));
	watch->limit = 0;
	return true;
}
