/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether the cores of an enclave still answer interrupts: Linux rings them (COKERNELDEV_PROBE). It finds what the co-kernel's own watch
 * (lwk/progress.h) cannot: that none of its cores is left to look. That one has more to tell, so it is given time to be first.
 */
#ifndef USER_HOST_CORE_WATCH_H
#define USER_HOST_CORE_WATCH_H

#include <bulkhead/cokernel.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core_watch {
	uint64_t limit, next; /* ms; limit 0: off */
	struct {
		uint64_t heard;
		unsigned silent; /* looks in a row */
	} cores[COKERNEL_CORES_MAX];
};

/* Of an enclave that has started. Seconds without an answer that are too many; 0: nothing is watched. */
void core_watch_start(struct core_watch *watch, unsigned seconds);
/* How long until there is something to look at, in ms. */
unsigned core_watch_wait(const struct core_watch *watch);
/* Often; rings now and then. True, with words in `text`, when a core has been silent for too long: then once. */
bool core_watch_look(struct core_watch *watch, int enclave, char *text, size_t size);

#endif
