/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What happened on the node, for operators: the newest EVENTS_KEPT events.
 */
#ifndef USER_EVENTS_H
#define USER_EVENTS_H

#include <user/enclave.h>

#define EVENTS_KEPT 256u

/* enclave: NULL for the node */
void event_add(const struct enclaves *enclaves, const struct enclave *enclave, const char *format,
	       ...) __attribute__((format(printf, 3, 4)));
/* Event `number`, or the oldest that is still there; NULL when there is none yet. Numbers begin at 1. */
const struct answer_event *event_get(uint64_t number);

/* A cause of a fault record, in words. */
const char *fault_words(uint32_t cause);

#endif
