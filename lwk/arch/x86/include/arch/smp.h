/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The enclave's cores: named by the boot record, started by the host.
 */
#ifndef ARCH_SMP_H
#define ARCH_SMP_H

#include <bulkhead/types.h>

struct core;

/* makes the calling code the core's idle thread, on `stack` */
void core_init_self(struct core *core, void *stack);
void smp_find_cores(void); /* fills cores[] and core_count; the calling core is core 0 */
void smp_start_cores(
	void); /* returns when all are online; one that does not come is left out with a warning */
/* Core `index` of the boot record, which the host has started or starts now. 0 or -errno. From a thread. */
int smp_add_core(unsigned index);

#endif
