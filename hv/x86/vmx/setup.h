/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What setup.c leaves to vmx.c. */
#ifndef HV_X86_VMX_SETUP_H
#define HV_X86_VMX_SETUP_H

#include <hv/x86/vcpu.h>

#define CR4_VMXE (UINT64_C(1) << 13)

extern uint32_t vmx_processor_controls; /* without the NMI window */
extern bool vmx_has_ept, vmx_has_vpid;

#endif
