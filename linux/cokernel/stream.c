// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What flows between Linux and a co-kernel: the job's streams, signals for it, the kernel's log, its last words, signs of life. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <inject.h>
#include "enclave.h"

/* A doorbell that got lost costs this much. */
#define RETRY       msecs_to_jiffies(100)
#define BOUNCE_SIZE 16384u
#define LOG_MAX     (1u << 20)
#define PROBE_MAX   10000u
#define SIGNALS_MAX 31u

static enum vmdev_state state_of(const struct enclave *enclave)
{
	return smp_load_acquire(&enclave->state);
}

/* -EAGAIN: there is nothing now. */
static ssize_t read_once(struct enclave *enclave, u8 *to, size_t size)
{
	enum vmdev_state state = state_of(enclave);
	s64 got;

	if (state == VMDEV_NONE)
		return -ENODEV;
	got = ring_read(&enclave->up, to, size);
	if (got < 0)
		return -EIO;
	if (got == 0)
		return state == VMDEV_ENDED ? 0 : -EAGAIN;
	/* the room is there: whoever found the ring full waits for it */
	smp_mb();
	if (ring_fill(&enclave->up) + got >= STREAM_UP_SIZE)
		enclave_ring(enclave);
	return got;
}

static ssize_t write_once(struct enclave *enclave, u8 *from, size_t size)
{
	enum vmdev_state state = state_of(enclave);
	s64 space, written;

	if (state == VMDEV_NONE)
		return -ENODEV;
	if (state == VMDEV_ENDED)
		return -EPIPE;
	space = ring_space(&enclave->down);
	if (space < 0)
		return -EIO;
	if (space == 0)
		return -EAGAIN;
	written = ring_write(&enclave->down, from, min_t(size_t, size, (size_t)space));
	enclave_ring(enclave);
	return written < 0 ? -EIO : written;
}

typedef ssize_t (*move_once)(struct enclave *enclave, u8 *bytes, size_t size);

/* Until something was moved, or nothing will be. */
static ssize_t move(struct enclave *enclave, struct mutex *lock, move_once once, u8 *bytes,
		    size_t size, bool is_blocking)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	ssize_t moved;

	add_wait_queue(&enclave->changed, &wait);
	for (;;) {
		moved = -ERESTARTSYS;
		if (mutex_lock_interruptible(lock))
			break;
		moved = once(enclave, bytes, size);
		mutex_unlock(lock);
		if (moved != -EAGAIN || !is_blocking)
			break;
		/* a lock that is free does not look */
		if (signal_pending(current)) {
			moved = -ERESTARTSYS;
			break;
		}
		wait_woken(&wait, TASK_INTERRUPTIBLE, RETRY);
	}
	remove_wait_queue(&enclave->changed, &wait);
	return moved;
}

/* The caller's memory may take for ever to come: no lock is held while it is touched. */
static u8 *make_bounce(size_t size)
{
	return inject_fails() ? NULL : kmalloc(size, GFP_KERNEL);
}

ssize_t stream_read(struct enclave *enclave, void __user *to, size_t size, bool is_blocking)
{
	size_t part = min_t(size_t, size, BOUNCE_SIZE);
	ssize_t moved;
	u8 *bounce;

	if (size == 0)
		return 0;
	bounce = make_bounce(part);
	if (!bounce)
		return -ENOMEM;
	moved = move(enclave, &enclave->read_lock, read_once, bounce, part, is_blocking);
	if (moved > 0 && copy_to_user(to, bounce, (size_t)moved))
		moved = -EFAULT;
	kfree(bounce);
	return moved;
}

ssize_t stream_write(struct enclave *enclave, void __user *from, size_t size, bool is_blocking)
{
	size_t part = min_t(size_t, size, BOUNCE_SIZE);
	ssize_t moved = -EFAULT;
	u8 *bounce;

	if (size == 0)
		return 0;
	bounce = make_bounce(part);
	if (!bounce)
		return -ENOMEM;
	if (!copy_from_user(bounce, from, part))
		moved = move(enclave, &enclave->write_lock, write_once, bounce, part, is_blocking);
	kfree(bounce);
	return moved;
}

__poll_t stream_events(struct enclave *enclave)
{
	enum vmdev_state state;
	__poll_t events = 0;

	mutex_lock(&enclave->read_lock);
	state = state_of(enclave);
	if (state == VMDEV_NONE || ring_fill(&enclave->up) != 0)
		events |= EPOLLIN | EPOLLRDNORM;
	mutex_unlock(&enclave->read_lock);
	if (state == VMDEV_ENDED || state == VMDEV_NONE)
		return events | EPOLLHUP;
	mutex_lock(&enclave->write_lock);
	if (state_of(enclave) != VMDEV_NONE && ring_space(&enclave->down) != 0)
		events |= EPOLLOUT | EPOLLWRNORM;
	mutex_unlock(&enclave->write_lock);
	return events;
}

int stream_signal(struct enclave *enclave, u32 signal)
{
	struct stream_region *region = (struct stream_region *)enclave->shared;

	if (signal < 1 || signal > SIGNALS_MAX)
		return -EINVAL;
	if (enclave->state != VMDEV_RUNNING)
		return -EPIPE;
	__atomic_fetch_or(&region->signals, 1u << signal, __ATOMIC_RELEASE);
	enclave_ring(enclave);
	return 0;
}

/* What the co-kernel wrote is copied while it may be writing: the reader sees text, never anything else of Linux's. */
static void log_take(const struct enclave *enclave, struct cokerneldev_log *log, u8 *to)
{
	const struct bh_log *text = (const struct bh_log *)enclave->shared->log;
	u64 written = smp_load_acquire(&text->written), size = ENCLAVE_LOG_SIZE, count, at, first;

	if (log->position > written || written - log->position > size)
		log->position = written > size ? written - size : 0;
	count = min_t(u64, written - log->position, min_t(u64, log->size, size));
	at = log->position % size;
	first = min_t(u64, count, size - at);
	memcpy(to, text->text + at, first);
	memcpy(to + first, text->text, count - first);
	log->position += count;
	log->size = (u32)count;
}

int stream_log(struct enclave *enclave, struct cokerneldev_log *log)
{
	int error = -ENODEV;
	u8 *bounce;

	if (log->size > LOG_MAX || log->zero)
		return -EINVAL;
	bounce = inject_fails() ? NULL : kvmalloc(ENCLAVE_LOG_SIZE, GFP_KERNEL);
	if (!bounce)
		return -ENOMEM;
	mutex_lock(&enclave->read_lock);
	if (state_of(enclave) != VMDEV_NONE) {
		log_take(enclave, log, bounce);
		error = 0;
	}
	mutex_unlock(&enclave->read_lock);
	if (!error && copy_to_user(u64_to_user_ptr(log->buffer), bounce, log->size))
		error = -EFAULT;
	kvfree(bounce);
	return error;
}

int stream_report(struct enclave *enclave, struct cokerneldev_report *report)
{
	memcpy(report->text, enclave->shared->report, sizeof(report->text));
	report->text[sizeof(report->text) - 1] = 0;
	return 0;
}

static u32 answered(const struct enclave *enclave, u32 asked)
{
	u32 found = 0;

	for (u32 i = 0; i < enclave->core_count; i++)
		if ((asked >> i & 1) && READ_ONCE(enclave->shared->answer[i]) == enclave->probe)
			found |= 1u << i;
	return found;
}

int stream_probe(struct enclave *enclave, struct cokerneldev_probe *probe)
{
	unsigned long end;

	if (probe->limit > PROBE_MAX || probe->zero)
		return -EINVAL;
	if (enclave->state != VMDEV_RUNNING)
		return -EPIPE;
	enclave->probe++;
	smp_store_release(&enclave->shared->probe, enclave->probe);
	probe->asked = 0;
	for (u32 i = 0; i < enclave->core_count; i++) {
		if (!enclave->cores[i].is_used)
			continue;
		probe->asked |= 1u << i;
		enclave_ring_core(enclave, i, COKERNEL_VECTOR_FIRST);
	}
	end = jiffies + msecs_to_jiffies(probe->limit);
	while (answered(enclave, probe->asked) != probe->asked && time_before(jiffies, end) &&
	       atomic_read(&enclave->enders) == 0 && READ_ONCE(enclave->shared->end) == 0 &&
	       !fatal_signal_pending(current))
		usleep_range(50, 200);
	probe->answered = answered(enclave, probe->asked);
	return 0;
}
