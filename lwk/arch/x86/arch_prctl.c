/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arch_prctl(2): the bases of FS and GS. In the kernel GS holds its own base, and the user's waits in the other register.
 */
#include <arch/layout.h>
#include <lib/arch/x86/cpu.h>
#include <lwk/errno.h>
#include <lwk/syscall.h>
#include <lwk/uaccess.h>

#define ARCH_SET_GS 0x1001u
#define ARCH_SET_FS 0x1002u
#define ARCH_GET_FS 0x1003u
#define ARCH_GET_GS 0x1004u

static long base_set(uint32_t msr, uint64_t base)
{
	if (base >= USER_TOP)
		return -EPERM;
	msr_write(msr, base);
	return 0;
}

static long base_get(uint32_t msr, uint64_t to)
{
	uint64_t base = msr_read(msr);

	return copy_to_user(UADDR(to), &base, sizeof(base));
}

static long sys_arch_prctl(const uint64_t *args)
{
	switch ((uint32_t)args[0]) {
	case ARCH_SET_FS:
		return base_set(MSR_FS_BASE, args[1]);
	case ARCH_SET_GS:
		return base_set(MSR_KERNEL_GS_BASE, args[1]);
	case ARCH_GET_FS:
		return base_get(MSR_FS_BASE, args[1]);
	case ARCH_GET_GS:
		return base_get(MSR_KERNEL_GS_BASE, args[1]);
	default:
		return -EINVAL;
	}
}
SYSCALL(NR_arch_prctl, sys_arch_prctl);
