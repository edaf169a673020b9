/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Protection of the co-kernel by a hypervisor; all of it does nothing unless protect_begin() was called. */
#ifndef BENCH_X86_PROTECT_H
#define BENCH_X86_PROTECT_H

#include "loader.h"

#define ISOLATION_VIRT 32u /* of options.isolation, beside VCPU_* features: there is a hypervisor */
#define APIC_PAGE      UINT64_C(0xfee00000)

/* `module`: where the hypervisor's image begins and ends */
void protect_begin(const struct options *options, const uint32_t *module);
/* What the enclave has at first; what it gets and loses later. Unmapping returns when no core can reach it. */
void protect_enclave(const struct cokernel_boot *boot);
void protect_map(uint64_t start, uint64_t size);
void protect_unmap(uint64_t start, uint64_t size);
/* Makes the core's hypervisor: where to enter it, on which tables; 0: there is none. */
uint64_t protect_core(const struct enclave *enclave, uint32_t index, uint64_t *tables);
/* A core has faulted, or all were told to stop as the options ask for: it is said. */
bool protect_has_ended(void);
void protect_heard(void); /* the bell: before anybody looks at the rings */
void protect_report(void);

#endif
