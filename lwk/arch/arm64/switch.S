/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel half of a context switch: callee-saved registers and stack. Offsets: struct
 * arch_thread.
 */
	.text
	/* x0 = struct arch_thread to save to, x1 = to load from */
	.globl	context_switch
context_switch:
	stp	x19, x20, [x0, #0]
	stp	x21, x22, [x0, #16]
	stp	x23, x24, [x0, #32]
	stp	x25, x26, [x0, #48]
	stp	x27, x28, [x0, #64]
	stp	x29, x30, [x0, #80]
	mov	x2, sp
	str	x2, [x0, #96]
	ldp	x19, x20, [x1, #0]
	ldp	x21, x22, [x1, #16]
	ldp	x23, x24, [x1, #32]
	ldp	x25, x26, [x1, #48]
	ldp	x27, x28, [x1, #64]
	ldp	x29, x30, [x1, #80]
	ldr	x2, [x1, #96]
	mov	sp, x2
	ret

	/* where a new thread starts: x19 = function, x20 = its argument */
	.globl	thread_entry
thread_entry:
	bl	sched_finish_switch
	msr	daifclr, #3
	mov	x0, x20
	blr	x19
	bl	thread_exit
	b	.
