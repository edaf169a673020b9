/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The vDSO as it was linked; vdso.c fills in its data. Its section headers do not fit into the page: the ELF header must not say that they are there. */
#include <arch/vdso_data.h>

	.data
	.balign	4096
	.globl	vdso_image
vdso_image:
	.incbin	VDSO_FILE, 0, 0x28
	.quad	0			/* e_shoff */
	.incbin	VDSO_FILE, 0x30, 0xC
	.short	0, 0			/* e_shnum, e_shstrndx */
	.incbin	VDSO_FILE, 0x40, VDSO_SIZE - 0x40

	.section .note.GNU-stack, "", %progbits
