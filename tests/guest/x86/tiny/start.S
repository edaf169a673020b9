/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A core's first instructions (the image's header is link.ld's): RDI = struct cokernel_boot, RSI = its index. Each core has a stack of its own. The
 * stubs of all interrupts; of exceptions those without an error code return properly, and no other comes.
 */
#define STACK_SHIFT 13

	.text
	.globl tiny_start
tiny_start:
	movq	%rax, entry_registers(%rip)
	movq	%rcx, 8 + entry_registers(%rip)
	movq	%rdx, 16 + entry_registers(%rip)
	movq	%rbx, 24 + entry_registers(%rip)
	movq	%rsp, 32 + entry_registers(%rip)
	movq	%rbp, 40 + entry_registers(%rip)
	movq	%rsi, 48 + entry_registers(%rip)
	movq	%rdi, 56 + entry_registers(%rip)
	movq	%r8, 64 + entry_registers(%rip)
	movq	%r9, 72 + entry_registers(%rip)
	movq	%r10, 80 + entry_registers(%rip)
	movq	%r11, 88 + entry_registers(%rip)
	movq	%r12, 96 + entry_registers(%rip)
	movq	%r13, 104 + entry_registers(%rip)
	movq	%r14, 112 + entry_registers(%rip)
	movq	%r15, 120 + entry_registers(%rip)
	leaq	stacks(%rip), %rsp
	pushfq
	popq	128 + entry_registers(%rip)
	leaq	1(%rsi), %rax
	shlq	$STACK_SHIFT, %rax
	addq	%rax, %rsp
	xorl	%ebp, %ebp
	call	tiny_main
1:	cli
	hlt
	jmp	1b

	.macro STUB vector
	.balign 16
	pushq	$\vector
	jmp	interrupt_common
	.endm

	.balign 16
	.globl interrupt_stubs
interrupt_stubs:
	.set	vector, 0
	.rept	256
	STUB	vector
	.set	vector, vector + 1
	.endr

interrupt_common:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	cld
	movq	72(%rsp), %rdi
	call	interrupt_taken
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
	addq	$8, %rsp
	iretq

	.bss
	.balign 4096
stacks:
	.skip	32 << STACK_SHIFT

	.section .note.GNU-stack, "", @progbits
