/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An init whose first instruction reads the counter: 8 bytes on its output, then the machine off. */
#include <asm/unistd_64.h>

#define REBOOT_MAGIC1    0xfee1dead
#define REBOOT_MAGIC2    672274793
#define REBOOT_POWER_OFF 0x4321fedc

	.globl	_start
_start:
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	push	%rax
	mov	$__NR_write, %eax
	mov	$1, %edi
	mov	%rsp, %rsi
	mov	$8, %edx
	syscall
	mov	$__NR_reboot, %eax
	mov	$REBOOT_MAGIC1, %edi
	mov	$REBOOT_MAGIC2, %esi
	mov	$REBOOT_POWER_OFF, %edx
	syscall
	ud2

	.section .note.GNU-stack, "", %progbits
