/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The image's header and the entry of every core (bulkhead/cokernel.h): RDI = physical address of the boot record, RSI = the core's index,
 * tables that map physical addresses to themselves, no stack. Position-independent until the jump to the link address. Core 0 copies the
 * record and makes the early tables; the others wait until it has a stack for them.
 */
#include <arch/layout.h>

#define PRESENT_WRITABLE 0x3
#define BLOCK            0x83

	.section .head.text, "ax"
	.globl	_head
_head:
	.quad	0x6c656e72656b6f63	/* COKERNEL_IMAGE_MAGIC */
	.long	1			/* COKERNEL_VERSION */
	.long	0
	.quad	entry - _head
	.quad	_image_size

entry:
	cli
	cld
	lea	_head(%rip), %rbx
	test	%rsi, %rsi
	jnz	secondary

	mov	%rdi, %rsi
	lea	boot_record(%rip), %rdi
	mov	$(BOOT_RECORD_SIZE / 8), %ecx
	rep	movsq

	/* the image's first block at its physical address, its first two at the link address */
	lea	early_tables(%rip), %rdi
	lea	(0x1000 + PRESENT_WRITABLE)(%rdi), %rdx
	mov	%rbx, %rax
	shr	$39, %rax
	and	$511, %eax
	mov	%rdx, (%rdi, %rax, 8)
	lea	(0x2000 + PRESENT_WRITABLE)(%rdi), %rdx
	mov	%rbx, %rax
	shr	$30, %rax
	and	$511, %eax
	mov	%rdx, 0x1000(%rdi, %rax, 8)
	mov	%rbx, %rax
	shr	$21, %rax
	and	$511, %eax
	lea	BLOCK(%rbx), %rdx
	mov	%rdx, 0x2000(%rdi, %rax, 8)
	lea	(0x3000 + PRESENT_WRITABLE)(%rdi), %rax
	mov	%rax, 511 * 8(%rdi)
	lea	(0x4000 + PRESENT_WRITABLE)(%rdi), %rax
	mov	%rax, 0x3000 + 510 * 8(%rdi)
	mov	%rdx, 0x4000(%rdi)
	add	$0x200000, %rdx
	mov	%rdx, 0x4008(%rdi)

	/* behind it, the two blocks around the shared region: for a panic before there are other tables */
	mov	boot_record + BOOT_RECORD_SHARED(%rip), %rdx
	and	$-0x200000, %rdx
	or	$BLOCK, %rdx
	mov	%rdx, 0x4010(%rdi)
	add	$0x200000, %rdx
	mov	%rdx, 0x4018(%rdi)

	mov	%rdi, %cr3
	movabs	$1f, %rax
	jmp	*%rax
1:	mov	$boot_stack_top, %rsp
	xor	%ebp, %ebp
	mov	%rbx, %rdi
	call	kernel_boot

secondary:
	lea	secondary_stacks(%rip), %rax
2:	pause
	cmpq	$0, (%rax, %rsi, 8)
	je	2b
	xor	%ecx, %ecx
	xchg	%rcx, (%rax, %rsi, 8)	/* or it has been withdrawn */
	test	%rcx, %rcx
	jz	2b
	lea	early_tables(%rip), %rdi
	mov	%rdi, %cr3
	movabs	$4f, %rax
	jmp	*%rax
4:	mov	secondary_cr3(%rip), %rax
	mov	%rax, %cr3
	mov	%rcx, %rsp
	xor	%ebp, %ebp
	mov	%esi, %edi
	call	secondary_start

	.section .bss.stack, "aw", %nobits
	.balign	4096
	.globl	boot_ist
boot_ist:
	.space	IST_STACK_SIZE * IST_COUNT
	.globl	boot_stack
boot_stack:
	.space	KERNEL_STACK_SIZE
	.globl	boot_stack_top
boot_stack_top:

	/* root; then of the identity, then of the link address: levels 1 and 2 */
	.section .early_tables, "aw", %nobits
	.balign	4096
early_tables:
	.space	5 * 4096

	.section .note.GNU-stack, "", %progbits
