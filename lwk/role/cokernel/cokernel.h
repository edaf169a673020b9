/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of this role share.
 */
#ifndef LWK_ROLE_COKERNEL_H
#define LWK_ROLE_COKERNEL_H

#include <bulkhead/cokernel.h>
#include <role/memory_exchange.h>

struct cokernel_shared *cokernel_shared(void);
void cokernel_ring(void);         /* Linux looks at what is in the shared region. Any context */
void cokernel_regions_init(void); /* takes what is shared already when we start */
/* requests of Linux (bulkhead/exchange.h), by the thread that takes them */
void cokernel_core_comes(uint32_t index);
void cokernel_core_leaves(uint32_t index);
void cokernel_region_comes(uint32_t slot);
void cokernel_region_goes(uint32_t slot);
void cokernel_region_ended(uint32_t slot, uint64_t who);
void cokernel_vector_is(uint32_t vector);

int cokernel_vectors_init(void); /* makes /dev/vectors. 0 or -errno */
extern const struct exchange_peer cokernel_exchange;

#endif
