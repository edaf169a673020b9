/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Enclaves of a host: co-kernels on cores and memory that the module bulkhead_cokernel takes from Linux (bulkhead/cokerneldev.h).
 */
#ifndef USER_HOST_VM_HOST_H
#define USER_HOST_VM_HOST_H

#include <user/vm_layer.h>

#define VM_HOST_DIRECTORY "/var/lib/bulkhead" /* base.cpio, lwk.img, trees of jobs */
#define VM_HOST_IMAGE     "/var/lib/bulkhead/lwk.img"

/* NULL with errno when there is no module. Constant once it was asked for. */
const struct vm_layer *vm_host_layer(void);
/* Numbers that are no CPU's, or one's that was off, between those that are; once the layer was asked for. */
const uint16_t *vm_host_absent(size_t *count);
/* A file for an enclave, non-blocking, or -errno. */
int vm_host_open(int vm);
/* Ends whatever enclaves and shared regions there are, but for so many that do not go. */
void vm_host_clear(unsigned *enclaves, unsigned *regions);

#endif
