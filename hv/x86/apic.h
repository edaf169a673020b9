/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guest's writes to its local APIC, which `ipi` looks at. */
#ifndef HV_X86_APIC_H
#define HV_X86_APIC_H

#include <hv/x86/vcpu.h>

/* A register of x2APIC. */
enum verdict apic_msr_write(uint32_t msr, uint64_t value);
/* A store that the nested tables stopped at the APIC's page. */
enum verdict apic_page_write(struct vcpu_exit *exit);
/* decode.c: the store of 32 bits at vcpu.rip: its value and length. False: it is something else. */
bool store_decode(uint32_t *value, uint32_t *length);

#endif
