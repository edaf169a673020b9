/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exceptions taken to EL2, and the way back. A guest's registers are saved straight into its vCPU; handlers run to their end
 * on the core's stack, with interrupts masked, and then guest_enter loads whatever vCPU is current by then.
 */
#include <hv/arm64/limits.h>
#include <hv/arm64/offsets.h>

	.macro	guest_exit handler
	.balign	0x80
	stp	x0, x1, [sp, #-16]!
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #CPU_CURRENT]
	stp	x2, x3, [x0, #VCPU_X + 16]
	stp	x4, x5, [x0, #VCPU_X + 32]
	stp	x6, x7, [x0, #VCPU_X + 48]
	stp	x8, x9, [x0, #VCPU_X + 64]
	stp	x10, x11, [x0, #VCPU_X + 80]
	stp	x12, x13, [x0, #VCPU_X + 96]
	stp	x14, x15, [x0, #VCPU_X + 112]
	stp	x16, x17, [x0, #VCPU_X + 128]
	stp	x18, x19, [x0, #VCPU_X + 144]
	stp	x20, x21, [x0, #VCPU_X + 160]
	stp	x22, x23, [x0, #VCPU_X + 176]
	stp	x24, x25, [x0, #VCPU_X + 192]
	stp	x26, x27, [x0, #VCPU_X + 208]
	stp	x28, x29, [x0, #VCPU_X + 224]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0, #VCPU_X]
	mrs	x2, elr_el2
	mrs	x3, spsr_el2
	stp	x30, x2, [x0, #VCPU_X + 240]
	str	x3, [x0, #VCPU_PSTATE]
	adr	x30, guest_enter
	b	\handler
	.endm

	.macro	own_exception kind
	.balign	0x80
	mov	x0, #\kind
	b	own_fault
	.endm

	.text
	.balign	0x800
	.globl	vectors
vectors:
	own_exception 0
	own_exception 1
	own_exception 2
	own_exception 3
	own_exception 4
	own_exception 5
	own_exception 6
	own_exception 7
	guest_exit trap_sync
	guest_exit trap_irq
	guest_exit trap_irq
	guest_exit trap_serror
	own_exception 8
	own_exception 9
	own_exception 10
	own_exception 11

/* an exception of the hypervisor itself: a bug; the stack may be what is broken */
own_fault:
	mrs	x1, esr_el2
	mrs	x2, elr_el2
	mrs	x3, far_el2
	adrp	x4, panic_stack
	add	x4, x4, :lo12:panic_stack
	add	sp, x4, #STACK_SIZE
	bl	panic_exception

	.globl	guest_enter
guest_enter:
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #CPU_CURRENT]
	ldp	x30, x2, [x0, #VCPU_X + 240]
	ldr	x3, [x0, #VCPU_PSTATE]
	msr	elr_el2, x2
	msr	spsr_el2, x3
	ldp	x2, x3, [x0, #VCPU_X + 16]
	ldp	x4, x5, [x0, #VCPU_X + 32]
	ldp	x6, x7, [x0, #VCPU_X + 48]
	ldp	x8, x9, [x0, #VCPU_X + 64]
	ldp	x10, x11, [x0, #VCPU_X + 80]
	ldp	x12, x13, [x0, #VCPU_X + 96]
	ldp	x14, x15, [x0, #VCPU_X + 112]
	ldp	x16, x17, [x0, #VCPU_X + 128]
	ldp	x18, x19, [x0, #VCPU_X + 144]
	ldp	x20, x21, [x0, #VCPU_X + 160]
	ldp	x22, x23, [x0, #VCPU_X + 176]
	ldp	x24, x25, [x0, #VCPU_X + 192]
	ldp	x26, x27, [x0, #VCPU_X + 208]
	ldp	x28, x29, [x0, #VCPU_X + 224]
	ldp	x0, x1, [x0, #VCPU_X]
	eret
	dsb	nsh			/* no speculation past eret */
	isb
