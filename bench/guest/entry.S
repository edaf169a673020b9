/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * First bytes of the bench image, in front of the test guests' runtime: keeps the counter as it
 * stands at the guest's first instruction. Must stay within the first page, from whose start
 * the runtime relocates the image.
 */
	.section .head, "ax"
	.globl	bench_entry
bench_entry:
	b	first			/* code0 (Documentation/arm64/booting) */
	.long	0
	.quad	0
	.long	_image_size, 0
	.quad	0xa			/* little-endian, 4 KiB pages, placed anywhere */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0
first:
	mrs	x1, cntvct_el0
	adrp	x2, first_count
	str	x1, [x2, :lo12:first_count]
	b	_start

	.data
	.balign	8
	.globl	first_count
first_count:
	.quad	0
