/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the primary does 10,000 times between two reads of the counter. uint64_t
 * loop_NAME(rounds, w1, w2): counter ticks; w1 and w2 are arguments of the hypercall. Nothing
 * is executed between the reads but what stands here. Each round starts at the label
 * round_NAME, by which the host finds it in a trace of the emulator.
 */
#include <bench/guest/figures.h>

	.macro	loop_begin name
	.globl	loop_\name, round_\name
loop_\name:
	stp	x29, x30, [sp, #-48]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	mov	x19, x0
	mov	x20, x1
	mov	x21, x2
	isb
	mrs	x22, cntvct_el0
round_\name:
	.endm

	.macro	loop_end name
	sub	x19, x19, #1
	cbnz	x19, round_\name
	isb
	mrs	x0, cntvct_el0
	sub	x0, x0, x22
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x29, x30, [sp], #48
	ret
	.endm

	.macro	function id
	movz	x0, #(\id & 0xffff)
	movk	x0, #(\id >> 16), lsl #16
	.endm

	.text
	.globl	loops_start, loops_end
loops_start:
	loop_begin empty
	loop_end empty

	loop_begin id_get
	function CALL_ID_GET
	hvc	#0
	loop_end id_get

	loop_begin psci_version
	function CALL_PSCI_VERSION
	hvc	#0
	loop_end psci_version

	loop_begin run
	function CALL_RUN
	mov	x1, x20
	hvc	#0
	loop_end run

	loop_begin yield
	function CALL_RUN
	mov	x1, x20
	hvc	#0
	loop_end yield

	loop_begin fp_own
	function CALL_RUN
	mov	x1, x20
	hvc	#0
	loop_end fp_own

	.arch_extension fp
	loop_begin fp_shared
	function CALL_RUN
	fmov	d0, xzr
	mov	x1, x20
	hvc	#0
	loop_end fp_shared

	loop_begin direct
	function CALL_DIRECT_REQ
	mov	x1, x20
	mov	x2, xzr
	hvc	#0
	loop_end direct

	loop_begin inject
	function CALL_INJECT
	mov	x1, x20
	mov	x2, #BENCH_SGI
	hvc	#0
	.globl	inject_back
inject_back:
	loop_end inject

	loop_begin wake
	function CALL_INJECT
	mov	x1, x20
	mov	x2, #BENCH_SGI
	hvc	#0
	function CALL_RUN
	mov	x1, x20
	hvc	#0
	loop_end wake

/*
 * uint64_t preempt_once(w1, deadline, delay): runs a vCPU that spins until the primary's timer
 * ends that, executes `delay` (0 to 15) more instructions and reads the counter; its value
 */
	.globl	preempt_once, preempt_back
preempt_once:
	adr	x9, 1f
	sub	x9, x9, x2, lsl #2
	msr	cntp_cval_el0, x1
	mov	x2, #1
	msr	cntp_ctl_el0, x2
	mov	x1, x0
	function CALL_RUN
	hvc	#0
preempt_back:
	br	x9
	.rept	15
	nop
	.endr
1:	mrs	x0, cntvct_el0
	msr	cntp_ctl_el0, xzr
	isb
	ret
loops_end:
