/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exception vectors. Every exception saves struct trap_frame on the kernel stack of the current
 * thread; the handlers are C.
 */
#include <arch/layout.h>

	.macro	vector handler, from_user, number
	.balign	0x80
	sub	sp, sp, #TRAP_FRAME_SIZE
	stp	x0, x1, [sp, #0]
	mov	x0, #\number
	b	\handler
	.endm

	.macro	save_frame from_user
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	.if	\from_user
	mrs	x1, sp_el0
	mov	x29, xzr
	.else
	add	x1, sp, #TRAP_FRAME_SIZE
	.endif
	stp	x30, x1, [sp, #240]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	stp	x1, x2, [sp, #256]
	mov	x1, x0
	mov	x0, sp
	.endm

	.macro	restore_frame from_user
	ldp	x1, x2, [sp, #256]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x30, x1, [sp, #240]
	.if	\from_user
	msr	sp_el0, x1
	.endif
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldp	x0, x1, [sp, #0]
	add	sp, sp, #TRAP_FRAME_SIZE
	eret
	.endm

	.section .vectors, "ax"
	.balign	0x800
	.globl	trap_vectors
trap_vectors:
	/* EL1 with SP_EL0: never used */
	vector	unexpected, 0, 0
	vector	unexpected, 0, 1
	vector	unexpected, 0, 2
	vector	unexpected, 0, 3
	/* EL1 */
	vector	kernel_sync, 0, 4
	vector	kernel_irq, 0, 5
	vector	unexpected, 0, 6
	vector	unexpected, 0, 7
	/* EL0, AArch64 */
	vector	user_sync, 1, 8
	vector	user_irq, 1, 9
	vector	unexpected, 1, 10
	vector	unexpected, 1, 11
	/* EL0, AArch32: not entered */
	vector	unexpected, 1, 12
	vector	unexpected, 1, 13
	vector	unexpected, 1, 14
	vector	unexpected, 1, 15
	.balign	0x80

	.text
kernel_sync:
	save_frame 0
	bl	trap_kernel_sync
	restore_frame 0

kernel_irq:
	save_frame 0
	bl	trap_irq
	restore_frame 0

user_sync:
	save_frame 1
	bl	trap_user_sync
	b	user_return

user_irq:
	save_frame 1
	bl	trap_irq
	b	user_return

	/* x0 = frame on the own stack */
	.globl	user_enter
user_enter:
	mov	sp, x0
user_return:
	mov	x0, sp
	bl	trap_user_return
	restore_frame 1

unexpected:
	save_frame 0
	bl	trap_unexpected
	b	.
