/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a secondary does while the primary counts: void serve_NAME(const uint64_t in[4], ...)
 * answers the request that called it (in[0] = w1 of the answer) and then does one thing for
 * ever. Its rounds are as short as the thing permits.
 */
#include <bench/guest/figures.h>

	.macro	function id
	movz	x0, #(\id & 0xffff)
	movk	x0, #(\id >> 16), lsl #16
	.endm

	/* clobbers x0 to x7; keeps x1 of the answer in x20 */
	.macro	serve_begin name
	.globl	serve_\name
serve_\name:
	ldr	x20, [x0]
	mov	x21, x1
	mov	x22, x2
	function CALL_DIRECT_RESP
	mov	x1, x20
	mov	x2, xzr
	mov	x3, xzr
	mov	x4, xzr
	mov	x5, xzr
	mov	x6, xzr
	mov	x7, xzr
	hvc	#0
	.endm

	.text
	.globl	serves_start, serves_end
serves_start:
	serve_begin wait
1:	function CALL_MSG_WAIT
	hvc	#0
	b	1b

	serve_begin yield
1:	function CALL_YIELD
	hvc	#0
	nop
	b	1b

	.arch_extension fp
	serve_begin fp
1:	function CALL_YIELD
	hvc	#0
	fmov	d0, xzr
	b	1b

	serve_begin echo
1:	function CALL_DIRECT_RESP
	mov	x1, x20
	mov	x2, xzr
	hvc	#0
	b	1b

	.globl	spin
	serve_begin spin
spin:	b	spin

/* serve_wfi(in, vectors, cpu interface): waits for the SGI and takes it */
	serve_begin wfi
	msr	vbar_el1, x21
	isb
	msr	daifclr, #2
1:	wfi
	b	1b

/* serve_kicked(in, vectors, cpu interface): the same, spinning; yield lets the emulator run others */
	serve_begin kicked
	msr	vbar_el1, x21
	isb
	msr	daifclr, #2
	.globl	kicked_spin
kicked_spin:
	yield
	b	kicked_spin

/* vectors with a handler as short as can be; x22 = address of a GICv2's CPU interface */
	.macro	vectors_of version
	.balign	0x800
	.globl	sgi_vectors_v\version, sgi_handler_v\version
sgi_vectors_v\version:
	.skip	0x280
sgi_handler_v\version:
	.if	\version == 3
	mrs	x0, s3_0_c12_c12_0	/* ICC_IAR1_EL1 */
	msr	s3_0_c12_c12_1, x0	/* ICC_EOIR1_EL1 */
	.else
	ldr	w0, [x22, #0xc]		/* GICC_IAR */
	str	w0, [x22, #0x10]	/* GICC_EOIR */
	.endif
	eret
	.balign	0x800
	.endm
	vectors_of 2
	vectors_of 3

/*
 * uint64_t timer_once(deadline, delay): spins until the virtual timer's interrupt is taken,
 * whose handler executes `delay` (0 to 15) instructions and reads the counter; its value. The
 * interrupt is left active.
 */
	.globl	timer_once, timer_spin, timer_handler
timer_once:
	mrs	x10, vbar_el1
	adr	x11, timer_vectors
	adr	x12, 1f
	adr	x9, 2f
	sub	x9, x9, x1, lsl #2
	msr	vbar_el1, x11
	msr	cntv_cval_el0, x0
	mov	x2, #1
	msr	cntv_ctl_el0, x2
	isb
	msr	daifclr, #2
timer_spin:
	b	timer_spin
1:	msr	vbar_el1, x10
	isb
	ret
	.balign	0x800
timer_vectors:
	.skip	0x280
timer_handler:
	br	x9
	.rept	15
	nop
	.endr
2:	mrs	x0, cntvct_el0
	msr	cntv_ctl_el0, xzr
	msr	elr_el1, x12
	mrs	x2, spsr_el1
	orr	x2, x2, #0x80		/* masked again */
	msr	spsr_el1, x2
	eret
	.balign	0x800

/* void compute(rounds): COMPUTE_ROUND instructions each */
	.globl	compute
compute:
	.rept	COMPUTE_ROUND - 2
	add	x1, x1, x0
	.endr
	sub	x0, x0, #1
	cbnz	x0, compute
	ret
serves_end:
