/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entry of a test guest: the arm64 Linux boot protocol at EL1 on the first core (x0 = device tree),
 * PSCI CPU_ON on the others (x0 = struct core). The image is a static PIE and relocates itself.
 */
#include <tests/guest/runtime/offsets.h>

	.section .head, "ax"
	.globl	_start
_start:
	b	start			/* code0 (Documentation/arm64/booting) */
	.long	0
	.quad	0
	.long	_image_size, 0
	.quad	0xa			/* little-endian, 4 KiB pages, placed anywhere */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

start:
	msr	daifset, #0xf
	mov	x19, x0

	/* apply R_AARCH64_RELATIVE (1027), the only kind a static PIE has */
	adrp	x0, _start
	adrp	x1, _rela_start
	add	x1, x1, :lo12:_rela_start
	adrp	x2, _rela_end
	add	x2, x2, :lo12:_rela_end
1:	cmp	x1, x2
	b.hs	2f
	ldp	x3, x4, [x1], #16
	ldr	x5, [x1], #8
	cmp	w4, #1027
	b.ne	halt
	add	x5, x5, x0
	str	x5, [x0, x3]
	b	1b

2:	adrp	x1, _bss_start
	add	x1, x1, :lo12:_bss_start
	adrp	x2, _bss_end
	add	x2, x2, :lo12:_bss_end
3:	cmp	x1, x2
	b.hs	4f
	stp	xzr, xzr, [x1], #16
	b	3b

4:	adrp	x0, boot_stack
	add	x0, x0, :lo12:boot_stack
	add	sp, x0, #4096
	mov	x29, xzr
	mov	x0, x19
	bl	boot			/* C with the MMU off; returns struct core of this core */
	b	core_entry
halt:	wfi
	b	halt

	.globl	core_entry
core_entry:
	msr	daifset, #0xf
	mov	x19, x0
	msr	tpidr_el1, x0
	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	msr	vbar_el1, x0
	msr	spsel, #1
	bl	translation_on
	ldr	x0, [x19, #CORE_STACK_TOP]
	mov	sp, x0
	mov	x29, xzr
	ldr	x1, [x19, #CORE_MAIN]
	mov	x0, x19
	blr	x1
	b	halt

/* loads what space.c left in `translation` */
translation_on:
	adrp	x0, translation
	add	x0, x0, :lo12:translation
	ldp	x1, x2, [x0]
	ldp	x3, x4, [x0, #16]
	msr	mair_el1, x1
	msr	tcr_el1, x2
	msr	ttbr0_el1, x3
	msr	ttbr1_el1, xzr
	tlbi	vmalle1
	dsb	nsh
	isb
	msr	sctlr_el1, x4
	isb
	ret

	.bss
	.balign	16
	.globl	boot_stack
boot_stack:
	.skip	4096
