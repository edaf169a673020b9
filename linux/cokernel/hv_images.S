/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hypervisors, part of the module: who can load it decides what runs beneath a co-kernel. */
	.section .rodata, "a"
	.balign 8
	.globl hv_svm_begin, hv_svm_end, hv_vmx_begin, hv_vmx_end
hv_svm_begin:
	.incbin "svm.img"
hv_svm_end:
	.balign 8
hv_vmx_begin:
	.incbin "vmx.img"
hv_vmx_end:
