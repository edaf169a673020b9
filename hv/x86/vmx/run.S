/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vmx_run(r, is_first): into the guest with registers r[16], and back with what it left in them; RSP is the VMCS's. False: it was not entered.
 * NMIs: one that comes while we run would be lost, as the guest is entered without another look at the commands; so it asks for an exit as soon as
 * the guest can be interrupted.
 */
#define HOST_RSP           0x6c14
#define PROCESSOR_CONTROLS 0x4002
#define NMI_WINDOW         (1 << 22)

	.text
	.globl	vmx_run, vmx_exit, vmx_unmask_nmi, backend_nmi, backend_id
	.set	backend_id, 2	/* VCPU_VMX */
vmx_run:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	mov	$HOST_RSP, %eax
	vmwrite	%rsp, %rax
	test	%esi, %esi
	mov	(%rdi), %rax
	mov	8(%rdi), %rcx
	mov	16(%rdi), %rdx
	mov	24(%rdi), %rbx
	mov	40(%rdi), %rbp
	mov	48(%rdi), %rsi
	mov	64(%rdi), %r8
	mov	72(%rdi), %r9
	mov	80(%rdi), %r10
	mov	88(%rdi), %r11
	mov	96(%rdi), %r12
	mov	104(%rdi), %r13
	mov	112(%rdi), %r14
	mov	120(%rdi), %r15
	mov	56(%rdi), %rdi
	jnz	1f
	vmresume
	jmp	2f
1:	vmlaunch
2:	pop	%rdi
	xor	%eax, %eax
	jmp	3f

vmx_exit:
	xchg	%rdi, (%rsp)
	mov	%rax, (%rdi)
	mov	%rcx, 8(%rdi)
	mov	%rdx, 16(%rdi)
	mov	%rbx, 24(%rdi)
	mov	%rbp, 40(%rdi)
	mov	%rsi, 48(%rdi)
	mov	%r8, 64(%rdi)
	mov	%r9, 72(%rdi)
	mov	%r10, 80(%rdi)
	mov	%r11, 88(%rdi)
	mov	%r12, 96(%rdi)
	mov	%r13, 104(%rdi)
	mov	%r14, 112(%rdi)
	mov	%r15, 120(%rdi)
	pop	56(%rdi)
	mov	$1, %eax
3:	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	/* after an exit for NMI they are masked until an IRET (SDM 3C 27.5.5) */
vmx_unmask_nmi:
	mov	%rsp, %rax
	mov	%ss, %ecx
	push	%rcx
	push	%rax
	pushfq
	mov	%cs, %ecx
	push	%rcx
	pushq	$4f
	iretq
4:	ret

backend_nmi:
	push	%rax
	push	%rdx
	mov	$PROCESSOR_CONTROLS, %eax
	vmread	%rax, %rdx
	jna	5f			/* there is no VMCS yet, or no more */
	or	$NMI_WINDOW, %edx
	vmwrite	%rdx, %rax
5:	pop	%rdx
	pop	%rax
	iretq

	.section .note.GNU-stack, "", %progbits
