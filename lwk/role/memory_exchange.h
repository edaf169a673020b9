/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A VM's side of bulkhead/exchange.h.
 */
#ifndef LWK_ROLE_MEMORY_EXCHANGE_H
#define LWK_ROLE_MEMORY_EXCHANGE_H

/* Once, with the mapped stream region. 0 or -ENOMEM. */
int memory_exchange_start(void *stream_region);

#endif
