/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Vectors by which enclaves are signalled: each belongs to one enclave's core, or is an interrupt of Linux's that signals an eventfd, and
 * may be in the targets[] of others. An enclave's vectors end with it; who had them as targets loses them.
 */
#ifndef COKERNEL_VECTORS_H
#define COKERNEL_VECTORS_H

#include <bulkhead/cokernel.h>
#include <linux/types.h>

struct enclave;
struct cokerneldev_vector;

struct vectors {
	u16 used;  /* bit v: COKERNEL_VECTOR_FIRST + v */
	u32 slots; /* bit s: targets[s]; the bit behind the last is never set */
};

/* With the enclave's lock held. */
int vector_alloc(struct enclave *enclave, struct cokerneldev_vector *vector);
int vector_free(struct enclave *enclave, struct cokerneldev_vector *vector);
int vector_signal(struct enclave *enclave, struct cokerneldev_vector *vector);
int vector_connect(struct enclave *enclave, struct cokerneldev_vector *vector);
int vector_event(struct enclave *enclave, struct cokerneldev_vector *vector);
/* For its co-kernel, which asks by a message: the vector or 0; frees by vector. */
u32 vector_for_core(struct enclave *enclave, u32 core);
void vector_let_go(struct enclave *enclave, u32 vector);
/* Forgets those of a core that is parked: nobody signals it when it is Linux's again. */
void vectors_leave(struct enclave *enclave, u32 core);
/* Forgets all that have to do with an enclave whose cores are parked, before they and its region go. */
void vectors_end(struct enclave *enclave);

#endif
