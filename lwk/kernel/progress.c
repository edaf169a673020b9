/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The watch over progress. Each core notes in a timer event that it takes interrupts, and looks at when the others did; a
 * kernel thread looks at what the threads of processes wait for, which needs process_lock. Whoever finds something first
 * reports it and turns the machine off. Nothing of this exists when the watch is off.
 */
#include <arch/context.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/log_sink.h>
#include <lwk/process.h>
#include <lwk/progress.h>
#include <lwk/role.h>
#include <lwk/timer_event.h>

#define LOOKS 4 /* in the limit */

struct beat {
	struct timer_event event;
	uint64_t last; /* ns */
	uint64_t pc;   /* what the timer interrupted then */
};

static uint64_t limit_ns;
static struct beat beats[CORES_MAX];
static bool is_reported;

void progress_set_limit(uint64_t seconds)
{
	limit_ns = seconds * NS_PER_SECOND;
}

/* true for the first one only; a core that hangs may hold the log's lock */
static bool report_begin(void)
{
	if (__atomic_exchange_n(&is_reported, true, __ATOMIC_ACQ_REL))
		return false;
	log_break_lock();
	return true;
}

static void core_report(const struct core *core, uint64_t now)
{
	const struct beat *beat = &beats[core->index];
	const struct run_queue *queue = &core->queue;
	const struct thread *thread = __atomic_load_n(&queue->current, __ATOMIC_RELAXED);

	if (!report_begin())
		return;
	log_error("watchdog: core %u has taken no interrupt for %lu ms", core->index,
		  (now - beat->last) / 1000000);
	log_error("watchdog: core %u runs thread %d (%s) of process %d, since %lu ms", core->index,
		  thread->tid, thread->name, thread->process ? thread->process->pid : 0,
		  (now - thread->started) / 1000000);
	log_error("watchdog: core %u was last seen at pc 0x%lx; %u threads, run queue %s",
		  core->index, beat->pc, queue->threads,
		  spin_is_locked(&queue->lock) ? "locked" : "not locked");
	role->power_off();
}

static void beat_expire(struct timer_event *event)
{
	struct beat *beat = list_entry(event, struct beat, event);
	uint64_t now = time_now_ns();

	beat->pc = arch_interrupted_pc();
	__atomic_store_n(&beat->last, now, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < core_count; i++) {
		uint64_t last = __atomic_load_n(&beats[i].last, __ATOMIC_RELAXED);

		if (progress_beat_is_late(last, now, limit_ns))
			core_report(&cores[i], now);
	}
	timer_event_arm(event, now + limit_ns / LOOKS);
}

void progress_start_core(void)
{
	struct beat *beat = &beats[core_self()->index];

	if (!limit_ns)
		return;
	timer_event_init(&beat->event, beat_expire);
	beat->pc = (uint64_t)__builtin_return_address(0); /* until the first beat */
	__atomic_store_n(&beat->last, time_now_ns(), __ATOMIC_RELAXED);
	timer_event_arm(&beat->event, time_now_ns() + limit_ns / LOOKS);
}

void progress_stop_core(void)
{
	struct beat *beat = &beats[core_self()->index];

	if (!limit_ns)
		return;
	timer_event_disarm(&beat->event);
	__atomic_store_n(&beat->last, 0, __ATOMIC_RELAXED);
}

struct look {
	bool all_need_others;
	unsigned threads;
	uint64_t fingerprint;
};

/* caller holds process_lock */
static void look_at(struct process *process, void *arg)
{
	struct look *look = arg;

	if (process->is_ending || timers_are_set(process))
		look->all_need_others = false;
	list_for_each (link, &process->threads) {
		const struct thread *thread = list_entry(link, struct thread, siblings);

		look->all_need_others &= progress_needs_others(thread);
		look->fingerprint += thread->switches + (uint64_t)thread->tid;
		look->threads++;
	}
}

/* caller holds process_lock */
static void threads_print(struct process *process, void *unused)
{
	(void)unused;
	list_for_each (link, &process->threads) {
		const struct thread *thread = list_entry(link, struct thread, siblings);

		if (thread->futex)
			log_error("watchdog: thread %d (%s) of process %d, core %u: waits for the "
				  "futex at 0x%lx, pc 0x%lx",
				  thread->tid, thread->name, process->pid, thread->core,
				  thread->futex, arch_user_pc(thread));
		else
			log_error("watchdog: thread %d (%s) of process %d, core %u: waits for a "
				  "child",
				  thread->tid, thread->name, process->pid, thread->core);
	}
}

static void watch(void *unused)
{
	struct progress_stall stall = {.since = 0};

	(void)unused;
	for (;;) {
		struct look look = {.all_need_others = true};

		thread_park_always(time_now_ns() + limit_ns / LOOKS);
		spin_lock(&process_lock);
		process_visit(look_at, &look);
		if (progress_is_stalled(&stall, look.all_need_others && look.threads,
					look.fingerprint, time_now_ns(), limit_ns) &&
		    report_begin()) {
			log_error("watchdog: all %u threads wait and nothing can wake them",
				  look.threads);
			process_visit(threads_print, NULL);
			role->power_off();
		}
		spin_unlock(&process_lock);
	}
}

void progress_start(void)
{
	if (limit_ns && !thread_create_kernel("watchdog", core_self()->index, watch, NULL))
		log_warn("watchdog: no memory for its thread: only cores are watched");
}
