/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The vDSO as it was linked, without its section headers; vdso.c fills in its data. */
#include <arch/vdso_data.h>

	.data
	.balign	4096
	.globl	vdso_image
vdso_image:
	.incbin	VDSO_FILE, 0, VDSO_SIZE

	.section .note.GNU-stack, "", %progbits
