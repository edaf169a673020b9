/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of this role share.
 */
#ifndef LWK_ROLE_COKERNEL_H
#define LWK_ROLE_COKERNEL_H

#include <bulkhead/cokernel.h>
#include <role/memory_exchange.h>

struct process;

struct cokernel_shared *cokernel_shared(void);
/* A vector that Linux gave, and may move at any time. false: there is none. Any context */
bool cokernel_send(const uint32_t *apic, const uint32_t *vector);
void cokernel_ring(void);         /* Linux looks at what is in the shared region. Any context */
void cokernel_regions_init(void); /* takes what is shared already when we start */
/* requests of Linux (bulkhead/exchange.h), by the thread that takes them */
void cokernel_core_comes(uint32_t index);
void cokernel_core_leaves(uint32_t index);
void cokernel_region_comes(uint32_t slot);
void cokernel_region_goes(uint32_t slot);
void cokernel_region_ended(uint32_t slot, uint64_t who);
void cokernel_vector_is(uint32_t vector);
/* The vectors for a core that has gone, before Linux hears of that. */
void cokernel_vectors_leave(uint32_t core);
/* gives back those of a process */
void cokernel_process_ends(const struct process *process);

int cokernel_vectors_init(void); /* makes /dev/vectors. 0 or -errno */
extern const struct exchange_peer cokernel_exchange;

#endif
