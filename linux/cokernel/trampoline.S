/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a core of ours executes after INIT and SIPI: copied to a page below 1 MiB, whose number is the SIPI's vector. It goes to long mode at
 * once, then parks there, or enters a co-kernel (park.h). It touches nothing outside of its page, but for the tables and the core's state that
 * the mailbox names.
 *
 * Parked cores share one stack and one IDT: an NMI or a machine check, which goes to all cores at once, finds each in the same loop with the same
 * stack pointer, and no core needs what it pushes but to go on in that loop. A core that comes when another is waited for halts, and does nothing else.
 */
#include "trampoline.h"

	.section .rodata, "a"
	.balign 16
	.globl trampoline_begin, trampoline_mailbox, trampoline_nmi, trampoline_check, trampoline_enter, trampoline_long, trampoline_end

#define AT(symbol) (symbol - trampoline_begin)

	.code16
trampoline_begin:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	movl	$0x60, %eax			/* CR4: PAE; MCE, without which a machine check resets the machine */
	movl	%eax, %cr4
	movl	AT(trampoline_mailbox) + MAILBOX_TABLES, %eax
	movl	%eax, %cr3
	movl	$0xC0000080, %ecx		/* EFER: LME, NXE and nothing else, SVME above all */
	movl	$0x900, %eax
	xorl	%edx, %edx
	wrmsr
	lgdtl	AT(trampoline_mailbox) + MAILBOX_GDT
	movl	$0x80010011, %eax		/* CR0: PG, WP, ET, PE; caches on */
	movl	%eax, %cr0
	ljmpl	*(AT(trampoline_mailbox) + MAILBOX_LONG)

	.code64
trampoline_long:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	lidt	trampoline_mailbox + MAILBOX_IDT(%rip)
	leaq	trampoline_stack(%rip), %rsp
	movl	trampoline_mailbox + MAILBOX_LEAF(%rip), %eax
	movl	%eax, %esi
	xorl	%ecx, %ecx
	cpuid
	cmpl	$LEAF_BASIC, %esi
	jne	1f
	movl	%ebx, %edx
	shrl	$24, %edx
1:	leaq	trampoline_mailbox(%rip), %rbx
	cmpl	MAILBOX_CORE(%rbx), %edx
	jne	trampoline_halt
	movl	$0x3B, %ecx			/* IA32_TSC_ADJUST */
	testl	$MAILBOX_SAVE, MAILBOX_FLAGS(%rbx)
	jz	2f
	rdmsr
	movl	%eax, MAILBOX_ADJUST(%rbx)
	movl	%edx, MAILBOX_ADJUST + 4(%rbx)
2:	testl	$MAILBOX_RESTORE, MAILBOX_FLAGS(%rbx)
	jz	3f
	movl	MAILBOX_ADJUST(%rbx), %eax
	movl	MAILBOX_ADJUST + 4(%rbx), %edx
	wrmsr
3:	movl	MAILBOX_SEQUENCE(%rbx), %r8d
	movq	MAILBOX_ENTRY(%rbx), %rax
	testq	%rax, %rax
	jz	trampoline_park
	movl	$0x20, %edx			/* what a co-kernel finds: PAE alone */
	movq	%rdx, %cr4
	lidt	MAILBOX_NO_IDT(%rbx)
	lgdt	MAILBOX_ENTRY_GDT(%rbx)
	movq	MAILBOX_ENTRY_TABLES(%rbx), %rdx
	movq	MAILBOX_BOOT(%rbx), %rdi
	movq	MAILBOX_INDEX(%rbx), %rsi
	movq	MAILBOX_STATE(%rbx), %r9
	movq	%rdx, %cr3
	ljmpl	*MAILBOX_ENTER(%rbx)		/* CS of the new GDT; that of AMD has 32 bits of offset only */
trampoline_enter:
	movl	$1, (%r9)			/* COKERNEL_CORE_ENTERED */
	/* the last thing that is done in the mailbox: it is the next core's now */
	movl	%r8d, MAILBOX_ACK(%rbx)
	xorl	%esp, %esp
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	jmp	*%rax

trampoline_park:
	movl	%r8d, MAILBOX_ACK(%rbx)
trampoline_halt:
	cli
	hlt
	jmp	trampoline_halt
trampoline_check:
	movl	$0x17A, %ecx			/* IA32_MCG_STATUS: with MCIP set the next one resets it */
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
trampoline_nmi:
	iretq

	.balign 64
trampoline_mailbox:
	.skip	MAILBOX_SIZE
	.balign 16
	.skip	128
trampoline_stack:
trampoline_end:
