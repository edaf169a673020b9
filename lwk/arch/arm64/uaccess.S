/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Copies to and from user memory with unprivileged loads and stores, so that the MMU checks what
 * user mode may do. A fault that cannot be resolved goes on at 9f (see .fixups); all return what is
 * left to copy.
 */
	.macro	user, label, instruction:vararg
\label:	\instruction
	.pushsection .fixups, "a"
	.balign	8
	.quad	\label\()b, 9f
	.popsection
	.endm

	.text
	/* x0 = kernel to, x1 = user from, x2 = bytes */
	.globl	user_read
user_read:
	cmp	x2, #8
	b.lo	2f
	user 1, ldtr x3, [x1]
	str	x3, [x0], #8
	add	x1, x1, #8
	sub	x2, x2, #8
	b	user_read
2:	cbz	x2, 9f
	user 3, ldtrb w3, [x1]
	strb	w3, [x0], #1
	add	x1, x1, #1
	sub	x2, x2, #1
	b	2b
9:	mov	x0, x2
	ret

	/* x0 = user to, x1 = kernel from, x2 = bytes */
	.globl	user_write
user_write:
	cmp	x2, #8
	b.lo	2f
	ldr	x3, [x1], #8
	user 1, sttr x3, [x0]
	add	x0, x0, #8
	sub	x2, x2, #8
	b	user_write
2:	cbz	x2, 9f
	ldrb	w3, [x1], #1
	user 3, sttrb w3, [x0]
	add	x0, x0, #1
	sub	x2, x2, #1
	b	2b
9:	mov	x0, x2
	ret

	/* x0 = user to, x1 = bytes */
	.globl	user_clear
user_clear:
	cmp	x1, #8
	b.lo	2f
	user 1, sttr xzr, [x0]
	add	x0, x0, #8
	sub	x1, x1, #8
	b	user_clear
2:	cbz	x1, 9f
	user 3, sttrb wzr, [x0]
	add	x0, x0, #1
	sub	x1, x1, #1
	b	2b
9:	mov	x0, x1
	ret

	/* x0 = kernel to, x1 = user from: 32 bits; 0, or 1 for a fault */
	.globl	user_read32
user_read32:
	user 1, ldtr w2, [x1]
	str	w2, [x0]
	mov	x0, #0
	ret
9:	mov	x0, #1
	ret

	/*
	 * x0 = user word, w1 = expected, w2 = new, x3 = kernel: where the value found goes; 0, or 1 for a fault.
	 * There are no unprivileged exclusive accesses: PAN has to let these pass.
	 */
	.globl	user_exchange32
user_exchange32:
	adrp	x4, cpu_has_pan
	ldrb	w4, [x4, :lo12:cpu_has_pan]
	cbz	w4, 1f
	.inst	0xd500409f		/* msr pan, #0 */
	user 1, ldaxr w5, [x0]
	cmp	w5, w1
	b.ne	2f
	user 3, stlxr w6, w2, [x0]
	cbnz	w6, 1b
2:	str	w5, [x3]
	mov	x0, #0
	b	4f
9:	mov	x0, #1
4:	cbz	w4, 5f
	.inst	0xd500419f		/* msr pan, #1 */
5:	ret

	/*
	 * x0 = kernel to, x1 = user from, x2 = bytes; stops behind a NUL; what is left, -1 for a
	 * fault
	 */
	.globl	user_read_string
user_read_string:
	cbz	x2, 4f
	user 1, ldtrb w3, [x1]
	strb	w3, [x0], #1
	cbz	w3, 4f
	add	x1, x1, #1
	sub	x2, x2, #1
	b	user_read_string
4:	mov	x0, x2
	ret
9:	mov	x0, #-1
	ret
