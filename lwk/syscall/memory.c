/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The relatives of mmap that change mappings: munmap, mprotect, mremap, brk.
 */
#include <arch/layout.h>
#include <lwk/address_space.h>
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/syscall.h>

#define MREMAP_MAYMOVE   1u
#define MREMAP_FIXED     2u
#define MREMAP_DONTUNMAP 4u
#define MREMAP_MASK      UINT64_C(7)

#define PROT_SEM 8u /* accepted, without a meaning */

static struct address_space *space_current(void)
{
	return process_current()->space;
}

static long sys_munmap(const uint64_t *args)
{
	if (args[1] > USER_TOP)
		return -EINVAL;
	return space_unmap(space_current(), args[0], ALIGN_UP(args[1], PAGE_SIZE));
}
SYSCALL(NR_munmap, sys_munmap);

static long sys_mprotect(const uint64_t *args)
{
	if (!IS_ALIGNED(args[0], PAGE_SIZE) || args[2] & ~(uint64_t)(PROT_MASK | PROT_SEM))
		return -EINVAL;
	if (args[1] == 0)
		return 0;
	if (args[1] > USER_TOP)
		return -ENOMEM;
	return space_protect(space_current(), args[0], ALIGN_UP(args[1], PAGE_SIZE),
			     (uint32_t)args[2] & PROT_MASK);
}
SYSCALL(NR_mprotect, sys_mprotect);

static long sys_mremap(const uint64_t *args)
{
	const struct remap remap = {
		.address = args[0],
		.old_size = ALIGN_UP(args[1], PAGE_SIZE),
		.new_size = ALIGN_UP(args[2], PAGE_SIZE),
		.target = args[4],
		.may_move = args[3] & MREMAP_MAYMOVE,
		.is_fixed = args[3] & MREMAP_FIXED,
		.keeps_old = args[3] & MREMAP_DONTUNMAP,
	};
	uint64_t address;
	int status;

	if (args[3] & ~MREMAP_MASK || args[1] > USER_TOP || args[2] > UINT64_MAX - PAGE_SIZE)
		return -EINVAL;
	if (args[2] > USER_TOP)
		return -ENOMEM;
	if (IS_ALIGNED(args[0], PAGE_SIZE) && args[0] >= USER_TOP)
		return -EFAULT;
	status = space_remap(space_current(), &remap, &address);
	return status ? status : (long)address;
}
SYSCALL(NR_mremap, sys_mremap);

static long sys_brk(const uint64_t *args)
{
	return (long)space_brk(space_current(), args[0]);
}
SYSCALL(NR_brk, sys_brk);
