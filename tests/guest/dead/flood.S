/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kernel for a VM made at run time that answers questions about its memory (bulkhead/exchange.h) by messages without end that mean
 * nothing: the ring is full again as soon as something was taken. Where it lies is in the name of the node stream@ADDRESS.
 */
#include "header.inc"
	adr	x21, name
2:	mov	x2, #0
3:	ldrb	w3, [x0, x2]
	ldrb	w4, [x21, x2]
	cbz	w4, 4f
	add	x2, x2, #1
	cmp	w3, w4
	b.eq	3b
	add	x0, x0, #1
	b	2b
4:	add	x0, x0, x2
	mov	x20, #0
5:	ldrb	w3, [x0], #1
	cbz	w3, 7f
	sub	w4, w3, #'0'
	cmp	w4, #9
	b.ls	6f
	sub	w4, w3, #'a' - 10
6:	add	x20, x4, x20, lsl #4
	b	5b
7:	add	x20, x20, #4096		/* EXCHANGE_OFFSET */
8:	ldr	w1, [x20, #64]		/* up.tail */
	add	w1, w1, #1024		/* EXCHANGE_RING_SIZE */
	str	w1, [x20]		/* up.head */
	b	8b
name:	.asciz	"stream@"
