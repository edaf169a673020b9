/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attacks of one instruction: x0 = address, x1 = value. The first instruction is the attack, so
 * that the pc of what comes of it is the function's address.
 */
	.arch_extension lse
	.arch_extension fp
	.arch_extension simd

	.macro	op name, instruction:vararg
	.globl	op_\name
	.type	op_\name, %function
op_\name:
	\instruction
	ret
	.endm

	.text
	.balign	4096			/* one page, so that nothing but the attack can fault */
	op	read, ldr x0, [x0]
	op	read32, ldr w0, [x0]
	op	read8, ldrb w0, [x0]
	op	read_pair, ldp x0, x2, [x0]
	op	read_acquire, ldar x0, [x0]
	op	read_exclusive, ldxr x0, [x0]
	op	read_user, ldtr x0, [x0]
	op	read_simd, ldr q0, [x0]
	op	write, str x1, [x0]
	op	write32, str w1, [x0]
	op	write8, strb w1, [x0]
	op	write_pair, stp x1, x1, [x0]
	op	write_release, stlr x1, [x0]
	op	write_user, sttr x1, [x0]
	op	write_simd, str q0, [x0]
	op	atomic_add, ldadd x1, x2, [x0]
	op	atomic_swap, swpal x1, x2, [x0]
	op	atomic_compare, casal x1, x2, [x0]
	op	zero, dc zva, x0
	op	clean, dc cvac, x0
	op	clean_invalidate, dc civac, x0
	op	invalidate, dc ivac, x0
	op	invalidate_code, ic ivau, x0
	op	prefetch, prfm pldl1keep, [x0]
	op	translate, at s1e1r, x0
	op	translate_write, at s1e1w, x0
	op	execute, br x0
	op	counter, mrs x0, cntpct_el0
	op	nothing, nop

/* walks through memory at x0 from here on: its first instruction after the barrier is not found */
	.globl	op_root
op_root:
	msr	ttbr0_el1, x0
	tlbi	vmalle1
	dsb	nsh
	isb
	ldr	x0, [x0]
	ret
	.globl	op_root_end
op_root_end:

/* a page of its own for what generated.c writes */
	.balign	4096
	.globl	op_generated, generated_code
op_generated:
generated_code:
	nop
	ret
	.balign	4096
