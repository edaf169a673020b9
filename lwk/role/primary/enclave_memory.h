/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory for VMs: whole units of 2 MiB of the page allocator's.
 */
#ifndef LWK_ROLE_PRIMARY_ENCLAVE_MEMORY_H
#define LWK_ROLE_PRIMARY_ENCLAVE_MEMORY_H

#include <bulkhead/enclave.h>

/*
 * Replaces the wanted ranges (size and node) by ranges that are allocated, as few as can be; the first holds `first` bytes. -EINVAL: not
 * a valid request; -ENOMEM: then nothing is allocated.
 */
int enclave_memory_take(struct enclave_config *config, uint64_t first);
void enclave_memory_free(const struct enclave_config *config);
uint64_t enclave_memory_size(const struct enclave_config *config);

#endif
