/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ppoll(2). The signal mask is checked and has no effect: no signal is ever caught, and a fatal one ends the wait by itself.
 */
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/heap.h>
#include <lwk/syscall.h>

#define QUEUES_PER_FILE 2 /* that a device's poll operation may wait on */
#define SIGSET_SIZE     8

struct abi_pollfd {
	int32_t fd;
	uint16_t events;
	uint16_t revents;
};
static_assert(sizeof(struct abi_pollfd) == 8, "poll.h");

struct abi_timespec {
	int64_t tv_sec;
	int64_t tv_nsec;
};

/* all that one call waits for */
struct poll_call {
	size_t count;
	struct abi_pollfd *polled;
	struct file **files; /* referred to for the whole call; NULL: not open, or none wanted */
	struct poll_table table;
	uint64_t deadline;
};

/* as time_now_ns(), or WAIT_FOREVER; -EFAULT, -EINVAL */
static int get_deadline(uint64_t address, uint64_t *deadline)
{
	uint64_t now = time_now_ns();
	struct abi_timespec timeout;

	*deadline = WAIT_FOREVER;
	if (!address)
		return 0;
	if (copy_from_user(&timeout, UADDR(address), sizeof(timeout)))
		return -EFAULT;
	if (timeout.tv_sec < 0 || timeout.tv_nsec < 0 || timeout.tv_nsec >= (int64_t)NS_PER_SECOND)
		return -EINVAL;
	if ((uint64_t)timeout.tv_sec < (WAIT_FOREVER - now) / NS_PER_SECOND - 1)
		*deadline = now + (uint64_t)timeout.tv_sec * NS_PER_SECOND +
			    (uint64_t)timeout.tv_nsec;
	return 0;
}

/* Looks at every file; with `table`, is woken from now on when one changes. How many have something to report. */
static size_t look(struct poll_call *call, struct poll_table *table)
{
	size_t ready = 0;

	for (size_t i = 0; i < call->count; i++) {
		struct abi_pollfd *polled = &call->polled[i];

		polled->revents = 0;
		if (call->files[i])
			polled->revents = (uint16_t)file_poll(call->files[i], polled->events,
							      table);
		else if (polled->fd >= 0)
			polled->revents = POLL_NVAL;
		ready += polled->revents != 0;
	}
	return ready;
}

static long wait_for_files(struct poll_call *call)
{
	size_t ready = look(call, &call->table);
	int result = 0;

	while (!ready && !result && time_now_ns() < call->deadline) {
		result = thread_park(call->deadline);
		ready = look(call, NULL);
	}
	poll_end(&call->table);
	return ready || result == -ETIMEDOUT ? (long)ready : result;
}

/* allocates and fills; what was allocated is freed by close_call in any case */
static int open_call(struct poll_call *call, uint64_t address)
{
	size_t slots = call->count * QUEUES_PER_FILE, one = 1;

	call->polled = kmalloc(call->count * sizeof(call->polled[0]) + one);
	call->files = kzalloc(call->count * sizeof(call->files[0]) + one);
	call->table.slots = kmalloc(slots * sizeof(call->table.slots[0]) + one);
	call->table.capacity = slots;
	if (!call->polled || !call->files || !call->table.slots)
		return -ENOMEM;
	if (copy_from_user(call->polled, UADDR(address), call->count * sizeof(call->polled[0])))
		return -EFAULT;
	for (size_t i = 0; i < call->count; i++)
		call->files[i] = call_file((uint64_t)call->polled[i].fd);
	return 0;
}

static void close_call(struct poll_call *call)
{
	for (size_t i = 0; call->files && i < call->count; i++)
		file_put(call->files[i]);
	kfree(call->table.slots);
	kfree(call->files);
	kfree(call->polled);
}

static long poll_files(uint64_t address, struct poll_call *call)
{
	long result = open_call(call, address);

	if (!result) {
		size_t bytes = call->count * sizeof(call->polled[0]);

		result = wait_for_files(call);
		if (result >= 0 && copy_to_user(UADDR(address), call->polled, bytes))
			result = -EFAULT;
	}
	close_call(call);
	return result;
}

static long sys_ppoll(const uint64_t *args)
{
	struct poll_call call = {.count = (uint32_t)args[1]};
	uint64_t mask;
	int error = get_deadline(args[2], &call.deadline);

	if (error)
		return error;
	if (args[3] && args[4] != SIGSET_SIZE)
		return -EINVAL;
	if (args[3] && copy_from_user(&mask, UADDR(args[3]), sizeof(mask)))
		return -EFAULT;
	if (call.count > FD_LIMIT)
		return -EINVAL;
	return poll_files(args[0], &call);
}
SYSCALL(NR_ppoll, sys_ppoll);
