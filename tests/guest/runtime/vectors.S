/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exceptions at EL1, calls that may end in one, and the hypercall instruction with all of its
 * registers.
 */
#include <tests/guest/runtime/offsets.h>

	.macro	entry handler
	.balign	0x80
	b	\handler
	.endm

	.macro	frame_save
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #0]
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
	mrs	x0, elr_el1
	stp	x30, x0, [sp, #240]
	mrs	x0, spsr_el1
	mrs	x1, esr_el1
	stp	x0, x1, [sp, #FRAME_SPSR]
	mrs	x0, far_el1
	str	x0, [sp, #FRAME_FAR]
	mov	x0, sp
	.endm

	.text
	.balign	0x800
	.globl	vectors
vectors:
	entry	on_unexpected
	entry	on_unexpected
	entry	on_unexpected
	entry	on_unexpected
	entry	on_sync
	entry	on_irq
	entry	on_unexpected
	entry	on_unexpected
	entry	on_sync_lower
	entry	on_unexpected
	entry	on_unexpected
	entry	on_unexpected
	entry	on_unexpected
	entry	on_unexpected
	entry	on_unexpected
	entry	on_unexpected

on_sync:
	frame_save
	bl	exception_handle	/* returns to `guarded_call`, or not at all */

/* from EL0, which runs with interrupts masked and without a stack */
on_sync_lower:
	frame_save
	bl	exception_handle_lower

on_unexpected:
	frame_save
	bl	exception_unexpected

on_irq:
	frame_save
	bl	interrupt_handle
	ldr	x0, [sp, #FRAME_SPSR]
	msr	spsr_el1, x0
	ldp	x30, x0, [sp, #240]
	msr	elr_el1, x0
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
	ldp	x0, x1, [sp], #FRAME_SIZE
	eret

	.macro	callee_saved op
	\op	x19, x20, [sp, #16]
	\op	x21, x22, [sp, #32]
	\op	x23, x24, [sp, #48]
	\op	x25, x26, [sp, #64]
	\op	x27, x28, [sp, #80]
	.endm

	.macro	pattern first, last
	movz	x\first, #\first
	movk	x\first, #PATTERN_HIGH, lsl #48
	.if	\last - \first
	pattern	%(\first + 1), \last
	.endif
	.endm

	.altmacro
/*
 * uint64_t guarded_call_user(function, a, b, struct trap *): at EL0, where it ends in an exception
 * in any case
 */
	.globl	guarded_call_user
guarded_call_user:
	stp	x29, x30, [sp, #-GUARD_SIZE]!
	callee_saved stp
	str	x3, [sp, #GUARD_TRAP]
	mrs	x4, tpidr_el1
	mov	x5, sp
	str	x5, [x4, #CORE_RECOVERY]
	str	xzr, [x3]
	msr	elr_el1, x0
	mov	x5, #0x3c0		/* EL0t, all masked */
	msr	spsr_el1, x5
	mov	x0, x1
	mov	x1, x2
	pattern	2, 29
	movz	x30, #30
	movk	x30, #PATTERN_HIGH, lsl #48
	isb
	eret

/* uint64_t guarded_call(function, a, b, struct trap *) */
	.globl	guarded_call
guarded_call:
	stp	x29, x30, [sp, #-GUARD_SIZE]!
	callee_saved stp
	str	x3, [sp, #GUARD_TRAP]
	mrs	x4, tpidr_el1
	mov	x5, sp
	str	x5, [x4, #CORE_RECOVERY]
	str	xzr, [x3]
	mov	x30, x0
	mov	x0, x1
	mov	x1, x2
	pattern	2, 29
	blr	x30
	.globl	guarded_return
guarded_return:
	mrs	x4, tpidr_el1
	str	xzr, [x4, #CORE_RECOVERY]
	callee_saved ldp
	ldp	x29, x30, [sp], #GUARD_SIZE
	ret

/* guarded_recover(sp of guarded_call, daif): its other end */
	.globl	guarded_recover
guarded_recover:
	mov	sp, x0
	msr	daif, x1
	mov	x0, xzr
	b	guarded_return

/* void call_hvc(struct regs *), call_smc: x0 to x28 in and out */
	.macro	call_function name, instruction
	.globl	\name
\name:
	stp	x29, x30, [sp, #-GUARD_SIZE]!
	callee_saved stp
	str	x0, [sp, #GUARD_TRAP]
	ldp	x28, x29, [x0, #224]
	ldp	x26, x27, [x0, #208]
	ldp	x24, x25, [x0, #192]
	ldp	x22, x23, [x0, #176]
	ldp	x20, x21, [x0, #160]
	ldp	x18, x19, [x0, #144]
	ldp	x16, x17, [x0, #128]
	ldp	x14, x15, [x0, #112]
	ldp	x12, x13, [x0, #96]
	ldp	x10, x11, [x0, #80]
	ldp	x8, x9, [x0, #64]
	ldp	x6, x7, [x0, #48]
	ldp	x4, x5, [x0, #32]
	ldp	x2, x3, [x0, #16]
	ldp	x0, x1, [x0]
	\instruction
	stp	x0, x1, [sp, #-16]!
	ldr	x0, [sp, #16 + GUARD_TRAP]
	stp	x2, x3, [x0, #16]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0]
	callee_saved ldp
	ldp	x29, x30, [sp], #GUARD_SIZE
	ret
	.endm

	call_function call_hvc, <hvc #0>
	call_function call_smc, <smc #0>
