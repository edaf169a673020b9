/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vectors_hold for x86-64: 16 registers, MXCSR and the x87 control word.
 */
#ifndef HOLD_H
#define HOLD_H

#include "../../vectors.h"
#include <string.h>

__asm__("	.text\n"
	"	.globl	vectors_hold\n"
	"vectors_hold:\n"
	"	push	%rbx\n"
	"	mov	%rdi, %rbx\n"
	"	mov	(%rbx), %rax\n"
	"	test	%rax, %rax\n"
	"	jz	2f\n"
	"	ldmxcsr	512(%rax)\n"
	"	fldcw	520(%rax)\n"
	"	cmpq	$0, 88(%rbx)\n"
	"	je	1f\n"
	"	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
	"	vmovups	32 * \\n(%rax), %ymm\\n\n"
	"	.endr\n"
	"	jmp	2f\n"
	"1:\n"
	"	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
	"	movups	32 * \\n(%rax), %xmm\\n\n"
	"	.endr\n"
	"2:	mov	32(%rbx), %rax\n"
	"	test	%rax, %rax\n"
	"	js	3f\n"
	"	mov	40(%rbx), %rdi\n"
	"	mov	48(%rbx), %rsi\n"
	"	mov	56(%rbx), %rdx\n"
	"	mov	64(%rbx), %r10\n"
	"	mov	72(%rbx), %r8\n"
	"	syscall\n"
	"3:	mov	8(%rbx), %rcx\n"
	"	cmpq	$0, 16(%rbx)\n"
	"	je	4f\n"
	"	test	%rax, %rax\n"
	"	cmove	16(%rbx), %rcx\n"
	"4:	mov	24(%rbx), %rdx\n"
	"5:	pause\n"
	"	cmpl	$0, (%rdx)\n"
	"	je	5b\n"
	"	stmxcsr	512(%rcx)\n"
	"	fnstcw	520(%rcx)\n"
	"	cmpq	$0, 88(%rbx)\n"
	"	je	6f\n"
	"	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
	"	vmovups	%ymm\\n, 32 * \\n(%rcx)\n"
	"	.endr\n"
	"	jmp	7f\n"
	"6:\n"
	"	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
	"	movups	%xmm\\n, 32 * \\n(%rcx)\n"
	"	.endr\n"
	"7:	cmp	16(%rbx), %rcx\n"
	"	je	8f\n"
	"	mov	%rax, 80(%rbx)\n"
	"	pushq	$0x1f80\n"
	"	ldmxcsr	(%rsp)\n"
	"	pop	%rcx\n"
	"	fninit\n"
	"	pop	%rbx\n"
	"	ret\n"
	"8:	mov	$60, %eax\n"
	"	xor	%edi, %edi\n"
	"	syscall\n");

static inline int vectors_are_wide(void)
{
	return __builtin_cpu_supports("avx");
}

/* rounding, and flags that have been raised already; nothing that traps */
static inline void vectors_control(struct vectors *vectors, uint64_t seed)
{
	vectors->control = 0x9f80 | (seed & 3) << 13 | (seed & 0x3f);
	vectors->status = (seed & 4 ? 0x37f : 0x27f) | (~seed & 3) << 10;
}

/* What a handler starts with: registers as a program does, whatever it has interrupted. */
static inline void vectors_of_handler(struct vectors *expected, const struct vectors *interrupted)
{
	(void)interrupted;
	memset(expected, 0, sizeof(*expected));
	expected->control = 0x1f80;
	expected->status = 0x37f;
}

/* clone(2): the word that is cleared at the end, in this machine's order of arguments */
#define CLONE_CHILD_TID 3

#endif
