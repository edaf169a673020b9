/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sizes that are fixed when the hypervisor is built.
 */
#ifndef HV_ARM64_LIMITS_H
#define HV_ARM64_LIMITS_H

#define MAX_CPUS      32 /* physical cores */
#define MAX_VMS       64 /* ids 1 to MAX_VMS */
#define MAX_VCPUS     32 /* of one VM */
#define MAX_NODES     8  /* NUMA nodes, numbered from 0 */
#define MAX_REGIONS   4  /* memory-regions of one partition */
#define MAX_FUNCTIONS 32 /* PCI functions of one partition */
#define MAX_LRS       4  /* list registers used of those that the core has */
#define STACK_SIZE    8192

#endif
