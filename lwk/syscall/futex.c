/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * futex, as far as a single thread can go: nobody else can wake it, so a wait ends by its time
 * limit or with its process.
 */
#include <lwk/clock.h>
#include <lwk/errno.h>
#include <lwk/syscall.h>
#include <lwk/thread.h>
#include <lwk/timespec.h>

#define FUTEX_WAIT        0u
#define FUTEX_WAKE        1u
#define FUTEX_WAIT_BITSET 9u
#define FUTEX_WAKE_BITSET 10u
#define FUTEX_PRIVATE     128u
#define FUTEX_REALTIME    256u

static long deadline_get(const uint64_t *args, bool is_absolute, uint64_t *deadline)
{
	uint64_t ns, now = time_now_ns();
	int status;

	*deadline = UINT64_MAX;
	if (!args[3])
		return 0;
	status = timespec_get(UADDR(args[3]), &ns);
	if (status)
		return status;
	if (is_absolute) {
		uint64_t clock = args[1] & FUTEX_REALTIME ? time_realtime_ns() : time_boot_ns();

		ns = ns > clock ? ns - clock : 0;
	}
	*deadline = now + ns;
	return 0;
}

static long futex_wait(const uint64_t *args, bool is_absolute)
{
	uint64_t deadline;
	uint32_t value;
	long status = deadline_get(args, is_absolute, &deadline);

	if (status)
		return status;
	if (copy_from_user(&value, UADDR(args[0]), sizeof(value)) != 0)
		return -EFAULT;
	if (value != (uint32_t)args[2])
		return -EAGAIN;
	return thread_park(deadline); /* may be spurious, which callers must expect */
}

static long sys_futex(const uint64_t *args)
{
	uint32_t command = (uint32_t)args[1] & ~(FUTEX_PRIVATE | FUTEX_REALTIME);

	if (args[0] % 4 != 0)
		return -EINVAL;
	switch (command) {
	case FUTEX_WAIT:
		return futex_wait(args, false);
	case FUTEX_WAIT_BITSET:
		return (uint32_t)args[5] ? futex_wait(args, true) : -EINVAL;
	case FUTEX_WAKE:
		return 0;
	case FUTEX_WAKE_BITSET:
		return (uint32_t)args[5] ? 0 : -EINVAL;
	default:
		return -ENOSYS;
	}
}
SYSCALL(NR_futex, sys_futex);
