/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A boot sector for emulators that know no -kernel: loads prepared pieces of memory (tools/bulkhead_node/quickboot.py) from the first ATA disk
 * to where they belong and enters Linux by its 64-bit boot protocol (Documentation/x86/boot.rst), or a multiboot kernel. A boot loader that
 * decompresses takes minutes there.
 * A reset turns the machine off: what ran there does not run twice.
 *
 *   sector 0      this code; the BIOS loads it, it loads the rest
 *   sector TABLE  Linux's entry address or 0, a multiboot kernel's or 0, then {address, first sector, sectors} of each piece, 0 sectors at the end; 32-bit numbers
 */
#define STACK       0x7c00
#define TABLE       8
#define TABLE_AT    0x6000 /* one sector */
#define MAP_AT      0x6400 /* the BIOS's memory map */
#define MAP_ENTRIES 64
#define MAP_ENTRY   20
#define PARAMS      0x90000 /* a piece: struct boot_params, or the multiboot record */
#define PARAMS_MAP_COUNT 0x1e8
#define PARAMS_MAP  0x2d0
#define PAGE_TABLES 0x70000 /* of the first 4 GiB, a piece */

#define CMOS_INDEX  0x70
#define CMOS_DATA   0x71
#define CMOS_BOOTED 0x7e /* a byte that the BIOS does not use, and that outlives a reset */
#define BOOTED      0xb0
#define PORT_OFF    0x8900 /* of Bochs: turns off after this word */

#define ATA         0x1f0
#define ATA_COUNT   0x1f2
#define ATA_LBA     0x1f3 /* three ports */
#define ATA_DEVICE  0x1f6
#define ATA_COMMAND 0x1f7 /* read: status */
#define ATA_CONTROL 0x3f6
#define ATA_READ    0x20
#define SECTORS_MAX 128 /* of one command */

	.section .text, "ax"
	.code16
	.globl	_start
_start:
	cli
	cld
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$STACK, %sp
	ljmp	$0, $1f
1:	movw	$packet, %si
	movb	$0x42, %ah /* extended read, from the drive in DL */
	int	$0x13
	jc	halt
	jmp	boot_once

halt:	hlt
	jmp	halt

	.align	4
packet:
	.byte	16, 0
	.word	TABLE - 1
	.word	rest, 0
	.quad	1

	.org	510
	.word	0xaa55

rest:
turn_off:
	movw	$word_off, %si
	movw	$(word_off_end - word_off), %cx
	movw	$PORT_OFF, %dx
	rep outsb
	jmp	halt
word_off:
	.ascii	"Shutdown"
word_off_end:

boot_once:
	movb	$CMOS_BOOTED, %al
	outb	%al, $CMOS_INDEX
	inb	$CMOS_DATA, %al
	cmpb	$BOOTED, %al
	je	turn_off
	movb	$BOOTED, %al
	outb	%al, $CMOS_DATA
/* INT 15h, E820h: entries of 20 bytes, as Linux keeps them */
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	movw	$MAP_AT, %di
1:	movl	$0xe820, %eax
	movl	$0x534d4150, %edx /* "SMAP" */
	movl	$MAP_ENTRY, %ecx
	int	$0x15
	jc	2f
	incl	%ebp
	addw	$MAP_ENTRY, %di
	cmpl	$MAP_ENTRIES, %ebp
	je	2f
	testl	%ebx, %ebx
	jnz	1b
2:	movl	%ebp, map_count
	inb	$0x92, %al /* A20 */
	orb	$2, %al
	andb	$0xfe, %al
	outb	%al, $0x92
	lgdt	gdt_pointer
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$0x08, $protected

	.code32
protected:
	movw	$0x18, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$STACK, %esp
	movb	$2, %al /* no interrupts from the disk */
	movw	$ATA_CONTROL, %dx
	outb	%al, %dx
	movl	$TABLE_AT, %edi
	movl	$TABLE, %ebx
	movl	$1, %ecx
	call	read_sectors
	movl	$(TABLE_AT + 8), %esi
1:	movl	(%esi), %edi
	movl	4(%esi), %ebx
	movl	8(%esi), %ecx
	testl	%ecx, %ecx
	jz	enter
	call	read_sectors
	addl	$12, %esi
	jmp	1b

/* ecx sectors from ebx on to edi */
read_sectors:
	pushl	%ecx
	cmpl	$SECTORS_MAX, %ecx
	jbe	1f
	movl	$SECTORS_MAX, %ecx
1:	movl	%ecx, %eax
	movw	$ATA_COUNT, %dx
	outb	%al, %dx
	movl	%ebx, %eax
	incw	%dx
	outb	%al, %dx
	shrl	$8, %eax
	incw	%dx
	outb	%al, %dx
	shrl	$8, %eax
	incw	%dx
	outb	%al, %dx
	shrl	$8, %eax
	orb	$0xe0, %al /* LBA, first drive */
	incw	%dx
	outb	%al, %dx
	movb	$ATA_READ, %al
	incw	%dx
	outb	%al, %dx
	addl	%ecx, %ebx
	movl	%ecx, %ebp
	subl	%ecx, (%esp)
2:	movw	$ATA_COMMAND, %dx
3:	inb	%dx, %al
	testb	$0x80, %al /* busy */
	jnz	3b
	testb	$0x08, %al /* data */
	jz	3b
	movw	$ATA, %dx
	movl	$128, %ecx
	rep insl
	decl	%ebp
	jnz	2b
	popl	%ecx
	testl	%ecx, %ecx
	jnz	read_sectors
	ret

enter:
	movl	$MAP_AT, %esi
	movl	$(PARAMS + PARAMS_MAP), %edi
	movl	$(MAP_ENTRIES * MAP_ENTRY / 4), %ecx
	rep movsl
	movb	map_count, %al
	movb	%al, PARAMS + PARAMS_MAP_COUNT
	movl	TABLE_AT + 4, %edx
	movl	$PARAMS, %ebx
	testl	%edx, %edx
	jz	1f
	jmp	*%edx
1:	movl	TABLE_AT, %ebx
	movl	%cr4, %eax
	orl	$0x20, %eax /* PAE */
	movl	%eax, %cr4
	movl	$PAGE_TABLES, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx /* EFER */
	rdmsr
	orl	$0x100, %eax /* LME */
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000000, %eax
	movl	%eax, %cr0
	ljmp	$0x10, $long

	.code64
long:
	movl	$PARAMS, %esi
	jmp	*%rbx

	.align	8
gdt:	.quad	0
	.quad	0x00cf9b000000ffff /* 0x08: 32-bit code */
	.quad	0x00af9b000000ffff /* 0x10: 64-bit code, as Linux wants it */
	.quad	0x00cf93000000ffff /* 0x18: data */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt
	.align	4
map_count:
	.long	0

	.org	TABLE * 512
