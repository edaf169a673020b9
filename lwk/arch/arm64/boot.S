/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entry from the loader (arm64 Linux boot protocol: x0 = device tree, MMU off, EL2 or EL1, anywhere
 * 2 MiB aligned), and of secondary cores. Ends at EL1 with the MMU on, at the link address. Runs
 * position-independent until then.
 */
#include <arch/layout.h>

#define PT_MAIR 0x4404ff /* PT_ARM64_MAIR of lib/pt.h */

	.section .head.text, "ax"
	.globl _head
_head:
	b	boot_entry
	.long	0
	.quad	0			/* text_offset */
	.quad	_image_size
	.quad	0xa			/* little-endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

boot_entry:
	mov	x20, x0			/* device tree */
	mrs	x21, CurrentEL
	bl	enter_el1
	adrp	x0, boot_stack_top
	add	sp, x0, :lo12:boot_stack_top
	adrp	x22, _head
	mov	x0, x22
	mov	x1, x20
	bl	boot_map		/* boot_map.c: fills the early tables */
	adrp	x0, early_tables
	add	x1, x0, #0x1000
	ldr	x2, =1f
	b	mmu_enable
1:	/* at the link address from here on */
	ldr	x0, =boot_stack_top
	mov	sp, x0
	ldr	x0, =__bss_start
	ldr	x1, =__bss_end
2:	cmp	x0, x1
	b.hs	3f
	stp	xzr, xzr, [x0], #16
	b	2b
3:	mov	x0, x22
	mov	x1, x20
	mov	x2, x21
	mov	x29, xzr
	bl	kernel_boot
	b	.

/*
 * Secondary cores. PSCI gives x0 = physical address of struct secondary_boot (smp.c); a spin table
 * gives nothing, so its cores find the record through secondary_boot_pa.
 */
	.globl secondary_entry_spin
secondary_entry_spin:
	adrp	x0, secondary_boot_pa
	ldr	x0, [x0, :lo12:secondary_boot_pa]
	.globl secondary_entry
secondary_entry:
	mov	x20, x0
	bl	enter_el1
	ldp	x1, x22, [x20]		/* ttbr1, core */
	ldr	x23, [x20, #16]		/* stack top */
	adrp	x0, early_tables
	ldr	x2, =1f
	b	mmu_enable
1:	mov	sp, x23
	mov	x0, x22
	mov	x29, xzr
	bl	secondary_start
	b	.

/*
 * To EL1h with interrupts masked and the MMU off, whichever level we come from; returns to x30. EL1
 * may use both timers, the interrupt controller's registers and FP and SVE; nothing is trapped.
 * Clobbers x9, x10.
 */
enter_el1:
	ldr	x10, =SCTLR_RES1
	mrs	x9, CurrentEL
	cmp	x9, #(2 << 2)
	b.eq	1f
	msr	sctlr_el1, x10
	isb
	ret
/* clears E2H: the EL2 registers below have their plain layout */
1:	mov	x9, #HCR_RW
	msr	hcr_el2, x9
	isb
	msr	sctlr_el1, x10
	mov	x9, #CNTHCTL_EL1_BOTH
	msr	cnthctl_el2, x9
	msr	cntvoff_el2, xzr
	mov	x9, #CPTR_EL2_NO_TRAP
	msr	cptr_el2, x9
	mrs	x9, id_aa64pfr0_el1
	ubfx	x9, x9, #32, #4		/* SVE */
	cbz	x9, 3f
	mov	x9, #CPTR_EL2_SVE
	msr	cptr_el2, x9
	isb
	mov	x9, #ZCR_LONGEST
	msr	S3_4_C1_C2_0, x9	/* ZCR_EL2 */
3:	mrs	x9, id_aa64dfr0_el1
	ubfx	x9, x9, #8, #4		/* PMU: 0 and 15 are none of the architecture's */
	sub	x9, x9, #1
	cmp	x9, #14
	b.hs	4f
	msr	pmuserenr_el0, xzr
4:	mov	x9, #MDSCR_TDCC		/* nor the debugger's channel for EL0 */
	msr	mdscr_el1, x9
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x9, midr_el1
	msr	vpidr_el2, x9
	mrs	x9, mpidr_el1
	msr	vmpidr_el2, x9
	mrs	x9, id_aa64pfr0_el1
	ubfx	x9, x9, #24, #4		/* GIC system registers */
	cbz	x9, 2f
	mrs	x9, S3_4_C12_C9_5	/* ICC_SRE_EL2 */
	orr	x9, x9, #1		/* SRE */
	orr	x9, x9, #8		/* Enable */
	msr	S3_4_C12_C9_5, x9
	isb
	mrs	x9, S3_4_C12_C9_5
	tbz	x9, #0, 2f
	msr	S3_4_C12_C11_0, xzr	/* ICH_HCR_EL2 */
2:	mov	x9, #SPSR_EL1H_MASKED
	msr	spsr_el2, x9
	msr	elr_el2, x30
	eret

/*
 * x0 = ttbr0 (identity of the image), x1 = ttbr1, x2 = link address to go on at. Clobbers x3 to x6.
 */
mmu_enable:
	msr	ttbr0_el1, x0
	msr	ttbr1_el1, x1
	ldr	x3, =PT_MAIR
	msr	mair_el1, x3
	ldr	x3, =TCR_BASE
	mrs	x4, id_aa64mmfr0_el1
	and	x5, x4, #0xf		/* PARange, at most 48 bits without LPA */
	cmp	x5, #5
	mov	x6, #5
	csel	x5, x5, x6, lo
	bfi	x3, x5, #32, #3		/* IPS */
	ubfx	x5, x4, #5, #1		/* ASIDBits: 16 */
	bfi	x3, x5, #36, #1		/* AS */
	msr	tcr_el1, x3
	mov	x3, #CPACR_FP
	msr	cpacr_el1, x3
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	ldr	x3, =SCTLR_MMU_ON
	msr	sctlr_el1, x3
	isb
	br	x2

/*
 * Another kernel half: x0 = its root, x1 = a table with nothing in it. Called at its physical
 * address, which TTBR0's identity table maps, with interrupts masked; returns to the link address
 * in x30. Secondary cores have none of the early kernel half: they start with the final one.
 */
	.globl ttbr1_replace
ttbr1_replace:
	msr	ttbr1_el1, x1
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	msr	ttbr1_el1, x0
	isb
	ret

	.ltorg

	.section .bss.stack, "aw", %nobits
	.balign	16
	.globl boot_stack
boot_stack:
	.space	KERNEL_STACK_SIZE
	.globl boot_stack_top
boot_stack_top:
