/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program whose first instruction is the one that plugin.c waits for. As Linux's init it turns the machine off. */
	.globl	_start
_start:
	hint	#127
	ldr	x0, =0xfee1dead
	ldr	x1, =672274793
	ldr	x2, =0x4321fedc	/* power off */
	mov	x8, #142	/* reboot */
	svc	#0
	mov	x0, #0
	mov	x8, #94		/* exit_group, elsewhere */
	svc	#0
