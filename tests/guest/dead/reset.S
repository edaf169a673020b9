/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kernel for the login VM that asks to be booted again, at once and always.
 */
#include "header.inc"
	mov	w0, #0x9		/* PSCI_SYSTEM_RESET */
	movk	w0, #0x8400, lsl #16
	hvc	#0
	b	.
