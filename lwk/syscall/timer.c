/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Timers of POSIX: timer_create(2) and its relatives.
 */
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/interval_timer.h>
#include <lwk/process.h>
#include <lwk/syscall.h>
#include <lwk/thread.h>
#include <lwk/timespec.h>

enum {
	CLOCK_REALTIME = 0,
	CLOCK_MONOTONIC = 1,
	CLOCK_PROCESS_CPUTIME = 2,
	CLOCK_THREAD_CPUTIME = 3,
	CLOCK_MONOTONIC_COARSE = 6,
	CLOCK_BOOTTIME = 7,
	CLOCK_TAI = 11,
};

enum {
	SIGEV_SIGNAL = 0,
	SIGEV_NONE = 1,
	SIGEV_THREAD = 2, /* for the kernel the same as SIGEV_SIGNAL */
	SIGEV_THREAD_ID = 4,
};

#define TIMER_ABSTIME 1u

/* struct sigevent */
struct linux_sigevent {
	uint64_t value;
	int32_t signo;
	int32_t notify;
	int32_t tid;
	int32_t pad[11];
};
static_assert(sizeof(struct linux_sigevent) == 64, "asm-generic/siginfo.h");

struct linux_itimerspec {
	struct linux_timespec interval;
	struct linux_timespec value;
};

/* a negative clock id (clock_getcpuclockid(3)): the complement of a pid or tid, and 3 bits */
#define CPUCLOCK_PER_THREAD 4
#define CPUCLOCK_KIND       3 /* 3 is no CPU clock */

static bool is_own_thread(int tid)
{
	bool is_own;

	spin_lock(&process_lock);
	is_own = process_thread_find(process_current(), tid);
	spin_unlock(&process_lock);
	return is_own;
}

/* Of this process or one of its threads; 0 is the caller. */
static int cpu_clock_set(struct interval_timer *timer, int clock)
{
	int id = ~(clock >> 3);

	if ((clock & CPUCLOCK_KIND) == CPUCLOCK_KIND)
		return -EINVAL;
	if (clock & CPUCLOCK_PER_THREAD) {
		timer->clock = TIMER_THREAD_CPU;
		timer->clock_tid = id ? id : thread_current()->tid;
		return is_own_thread(timer->clock_tid) ? 0 : -EINVAL;
	}
	timer->clock = TIMER_PROCESS_CPU;
	return id == 0 || id == process_current()->pid ? 0 : -EINVAL;
}

static int clock_set(struct interval_timer *timer, int clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_TAI:
		timer->clock = TIMER_REALTIME;
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
		timer->clock = TIMER_MONOTONIC;
		return 0;
	case CLOCK_PROCESS_CPUTIME:
		timer->clock = TIMER_PROCESS_CPU;
		return 0;
	case CLOCK_THREAD_CPUTIME:
		timer->clock = TIMER_THREAD_CPU;
		timer->clock_tid = thread_current()->tid;
		return 0;
	default:
		if (clock < 0)
			return cpu_clock_set(timer, clock);
		return clock <= CLOCK_MONOTONIC_COARSE ? -EOPNOTSUPP : -EINVAL;
	}
}

static int event_set(struct interval_timer *timer, const struct linux_sigevent *event)
{
	timer->entry.info = (struct signal_info){
		.signo = event->signo,
		.code = SI_TIMER,
		.timer.value = event->value,
	};
	switch (event->notify) {
	case SIGEV_NONE:
		timer->is_silent = true;
		return 0;
	case SIGEV_THREAD_ID:
		timer->tid = event->tid;
		if (!is_own_thread(event->tid))
			return -EINVAL;
		break;
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
		break;
	default:
		return -EINVAL;
	}
	return event->signo < 1 || event->signo >= SIGNAL_COUNT ? -EINVAL : 0;
}

static int timer_fill(struct interval_timer *timer, const uint64_t *args)
{
	struct linux_sigevent event = {.signo = SIGALRM, .notify = SIGEV_SIGNAL};
	int status = clock_set(timer, (int)args[0]);

	if (status == 0 && args[1] && copy_from_user(&event, UADDR(args[1]), sizeof(event)) != 0)
		status = -EFAULT;
	return status ? status : event_set(timer, &event);
}

static long sys_timer_create(const uint64_t *args)
{
	struct interval_timer *timer = kzalloc(sizeof(*timer));
	int32_t id = timer ? timer_fill(timer, args) : -EAGAIN;

	if (id == 0)
		id = timer_add(timer, !args[1]);
	if (id < 0) {
		kfree(timer);
		return id;
	}
	if (copy_to_user(UADDR(args[2]), &id, sizeof(id)) == 0)
		return 0;
	timer_delete(id);
	return -EFAULT;
}
SYSCALL(NR_timer_create, sys_timer_create);

static int setting_put(uint64_t to, const struct timer_setting *setting)
{
	const struct linux_itimerspec user = {
		.interval = timespec_from_ns(setting->interval),
		.value = timespec_from_ns(setting->value),
	};

	return copy_to_user(UADDR(to), &user, sizeof(user));
}

static long sys_timer_settime(const uint64_t *args)
{
	struct timer_setting new, old;
	int status;

	if (!args[2])
		return -EINVAL;
	status = timespec_get(UADDR(args[2]), &new.interval);
	if (status == 0)
		status = timespec_get(UADDR(args[2] + sizeof(struct linux_timespec)), &new.value);
	if (status == 0)
		status = timer_set((int)args[0], args[1] & TIMER_ABSTIME, &new, &old);
	if (status == 0 && args[3])
		status = setting_put(args[3], &old);
	return status;
}
SYSCALL(NR_timer_settime, sys_timer_settime);

static long sys_timer_gettime(const uint64_t *args)
{
	struct timer_setting setting;
	int status = timer_set((int)args[0], false, NULL, &setting);

	return status ? status : setting_put(args[1], &setting);
}
SYSCALL(NR_timer_gettime, sys_timer_gettime);

static long sys_timer_getoverrun(const uint64_t *args)
{
	return timer_get_overrun((int)args[0]);
}
SYSCALL(NR_timer_getoverrun, sys_timer_getoverrun);

static long sys_timer_delete(const uint64_t *args)
{
	return timer_delete((int)args[0]);
}
SYSCALL(NR_timer_delete, sys_timer_delete);
