/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ways into the kernel and out of it. Each saves struct trap_frame on the kernel stack of the current thread, those with a stack of
 * their own there; the handlers are C. GS holds the user's base in user mode and the core's record in the kernel: SWAPGS at each crossing,
 * with interrupts masked. What can arrive in between uses a stack of its own and takes the core's record from there.
 */
#include <arch/layout.h>

#define MSR_GS_BASE 0xc0000101
#define NMI         2
/* flags that SYSRET would act on too early (TF) or not restore as IRET does (RF) */
#define FLAGS_NOT_SYSRET 0x10100

	.macro	save_registers
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	.endm

	.macro	restore_registers
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	.endm

	/* the interrupted code may have been allowed to touch user memory: the handler is not */
	.macro	forbid_user_memory
	testb	$1, cpu_has_smap(%rip)
	jz	.Lforbidden\@
	clac
.Lforbidden\@:
	.endm

	.text
	.balign	16
	.globl	trap_stubs
trap_stubs:
	.set	n, 0
	.rept	256
	.balign	16
	.if	n != 8 && n != 10 && n != 11 && n != 12 && n != 13 && n != 14 && n != 17 && n != 21 && n != 29 && n != 30
	pushq	$0
	.endif
	pushq	$n
	.if	n == 1 || n == 2 || n == 8 || n == 18
	jmp	own_stack
	.else
	jmp	interrupt
	.endif
	.set	n, n + 1
	.endr

	.balign	16
interrupt:
	save_registers
	cld
	forbid_user_memory
	mov	%rsp, %rdi
	testb	$3, FRAME_CS(%rsp)
	jz	1f
	swapgs
	xor	%ebp, %ebp
	call	trap_user
	jmp	user_return
1:	call	trap_kernel
kernel_return:
	restore_registers
	add	$16, %rsp
	iretq

	/* debug, NMI, double fault, machine check */
own_stack:
	save_registers
	cld
	forbid_user_memory
	testb	$3, FRAME_CS(%rsp)
	jnz	2f
	mov	$MSR_GS_BASE, %ecx
	rdmsr
	mov	%eax, %r12d
	mov	%edx, %r13d
	mov	%rsp, %rbx
	or	$(IST_STACK_SIZE - 1), %rbx
	mov	-7(%rbx), %rax		/* the core's record, in the stack's last word */
	mov	%rax, %rdx
	shr	$32, %rdx
	wrmsr
	mov	%rsp, %rdi
	call	trap_kernel
	mov	$MSR_GS_BASE, %ecx
	mov	%r12d, %eax
	mov	%r13d, %edx
	wrmsr
	jmp	kernel_return
2:	swapgs
	cmpq	$NMI, FRAME_VECTOR(%rsp)
	je	3f
	/* may become a signal: goes on on the thread's stack */
	mov	%rsp, %rsi
	mov	%gs:CORE_STACK_TOP, %rdi
	sub	$FRAME_SIZE, %rdi
	mov	%rdi, %rsp
	mov	$(FRAME_SIZE / 8), %ecx
	rep	movsq
	mov	%rsp, %rdi
	xor	%ebp, %ebp
	call	trap_user
	jmp	user_return
3:	mov	%rsp, %rdi
	xor	%ebp, %ebp
	call	trap_kernel
	swapgs
	jmp	kernel_return

	.balign	16
	.globl	trap_call_entry
trap_call_entry:
	swapgs
	mov	%rsp, %gs:CORE_USER_STACK
	mov	%gs:CORE_STACK_TOP, %rsp
	pushq	$SEGMENT_USER_DATA
	pushq	%gs:CORE_USER_STACK
	push	%r11
	pushq	$SEGMENT_USER_CODE
	push	%rcx
	pushq	$0
	pushq	$VECTOR_CALL
	save_registers
	xor	%ebp, %ebp
	mov	%rsp, %rdi
	call	trap_call
	jmp	user_return

	/* rdi = frame on the own stack */
	.globl	user_enter
user_enter:
	mov	%rdi, %rsp
	/*
	 * SYSRET takes RIP and flags from RCX and R11, and faults in the kernel when RIP is not canonical (Intel SDM 2B, SYSRET); so it serves calls
	 * only whose frame is as they left it, and no program has code in the last page before the hole.
	 */
user_return:
	mov	%rsp, %rdi
	call	trap_user_return
	mov	FRAME_RIP(%rsp), %rcx
	mov	$USER_TOP, %rax
	cmp	%rax, %rcx
	jae	4f
	mov	FRAME_FLAGS(%rsp), %r11
	cmpl	$VECTOR_CALL, FRAME_VECTOR(%rsp)
	jne	5f
	cmp	FRAME_RCX(%rsp), %rcx
	jne	5f
	cmp	FRAME_R11(%rsp), %r11
	jne	5f
	test	$FLAGS_NOT_SYSRET, %r11d
	jnz	5f
	restore_registers
	mov	FRAME_RSP - FRAME_VECTOR(%rsp), %rsp
	swapgs
	sysretq
5:	restore_registers
	add	$16, %rsp
	swapgs
	iretq
4:	mov	%rsp, %rdi
	call	trap_user_stray
	jmp	user_return

	/* rdi = struct arch_thread to save to, rsi = to load from: the first word is the stack pointer */
	.globl	context_switch
context_switch:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, (%rdi)
	mov	(%rsi), %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret

	/* where a new thread starts: rbx = function, r12 = its argument */
	.globl	thread_entry
thread_entry:
	call	sched_finish_switch
	sti
	mov	%r12, %rdi
	call	*%rbx
	call	thread_exit

	.section .note.GNU-stack, "", %progbits
