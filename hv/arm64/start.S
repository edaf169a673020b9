/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entry of the hypervisor: the arm64 Linux boot protocol on the first core (x0 = device tree, MMU off, EL2), PSCI CPU_ON on
 * the others (x0 = struct cpu). The image runs wherever it was loaded: it relocates itself.
 */
#include <hv/arm64/limits.h>
#include <hv/arm64/offsets.h>

	.section .head, "ax"
	.globl	_start
_start:
	b	start			/* code0 (Documentation/arm64/booting) */
	.long	0
	.quad	0			/* text_offset */
	.long	_image_size, 0		/* a 64-bit field; 32-bit relocations need no fixing at run time */
	.quad	0xa			/* little-endian, 4 KiB pages, placed anywhere */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

start:
	msr	daifset, #0xf
	mov	x19, x0
	mrs	x0, CurrentEL
	cmp	x0, #(2 << 2)
	b.ne	halt
	bl	el2_reset

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

4:	adrp	x1, cpus
	add	x1, x1, :lo12:cpus
	msr	tpidr_el2, x1
	adrp	x2, boot_stack
	add	x2, x2, :lo12:boot_stack
	add	sp, x2, #(2 * STACK_SIZE)
	mov	x29, xzr
	mov	x0, x19
	bl	boot
	b	guest
halt:	wfi
	b	halt

	.globl	cpu_start
cpu_start:
	msr	daifset, #0xf
	mov	x19, x0
	bl	el2_reset
	bl	el2_mmu_on
	msr	tpidr_el2, x19
	ldr	x1, [x19, #CPU_STACK_TOP]
	mov	sp, x1
	mov	x29, xzr
	mov	x0, x19
	bl	cpu_prepare
	/* exits find the core's stack empty */
guest:	mrs	x0, tpidr_el2
	ldr	x0, [x0, #CPU_STACK_TOP]
	mov	sp, x0
	b	guest_enter

/* a defined state of EL2: no VHE, no trap of our own, vectors set */
el2_reset:
	mov	x0, #(1 << 31)		/* HCR_EL2.RW, E2H = 0 */
	msr	hcr_el2, x0
	mov	x0, #0x33ff		/* CPTR_EL2 RES1, nothing trapped */
	msr	cptr_el2, x0
	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	msr	vbar_el2, x0
	msr	spsel, #1
	isb
	ret

/* loads the translation registers that el2_mmu.c left, cleaned to memory, in el2_translation */
	.globl	el2_mmu_on
el2_mmu_on:
	adrp	x0, el2_translation
	add	x0, x0, :lo12:el2_translation
	ldp	x1, x2, [x0]
	ldp	x3, x4, [x0, #16]
	msr	mair_el2, x1
	msr	tcr_el2, x2
	msr	ttbr0_el2, x3
	tlbi	alle2
	dsb	sy
	isb
	msr	sctlr_el2, x4
	isb
	ic	iallu
	dsb	sy
	isb
	ret
