/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * See workers.h. `job` is set by the core that gives it and cleared by the one that has done it.
 */
#include <tests/guest/runtime/workers.h>

#include <tests/guest/runtime/console.h>
#include <tests/guest/runtime/gic.h>
#include <tests/guest/runtime/timer.h>

#define START_TIMEOUT 10000000u /* microseconds */
#define JOB_TIMEOUT   60000000u
#define IDLE          100u

typedef void (*job_t)(uint64_t argument);

static struct {
	job_t job; /* atomic */
	uint64_t argument;
	uint32_t ready; /* atomic */
} workers[CORES_MAX];

void core_idle(uint64_t microseconds)
{
	ptimer_start(now() + ticks_of_us(microseconds));
	wfi();
	ptimer_stop();
	interrupts_take();
}

static void worker_main(struct core *core)
{
	gic_enable(INTID_PTIMER, true);
	__atomic_store_n(&workers[core->index].ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		job_t job = __atomic_load_n(&workers[core->index].job, __ATOMIC_ACQUIRE);

		if (job) {
			job(workers[core->index].argument);
			__atomic_store_n(&workers[core->index].job, NULL, __ATOMIC_RELEASE);
		} else {
			core_idle(IDLE);
		}
	}
}

void workers_start(unsigned count)
{
	for (unsigned i = 1; i < count; i++) {
		int64_t status = core_turn_on(i, worker_main, 0);

		if (status || !wait_until(__atomic_load_n(&workers[i].ready, __ATOMIC_ACQUIRE),
					  START_TIMEOUT))
			guest_fail("core %u does not start: %lld", i, (long long)status);
	}
}

void worker_do(unsigned index, job_t job, uint64_t argument)
{
	workers[index].argument = argument;
	__atomic_store_n(&workers[index].job, job, __ATOMIC_RELEASE);
}

bool worker_is_done(unsigned index)
{
	return !__atomic_load_n(&workers[index].job, __ATOMIC_ACQUIRE);
}

void worker_wait(unsigned index)
{
	if (!wait_until(worker_is_done(index), JOB_TIMEOUT))
		guest_fail("core %u does not come to an end", index);
}
