/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state of a core at its entry.
 */
	.text
/* x0 = struct entry_state (vcpus.c) */
	.globl	entry_probe
entry_probe:
	stp	x0, x1, [x0, #0]
	stp	x2, x3, [x0, #16]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	str	x30, [x0, #240]
	mrs	x1, CurrentEL
	mrs	x2, daif
	stp	x1, x2, [x0, #248]
	mrs	x1, sctlr_el1
	mrs	x2, SPSel
	stp	x1, x2, [x0, #264]
	mrs	x1, mpidr_el1
	str	x1, [x0, #280]
	dsb	sy
1:	mov	x0, #2			/* PSCI CPU_OFF */
	movk	x0, #0x8400, lsl #16
	hvc	#0
	b	1b
