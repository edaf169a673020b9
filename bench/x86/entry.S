/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the emulator's multiboot loader to 64-bit code on tables that map the first 4 GiB to themselves; the trampoline of the other
 * processors; and the interrupts that wake the first one.
 */
#define LOAD    0x100000
#define MAGIC   0x1badb002
#define FLAGS   0x10003 /* modules on pages, memory map, addresses below */
#define MSR_EFER 0xc0000080
#define MSR_APIC_BASE 0x1b
#define EFER_LME_NXE 0x900
#define CR0_PG_WP_PE 0x80010001
#define CR4_PAE 0x20

	.section .head, "ax"
	.code32
	.globl	_head
_head:
	.long	MAGIC, FLAGS, -(MAGIC + FLAGS)
	.long	_head, _head, _file_end, _image_end, start

start:
	cli
	cld
	mov	$stack_top, %esp
	mov	%ebx, %ebp
	/* four tables of 2 MiB pages */
	mov	$tables + 0x2000, %edi
	mov	$0x83, %eax
	mov	$2048, %ecx
1:	mov	%eax, (%edi)
	movl	$0, 4(%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	1b
	mov	$tables + 0x2003, %eax
	mov	$tables + 0x1000, %edi
	mov	$4, %ecx
2:	mov	%eax, (%edi)
	add	$0x1000, %eax
	add	$8, %edi
	loop	2b
	movl	$tables + 0x1003, tables
	mov	$tables, %eax
	mov	%eax, %cr3
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME_NXE, %eax
	wrmsr
	mov	$CR0_PG_WP_PE, %eax
	mov	%eax, %cr0
	lgdt	gdt_register
	ljmp	$8, $3f
	.code64
3:	mov	$16, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	%ebp, %edi
	xor	%ebp, %ebp
	call	loader_main
4:	hlt
	jmp	4b

	/* copied to a page below 1 MiB; the words at its end are filled in */
	.code16
	.globl	trampoline, trampoline_end, trampoline_cr3, trampoline_boot, trampoline_index, trampoline_entry, trampoline_state, trampoline_tsc, trampoline_apic_mode, trampoline_under, trampoline_gdt, gdt32
trampoline:
	cli
	mov	%cs, %ax
	mov	%ax, %ds
	mov	%ax, %bx
	movzx	%bx, %ebx
	shl	$4, %ebx		/* where this lies */
	lgdtl	trampoline_gdtr - trampoline
	mov	$1, %eax
	mov	%eax, %cr0
	ljmpl	*(trampoline_far - trampoline)
	.code32
trampoline_32:
	mov	$16, %eax
	mov	%eax, %ds
	mov	%eax, %ss
	mov	%eax, %es
	mov	trampoline_cr3 - trampoline(%ebx), %eax
	mov	%eax, %cr3
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$MSR_EFER, %ecx
	mov	$EFER_LME_NXE, %eax
	xor	%edx, %edx
	wrmsr
	mov	$CR0_PG_WP_PE, %eax
	mov	%eax, %cr0
	ljmp	$8, $trampoline_64
	.code64
trampoline_64:
	mov	$MSR_APIC_BASE, %ecx
	rdmsr
	or	trampoline_apic_mode - trampoline(%rbx), %eax
	wrmsr
	rdtsc
	mov	%eax, trampoline_tsc - trampoline(%rbx)
	mov	%edx, trampoline_tsc + 4 - trampoline(%rbx)
	lgdt	trampoline_gdt - 2 - trampoline(%rbx)
	mov	trampoline_boot - trampoline(%rbx), %rdi
	mov	trampoline_index - trampoline(%rbx), %rsi
	mov	trampoline_state - trampoline(%rbx), %rax
	mov	trampoline_entry - trampoline(%rbx), %rdx
	movl	$1, (%rax)		/* COKERNEL_CORE_ENTERED: these words may change */
	mov	trampoline_under - trampoline(%rbx), %rax
	test	%rax, %rax
	jz	1f
	lea	trampoline_switch - trampoline(%rbx), %rcx
	jmp	*%rcx
trampoline_switch:			/* in the page below 1 MiB: the hypervisor's tables have nothing else of ours */
	mov	%rax, %cr3
1:	jmp	*%rdx
	.balign	8
trampoline_gdtr:
	.word	gdt_end - gdt32 - 1
	.long	gdt32
	.word	0
trampoline_far:
	.long	trampoline_32
	.word	24
	.word	0
trampoline_cr3:	.quad 0
	.word	0, 0, 0
	.word	23		/* null, code, data */
trampoline_gdt:	.quad 0
trampoline_boot: .quad 0
trampoline_index: .quad 0
trampoline_entry: .quad 0
trampoline_state: .quad 0
trampoline_tsc: .quad 0		/* when the core came */
trampoline_apic_mode: .quad 0
trampoline_under: .quad 0	/* tables of the hypervisor that is entered instead */
trampoline_end:

	.code64
	.globl	interrupt_entry, echo_entry, regions_entry, cost_entry, echo_count, regions_count, cost_count
echo_entry:
	incl	echo_count
	jmp	interrupt_entry
regions_entry:
	incl	regions_count
	jmp	interrupt_entry
cost_entry:
	incl	cost_count
interrupt_entry:
	push	%rax
	mov	$0xfee000b0, %eax	/* end of interrupt, to the local APIC */
	movl	$0, (%rax)
	pop	%rax
	iretq

	.section .rodata
	.balign	8
gdt32:	/* null, 64-bit code, data, 32-bit code */
	.quad	0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cf9b000000ffff
gdt_end:
gdt_register:
	.word	gdt_end - gdt32 - 1
	.quad	gdt32

	.bss
	.balign	4
echo_count:	.space 4
regions_count:	.space 4
cost_count:	.space 4
	.balign	4096
	.globl	tables
tables:	.space	6 * 4096
	.space	16384
stack_top:

	.section .note.GNU-stack, "", %progbits
