/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared regions: memory of Linux's that enclaves see, too. A region lives until it is revoked; its pages until, besides, no process has
 * them mapped. It is revoked only when no enclave has it any more.
 */
#ifndef COKERNEL_REGIONS_H
#define COKERNEL_REGIONS_H

#include <bulkhead/cokerneldev.h>
#include <linux/types.h>

struct enclave;

/* Both give a file descriptor. */
int region_create(struct cokerneldev_region *argument);
int region_open(u32 id);
int region_revoke(u32 id);
/* With the enclave's lock held. */
int region_attach(struct enclave *enclave, struct cokerneldev_region *argument);
int region_detach(struct enclave *enclave, struct cokerneldev_region *argument);
/* Maps what is attached for its hypervisors. */
int regions_protect(struct enclave *enclave);
/* It has ended: whoever shares memory with it will be told. */
void regions_tell(struct enclave *enclave);
/* Tells it, which runs, of those who have ended. */
void regions_hear(struct enclave *enclave);
/* Of an enclave whose cores are parked. */
void regions_end(struct enclave *enclave);
u32 regions_count(void);

#endif
