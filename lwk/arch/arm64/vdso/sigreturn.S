/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a signal handler returns to when the program names no place of its own. Unwinders know a
 * signal frame by these two instructions at the return address; there is no unwind table for them,
 * as on Linux: what it could say is not enough to unwind out of a handler. They look up the address
 * before, too, hence the nop.
 */
#define NR_RT_SIGRETURN 139

	.section .sigreturn, "ax"
	nop
	.globl	__kernel_rt_sigreturn
	.type	__kernel_rt_sigreturn, %function
__kernel_rt_sigreturn:
	mov	x8, #NR_RT_SIGRETURN
	svc	#0
	.size	__kernel_rt_sigreturn, . - __kernel_rt_sigreturn
