/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ledger of cores: which of Linux's CPUs enclaves have. Cores change hands as a whole: a CPU with its SMT siblings. CPU 0 and its
 * siblings stay with Linux.
 */
#ifndef COKERNEL_CORES_H
#define COKERNEL_CORES_H

#include <bulkhead/cokernel.h>
#include <linux/cpumask.h>
#include "park.h"

#define CORES_NONE 0xFFFFFFFFu

int cores_init(void);
void cores_exit(void);

/* Whether Linux had it when the module was loaded, which is when its place in the machine was noted, on a node below ENCLAVE_NODES_MAX. */
bool core_is_known(u32 cpu);
struct cokernel_core core_place(u32 cpu);
/* Whose it is: an enclave's id, 0: Linux's. */
u32 core_owner(u32 cpu);

/*
 * Takes the core that `cpu` belongs to from Linux and parks it. 0 when it is the enclave's already; -EBUSY: another's, or CPU 0's, or one of
 * its CPUs was off when the module was loaded and is on now, or Linux took one of them back from the enclave and another not; -EINVAL: there is no such CPU, or it is off; -ESHUTDOWN: cores_close(); others of Linux's. Sleeps.
 */
int core_take(u32 cpu, u32 enclave);
/* One that is Linux's, `among` those if not NULL, on that NUMA node if there is one; which. -EBUSY: there is none. */
int core_take_near(u32 node, const struct cpumask *among, u32 enclave, u32 *cpu);
/* A taken CPU: enters a co-kernel; is parked. -ETIMEDOUT: it does not answer; it stays with the enclave. */
int core_start(u32 cpu, const struct park_entry *entry);
int core_park(u32 cpu);
/* Gives the core back to Linux; 1: once all its CPUs are parked. An error: Linux does not take all of it, and what it does not stays the enclave's. */
int core_return(u32 cpu);
/* All CPUs of an enclave. */
int cores_park(u32 enclave);
int cores_return(u32 enclave);
u32 cores_of(u32 enclave);
/* From then on, until it is opened again, cores are neither taken nor started nor parked: -ESHUTDOWN. */
void cores_close(bool closes);
/* Closes, and stops all that enclaves have, in any context. For the end of Linux. */
void cores_stop(void);

#endif
