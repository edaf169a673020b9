/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kernel for VMs made at run time, as an arm64 Image that is copied: makes the hypercall, or with x0 = 0 the read of x1, or with x0 = 1
 * the write of x2 there, that it finds in its stream region, for ever, and yields before each.
 */
	.text
	.balign	64
	.globl	tiny_image, tiny_streams, tiny_end
tiny_image:
	b	1f
	.long	0
	.quad	0			/* text_offset */
	.quad	0x1000			/* image_size */
	.quad	0xa
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0
tiny_streams:
	.quad	0			/* the test puts the region's address here */
1:	adr	x20, tiny_streams
	ldr	x20, [x20]
2:	mov	x0, #0x6c		/* FFA_YIELD */
	movk	x0, #0x8400, lsl #16
	hvc	#0
	ldp	x0, x1, [x20]
	ldp	x2, x3, [x20, #32]
	mov	x4, #0
	cbz	x0, 3f
	cmp	x0, #1
	b.eq	4f
	hvc	#0
	stp	x0, x2, [x20, #16]
	b	2b
3:	ldr	x1, [x1]
	stp	x0, x1, [x20, #16]
	b	2b
4:	str	x2, [x1]
	b	2b
tiny_end:
