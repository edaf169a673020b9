/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * madvise, mincore, mlock and msync: memory is never paged out and files are in memory, so that much
 * of this has nothing to do but to say what is wrong with its arguments.
 */
#include <arch/layout.h>
#include <lwk/address_space.h>
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/sched.h>
#include <lwk/syscall.h>

enum {
	MADV_NORMAL = 0,
	MADV_WILLNEED = 3,
	MADV_DONTNEED = 4,
	MADV_FREE = 8,
	MADV_DONTFORK = 10,
	MADV_PAGEOUT = 21,
	MADV_POPULATE_READ = 22,
	MADV_POPULATE_WRITE = 23,
	MADV_DONTNEED_LOCKED = 24,
	MADV_COLLAPSE = 25,
};

static struct address_space *space_current(void)
{
	return process_current()->space;
}

/* The pages that [address, address + size) touches; false when that wraps or ends beyond user memory. */
static bool pages_around(uint64_t *address, uint64_t *size)
{
	uint64_t start = ALIGN_DOWN(*address, PAGE_SIZE);

	if (*size > USER_TOP || *address > USER_TOP - *size)
		return false;
	*size = ALIGN_UP(*address + *size, PAGE_SIZE) - start;
	*address = start;
	return true;
}

static bool is_advice(int advice)
{
	return (advice >= MADV_NORMAL && advice <= MADV_DONTNEED) || advice == MADV_FREE ||
	       (advice >= MADV_DONTFORK && advice <= MADV_COLLAPSE);
}

/* Advice that must be followed is followed; the rest is about paging, fork and dumps. */
static long sys_madvise(const uint64_t *args)
{
	uint64_t address = args[0], size = args[1];
	int advice = (int)args[2];

	if (!is_advice(advice) || !IS_ALIGNED(address, PAGE_SIZE) || !pages_around(&address, &size))
		return -EINVAL;
	if (size == 0)
		return 0;
	switch (advice) {
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
		return space_discard(space_current(), address, size);
	case MADV_POPULATE_READ:
		return space_populate(space_current(), address, size, ACCESS_READ);
	case MADV_POPULATE_WRITE:
		return space_populate(space_current(), address, size, ACCESS_WRITE);
	default:
		return space_check(space_current(), address, size);
	}
}
SYSCALL(NR_madvise, sys_madvise);

#define RESIDENCY_STEP 256u

static long sys_mincore(const uint64_t *args)
{
	uint64_t address = args[0], size = args[1];
	uint8_t pages[RESIDENCY_STEP];

	if (!IS_ALIGNED(address, PAGE_SIZE))
		return -EINVAL;
	if (!pages_around(&address, &size))
		return -ENOMEM;
	for (uint64_t at = 0; at < size >> PAGE_SHIFT; at += RESIDENCY_STEP) {
		uint64_t left = (size >> PAGE_SHIFT) - at;
		unsigned count = left < RESIDENCY_STEP ? (unsigned)left : RESIDENCY_STEP;
		uint64_t first = address + at * PAGE_SIZE;

		if (space_check(space_current(), first, count * PAGE_SIZE) != 0)
			return -ENOMEM;
		space_residency(space_current(), first, pages, count);
		if (copy_to_user(UADDR(args[2] + at), pages, count) != 0)
			return -EFAULT;
		sched_preempt_point();
	}
	return 0;
}
SYSCALL(NR_mincore, sys_mincore);

#define MLOCK_ONFAULT 1u

/* What is mapped gets its memory now; PROT_NONE has none to lock, which Linux reports, too. */
static long lock(uint64_t address, uint64_t size, bool is_lazy)
{
	long status;

	if (!pages_around(&address, &size))
		return address + size < address ? -EINVAL : -ENOMEM;
	if (size == 0)
		return 0;
	if (is_lazy)
		return space_check(space_current(), address, size);
	status = space_populate(space_current(), address, size, ACCESS_READ);
	return status == -EINVAL ? -ENOMEM : status;
}

static long sys_mlock(const uint64_t *args)
{
	return lock(args[0], args[1], false);
}
SYSCALL(NR_mlock, sys_mlock);

static long sys_mlock2(const uint64_t *args)
{
	if (args[2] & ~(uint64_t)MLOCK_ONFAULT)
		return -EINVAL;
	return lock(args[0], args[1], args[2] & MLOCK_ONFAULT);
}
SYSCALL(NR_mlock2, sys_mlock2);

static long sys_munlock(const uint64_t *args)
{
	return lock(args[0], args[1], true);
}
SYSCALL(NR_munlock, sys_munlock);

#define MCL_CURRENT 1u
#define MCL_FUTURE  2u
#define MCL_ONFAULT 4u

static long sys_mlockall(const uint64_t *args)
{
	uint32_t flags = (uint32_t)args[0];

	if (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) ||
	    !(flags & (MCL_CURRENT | MCL_FUTURE)))
		return -EINVAL;
	return 0;
}
SYSCALL(NR_mlockall, sys_mlockall);

static long sys_munlockall(const uint64_t *args)
{
	(void)args;
	return 0;
}
SYSCALL(NR_munlockall, sys_munlockall);

#define MS_ASYNC      1u
#define MS_INVALIDATE 2u
#define MS_SYNC       4u

static long sys_msync(const uint64_t *args)
{
	uint64_t address = args[0], size = args[1];
	uint32_t flags = (uint32_t)args[2];

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || !IS_ALIGNED(address, PAGE_SIZE) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	if (!pages_around(&address, &size))
		return -ENOMEM;
	return size ? space_check(space_current(), address, size) : 0;
}
SYSCALL(NR_msync, sys_msync);
