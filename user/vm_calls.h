/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The calls of a VM's file (bulkhead/vmdev.h), which are the same on the LWK and on a host. Errors are negative numbers of Linux.
 */
#ifndef USER_VM_CALLS_H
#define USER_VM_CALLS_H

#include <user/vm_layer.h>

int vm_call(int file, unsigned command, void *argument);
/* CREATE at the file `manager`, by more threads than one; `image`, `ramdisk`: paths. The VM's id. */
int vm_call_make(int manager, const char *image, const struct enclave_config *config,
		 const char *ramdisk);
/* How many files this process has open. */
uint32_t vm_call_files(void);
int vm_call_start(int file, const uint16_t *cores);
int vm_call_stop(int file);
int vm_call_info(int file, struct vmdev_info *info);
int vm_call_counters(int file, uint16_t vcpu, struct bh_counters *counters);
int vm_call_fault(int file, struct bh_fault *fault);
int vm_call_digest(int file, uint8_t digest[ENCLAVE_DIGEST_SIZE]);
int vm_call_signal(int file, unsigned signal);
/* What is added is the NUMA node's. */
int vm_call_resize(int file, uint32_t node, uint64_t *memory);

#endif
