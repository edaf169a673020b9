/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Protection of the co-kernel by a hypervisor; all of it does nothing unless protect_begin() was called. */
#ifndef BENCH_X86_PROTECT_H
#define BENCH_X86_PROTECT_H

#include "loader.h"
#include <bulkhead/vcpu.h>
#include <lib/pt.h>

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
/* So far: exits of all cores for any reason; commands to all. */
uint64_t protect_exits(void);
uint64_t protect_commands(void);
/* For cost.c. Of the first cores; `kind`: enum vcpu_command_kind. Returns when it is executed. */
void protect_command(unsigned cores, uint32_t kind);
/* the first table that the core's program uses, physical; of the last REPORT */
uint64_t protect_cr3(unsigned core);
const struct pt *protect_tables(void);
uint64_t protect_areas_ticks(void); /* in which areas were made */
/* cost.c: how long it took until it was written down */
void cost_fault(const struct vcpu_fault *fault);
/* walk.c: how many references to memory a walk of both tables has, by the sizes of pages */
void walks_say(const struct pt *nested, uint64_t cr3);

#endif
