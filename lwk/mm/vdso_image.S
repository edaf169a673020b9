/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The vDSO as it was linked, in a page; vdso.c fills in its data. Its section headers, which some C libraries go through, stand behind the page in the file
 * and in a gap of the page here; their names are left out.
 */
#include <arch/vdso_data.h>

	.data
	.balign	4096
	.globl	vdso_image
vdso_image:
	.incbin	VDSO_FILE, 0, 0x28
	.quad	VDSO_HEADERS		/* e_shoff */
	.incbin	VDSO_FILE, 0x30, 0xE
	.short	0			/* e_shstrndx */
	.incbin	VDSO_FILE, 0x40, VDSO_HEADERS - 0x40
	.incbin	VDSO_FILE, VDSO_SECTIONS	/* they are the last in the file */
	.org	vdso_image + VDSO_HEADERS_END
	.incbin	VDSO_FILE, VDSO_HEADERS_END, VDSO_SIZE - VDSO_HEADERS_END

	.section .note.GNU-stack, "", %progbits
