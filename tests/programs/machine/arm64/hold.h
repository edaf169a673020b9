/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * vectors_hold for arm64: V0 to V31, FPCR and FPSR.
 */
#ifndef HOLD_H
#define HOLD_H

#include "../../vectors.h"

__asm__("	.text\n"
	"	.globl	vectors_hold\n"
	"vectors_hold:\n"
	"	stp	x19, x20, [sp, #-80]!\n"
	"	stp	d8, d9, [sp, #16]\n"
	"	stp	d10, d11, [sp, #32]\n"
	"	stp	d12, d13, [sp, #48]\n"
	"	stp	d14, d15, [sp, #64]\n"
	"	mov	x19, x0\n"
	"	ldr	x9, [x19]\n"
	"	cbz	x9, 1f\n"
	"	add	x12, x9, #512\n"
	"	ldp	x10, x11, [x12]\n"
	"	msr	fpcr, x10\n"
	"	msr	fpsr, x11\n"
	"	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
	"	ldr	q\\n, [x9, #16 * \\n]\n"
	"	.endr\n"
	"1:	ldr	x8, [x19, #32]\n"
	"	tbnz	x8, #63, 2f\n"
	"	ldp	x0, x1, [x19, #40]\n"
	"	ldp	x2, x3, [x19, #56]\n"
	"	ldr	x4, [x19, #72]\n"
	"	svc	#0\n"
	"2:	ldp	x10, x9, [x19, #8]\n"
	"	cmp	x9, #0\n"
	"	ccmp	x0, #0, #0, ne\n"
	"	csel	x10, x9, x10, eq\n"
	"	ldr	x11, [x19, #24]\n"
	"3:	ldr	w12, [x11]\n"
	"	cbz	w12, 3b\n"
	"	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
	"	str	q\\n, [x10, #16 * \\n]\n"
	"	.endr\n"
	"	mrs	x12, fpcr\n"
	"	mrs	x13, fpsr\n"
	"	add	x14, x10, #512\n"
	"	stp	x12, x13, [x14]\n"
	"	cmp	x10, x9\n"
	"	b.eq	4f\n"
	"	msr	fpcr, xzr\n"
	"	str	x0, [x19, #80]\n"
	"	ldp	d14, d15, [sp, #64]\n"
	"	ldp	d12, d13, [sp, #48]\n"
	"	ldp	d10, d11, [sp, #32]\n"
	"	ldp	d8, d9, [sp, #16]\n"
	"	ldp	x19, x20, [sp], #80\n"
	"	ret\n"
	"4:	mov	x8, #93\n"
	"	mov	x0, #0\n"
	"	svc	#0\n");

static inline int vectors_are_wide(void)
{
	return 1;
}

/* rounding and flushing to zero; flags that have been raised already */
static inline void vectors_control(struct vectors *vectors, uint64_t seed)
{
	vectors->control = (seed & 7) << 22;
	vectors->status = seed & 0x0800001f;
}

/* What a handler starts with: what it has interrupted. */
static inline void vectors_of_handler(struct vectors *expected, const struct vectors *interrupted)
{
	*expected = *interrupted;
}

/* clone(2): the word that is cleared at the end, in this machine's order of arguments */
#define CLONE_CHILD_TID 4

#endif
