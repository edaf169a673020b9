/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * futex(2). Operations with priority inheritance are not there.
 */
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/futex.h>
#include <lwk/signal.h>
#include <lwk/syscall.h>
#include <lwk/timespec.h>

#define FUTEX_WAIT        0u
#define FUTEX_WAKE        1u
#define FUTEX_REQUEUE     3u
#define FUTEX_CMP_REQUEUE 4u
#define FUTEX_WAKE_OP     5u
#define FUTEX_WAIT_BITSET 9u
#define FUTEX_WAKE_BITSET 10u
#define FUTEX_PRIVATE     128u
#define FUTEX_REALTIME    256u

/* WAIT: relative; WAIT_BITSET: absolute, CLOCK_REALTIME when asked for, else CLOCK_MONOTONIC */
static long deadline_get(const uint64_t *args, bool is_absolute, uint64_t *deadline)
{
	uint64_t ns;
	int status;

	*deadline = UINT64_MAX;
	if (!args[3])
		return 0;
	status = timespec_get(UADDR(args[3]), &ns);
	if (status)
		return status;
	if (!is_absolute)
		*deadline = time_now_ns() + ns;
	else if (args[1] & FUTEX_REALTIME)
		*deadline = time_realtime_deadline(ns);
	else
		*deadline = time_boot_deadline(ns);
	return 0;
}

/* arguments: word, value, bits */
static long wait_again(const struct signal_restart *wait)
{
	long status = futex_wait(UADDR(wait->arguments[0]), (uint32_t)wait->arguments[1],
				 (uint32_t)wait->arguments[2], wait->deadline);

	return status == -ERESTARTSYS ? signal_call_restart(wait) : status;
}

static long call_wait(const uint64_t *args, bool is_absolute, uint32_t bits)
{
	uint64_t deadline;
	long status = deadline_get(args, is_absolute, &deadline);

	if (status)
		return status;
	if (args[0] % 4 != 0 || bits == 0)
		return -EINVAL;
	if (deadline == UINT64_MAX)
		return futex_wait(UADDR(args[0]), (uint32_t)args[2], bits, deadline);
	return wait_again(&(struct signal_restart){
		.again = wait_again, .deadline = deadline, .arguments = {args[0], args[2], bits}});
}

static long call_wake(const uint64_t *args, uint32_t bits)
{
	if (args[0] % 4 != 0 || bits == 0)
		return -EINVAL;
	return futex_wake(UADDR(args[0]), (int)args[2], bits);
}

static long call_requeue(const uint64_t *args, const uint32_t *expected)
{
	if ((args[0] | args[4]) % 4 != 0 || (int)args[2] < 0 || (int)args[3] < 0)
		return -EINVAL;
	return futex_requeue(UADDR(args[0]), UADDR(args[4]), (int)args[2], (int)args[3], expected);
}

static long call_wake_op(const uint64_t *args)
{
	if ((args[0] | args[4]) % 4 != 0)
		return -EINVAL;
	return futex_wake_op(UADDR(args[0]), UADDR(args[4]), (int)args[2], (int)args[3],
			     (uint32_t)args[5]);
}

static long sys_futex(const uint64_t *args)
{
	uint32_t command = (uint32_t)args[1] & ~(FUTEX_PRIVATE | FUTEX_REALTIME);
	uint32_t last = (uint32_t)args[5];

	if (args[1] & FUTEX_REALTIME && command != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
		return call_wait(args, false, FUTEX_ANY);
	case FUTEX_WAIT_BITSET:
		return call_wait(args, true, last);
	case FUTEX_WAKE:
		return call_wake(args, FUTEX_ANY);
	case FUTEX_WAKE_BITSET:
		return call_wake(args, last);
	case FUTEX_REQUEUE:
		return call_requeue(args, NULL);
	case FUTEX_CMP_REQUEUE:
		return call_requeue(args, &last);
	case FUTEX_WAKE_OP:
		return call_wake_op(args);
	default:
		return -ENOSYS;
	}
}
SYSCALL(NR_futex, sys_futex);
