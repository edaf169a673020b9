/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copies to and from user memory, the only places where the kernel may touch it (SMAP, where the processor has it). The caller has checked
 * that the addresses are a program's. A fault that cannot be resolved goes on at the second label of its pair (see .fixups); all return
 * what is left to copy.
 */
	.macro	fixup label, resume
	.pushsection .fixups, "a"
	.balign	8
	.quad	\label, \resume
	.popsection
	.endm

	.macro	user_begin
	testb	$1, cpu_has_smap(%rip)
	jz	.Lbegin\@
	stac
.Lbegin\@:
	.endm

	.macro	user_end
	testb	$1, cpu_has_smap(%rip)
	jz	.Lend\@
	clac
.Lend\@:
	.endm

	.text
	/* rdi = to, rsi = from, rdx = bytes: whole words, then the rest */
	.globl	user_read, user_write
user_read:
user_write:
	user_begin
	mov	%rdx, %rcx
	shr	$3, %rcx
	and	$7, %edx
1:	rep	movsq
	mov	%edx, %ecx
2:	rep	movsb
	xor	%eax, %eax
3:	user_end
	ret
4:	lea	(%rdx, %rcx, 8), %rax
	jmp	3b
5:	mov	%rcx, %rax
	jmp	3b
	fixup	1b, 4b
	fixup	2b, 5b

	/* rdi = user to, rsi = bytes */
	.globl	user_clear
user_clear:
	user_begin
	xor	%eax, %eax
	mov	%rsi, %rcx
	mov	%esi, %edx
	shr	$3, %rcx
	and	$7, %edx
1:	rep	stosq
	mov	%edx, %ecx
2:	rep	stosb
3:	user_end
	ret
4:	lea	(%rdx, %rcx, 8), %rax
	jmp	3b
5:	mov	%rcx, %rax
	jmp	3b
	fixup	1b, 4b
	fixup	2b, 5b

	/* rdi = kernel to, rsi = user from: 32 bits; 0, or 1 for a fault */
	.globl	user_read32
user_read32:
	user_begin
1:	mov	(%rsi), %ecx
	mov	%ecx, (%rdi)
	xor	%eax, %eax
2:	user_end
	ret
3:	mov	$1, %eax
	jmp	2b
	fixup	1b, 3b

	/* rdi = user word, esi = expected, edx = new, rcx = kernel: where the value found goes; 0, or 1 for a fault */
	.globl	user_exchange32
user_exchange32:
	user_begin
	mov	%esi, %eax
1:	lock	cmpxchg %edx, (%rdi)
	mov	%eax, (%rcx)
	xor	%eax, %eax
2:	user_end
	ret
3:	mov	$1, %eax
	jmp	2b
	fixup	1b, 3b

	/* rdi = kernel to, rsi = user from, rdx = bytes; stops behind a NUL; what is left, -1 for a fault */
	.globl	user_read_string
user_read_string:
	user_begin
1:	test	%rdx, %rdx
	jz	3f
2:	mov	(%rsi), %al
	mov	%al, (%rdi)
	test	%al, %al
	jz	3f
	inc	%rsi
	inc	%rdi
	dec	%rdx
	jmp	1b
3:	mov	%rdx, %rax
4:	user_end
	ret
5:	mov	$-1, %rax
	jmp	4b
	fixup	2b, 5b

	.section .note.GNU-stack, "", %progbits
