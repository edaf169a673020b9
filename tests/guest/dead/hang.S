/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kernel for the login VM that never comes to anything: all interrupts are masked at its entry, and stay so.
 */
#include "header.inc"
2:	wfi
	b	2b
