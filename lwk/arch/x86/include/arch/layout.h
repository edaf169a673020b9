/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where things lie in the kernel's half of the address space and in a program's, the segments, and what a trap saves. Read by C and by
 * assembly.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define DIRECT_MAP_BASE 0xffff800000000000 /* physical address 0; all memory but the image */
#define DIRECT_MAP_SIZE 0x0000100000000000 /* 16 TiB: its root entries exist from boot on */
#define IO_MAP_BASE     0xffffc00000000000 /* device registers and shared memory, see mmu.c */
#define IO_MAP_SIZE     0x0000008000000000 /* one root entry */
#define REGION_MAP_BASE 0xffffd00000000000 /* memory of others, by slot */
#define REGION_SIZE_MAX 0x0000001000000000
#define REGION_SLOTS    16
#define IMAGE_BASE      0xffffffff80000000 /* the kernel image, lwk.ld */
#define IMAGE_SIZE_MAX  0x400000           /* two early blocks map it */
#define USER_TOP        0x00007ffffffff000 /* below the last page of the half: see entry.S, SYSRET */

/* the user's half */
#define USER_LOW        0x0000000000010000 /* nothing below: null pointers fault */
#define USER_PIE_BASE   0x0000550000000000
#define USER_MMAP_LOW   0x0000600000000000
#define USER_MMAP_TOP   0x00007ffffe000000
#define USER_VDSO       0x00007ffffe800000
#define USER_STACK_TOP  0x00007ffffffff000
#define USER_STACK_SIZE 0x0000000000800000

#define KERNEL_STACK_ORDER 2 /* pages: 16 KiB */
#define KERNEL_STACK_SIZE  0x4000
#define IST_STACK_SIZE     0x1000
#define IST_STACK_ORDER    2 /* pages: IST_COUNT of them */

/* selectors: those that Linux has, as programs see some of them */
#define SEGMENT_KERNEL_CODE 0x10
#define SEGMENT_KERNEL_DATA 0x18
#define SEGMENT_USER_32     0x23 /* not there: SYSRET counts from it */
#define SEGMENT_USER_DATA   0x2b
#define SEGMENT_USER_CODE   0x33
#define SEGMENT_TSS         0x40
#define SEGMENT_PLACE       0x7b /* its limit tells core and node */
#define GDT_ENTRIES         16

/* interrupt stack table: numbers in gates */
#define IST_DEBUG         1
#define IST_NMI           2
#define IST_DOUBLE_FAULT  3
#define IST_MACHINE_CHECK 4
#define IST_COUNT         4

/* struct trap_frame */
#define FRAME_RBX    40
#define FRAME_R11    48
#define FRAME_RAX    80
#define FRAME_RCX    88
#define FRAME_RDI    112
#define FRAME_VECTOR 120
#define FRAME_RIP    136
#define FRAME_CS     144
#define FRAME_FLAGS  152
#define FRAME_RSP    160
#define FRAME_SIZE   176
#define VECTOR_CALL  256 /* no vector: SYSCALL */

/* struct arch_core */
#define CORE_SELF       0
#define CORE_STACK_TOP  8
#define CORE_USER_STACK 16

#define BOOT_RECORD_SIZE   3800               /* sizeof(struct cokernel_boot) */
#define BOOT_RECORD_SHARED 104                /* offset of shared.start */
#define EARLY_SHARED       0xffffffff80400000 /* the block that it lies in, in the early tables */

#endif
