/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The image's header; the entry, to which a trampoline jumps on our own tables; exceptions. An exception of ours ends the enclave, but for NMI,
 * which is the back end's, and for #GP of the few instructions that are tried.
 */
#include <bulkhead/vcpu.h>

	.section .head, "ax"
	.globl	_head
_head:
	.quad	0x7265646e75766865	/* VCPU_IMAGE_MAGIC */
	.long	1			/* VCPU_VERSION */
	.long	backend_id
	.long	entry
	.long	_code_size
	.long	_file_size
	.long	_memory_size

entry:
	cli
	cld
	mov	$(VCPU_STACK + VCPU_STACK_SIZE), %esp
	lgdt	gdt_register
	lidt	idt_register
	mov	$VCPU_SELECTOR_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	pushq	$VCPU_SELECTOR_CODE
	pushq	$1f
	lretq
1:	xor	%ebp, %ebp
	call	hv_main

	.text
	/* What may raise #GP has nothing on the stack. */
risky_begin:
	.globl	msr_read_safely, msr_write_safely, xcr_write_safely
msr_read_safely:
	mov	%edi, %ecx
	rdmsr
	mov	%eax, (%rsi)
	mov	%edx, 4(%rsi)
	mov	$1, %eax
	ret
msr_write_safely:
	mov	%edi, %ecx
	mov	%esi, %eax
	mov	%rsi, %rdx
	shr	$32, %rdx
	wrmsr
	mov	$1, %eax
	ret
xcr_write_safely:
	mov	%edi, %ecx
	mov	%esi, %eax
	mov	%rsi, %rdx
	shr	$32, %rdx
	xsetbv
	mov	$1, %eax
	ret
risky_end:
risky_failed:
	xor	%eax, %eax
	ret

	/* in: error code, RIP, CS, ... */
protection_fault:
	cmpq	$risky_begin, 8(%rsp)
	jb	2f
	cmpq	$risky_end, 8(%rsp)
	jae	2f
	movq	$risky_failed, 8(%rsp)
	add	$8, %rsp
	iretq
2:	pushq	$13
	jmp	exception

	.set	vector, 0
	.rept	32
	.balign	16
	.if	vector == 0
stubs:
	.endif
	.if	vector == 2
	jmp	backend_nmi
	.elseif	vector == 13
	jmp	protection_fault
	.else
	.if	(0x60227d00 >> vector & 1) == 0	/* which have an error code: SDM 3A 6.15 */
	pushq	$0
	.endif
	pushq	$vector
	jmp	exception
	.endif
	.set	vector, vector + 1
	.endr

exception:
	pop	%rdi
	pop	%rsi
	mov	(%rsp), %rdx
	and	$-16, %rsp
	call	hv_exception

	.section .rodata
	.balign	8
	.globl	idt
idt:
	.set	vector, 0
	.rept	32
	.word	stubs + 16 * vector - VCPU_IMAGE, VCPU_SELECTOR_CODE, 0x8e00, VCPU_IMAGE >> 16
	.quad	0
	.set	vector, vector + 1
	.endr
idt_end:
	.balign	8
	.word	0, 0, 0
idt_register:
	.word	idt_end - idt - 1
	.quad	idt
	.word	0, 0, 0
gdt_register:
	.word	5 * 8 - 1
	.quad	VCPU_CONFIG + VCPU_CONFIG_GDT

	.section .note.GNU-stack, "", %progbits
