/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where things lie in the kernel's half of the address space, and the values of the registers that
 * turn the MMU on. Read by C and by assembly. Both halves have 48 bits.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define DIRECT_MAP_BASE 0xffff000000000000 /* physical address 0; all RAM but the image */
#define IO_MAP_BASE     0xffffc00000000000 /* device registers, see mmu.c */
#define IO_MAP_SIZE     0x0000004000000000
#define IMAGE_BASE      0xffffffff80000000 /* the kernel image, lwk.ld */
#define IMAGE_SIZE_MAX  0x200000           /* one early block maps it */
#define DT_WINDOW       0xffffffffbfc00000 /* device tree before the direct map exists: 2 blocks */
#define USER_TOP        0x0001000000000000

/* the user's half */
#define USER_LOW        0x0000000000010000 /* nothing below: null pointers fault */
#define USER_PIE_BASE   0x0000550000000000
#define USER_MMAP_LOW   0x0000800000000000
#define USER_MMAP_TOP   0x0000fffffe000000
#define USER_VDSO       0x0000fffffe800000
#define USER_STACK_TOP  0x0000fffffffff000
#define USER_STACK_SIZE 0x0000000000800000

#define KERNEL_STACK_ORDER 2 /* pages: 16 KiB */
#define KERNEL_STACK_SIZE  0x4000

/* SCTLR_EL1: Arm ARM D17.2.118. RES1 bits of Armv8.0 only */
#define SCTLR_RES1 0x30d00800
/* M, C, SA, SA0, I, DZE, UCT, nTWI, nTWE, UCI */
#define SCTLR_MMU_ON (SCTLR_RES1 | 0x0405d01d)

/*
 * TCR_EL1: 48 bits and 4 KiB pages in both halves, walks write-back and inner shareable. IPS and AS
 * are added at boot.
 */
#define TCR_BASE 0xb5103510

#define HCR_RW           0x80000000
#define CPTR_EL2_NO_TRAP 0x33ff /* RES1 without SVE */
#define CPTR_EL2_SVE     0x32ff /* the same with SVE */
#define ZCR_LONGEST      0xf
#define CNTHCTL_EL1_BOTH 0x3 /* EL1PCEN, EL1PCTEN */
#define MDSCR_TDCC       0x1000
#define SPSR_EL1H_MASKED 0x3c5
#define CPACR_FP         0x300000 /* FPEN: EL0 and EL1 */
#define CPACR_SVE        0x30000  /* ZEN: EL0 and EL1 */

#define TRAP_FRAME_SIZE 272

#endif
