/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether the login VM's Linux is alive: its doorbell is rung, and its kernel's answer is a hypercall, which is counted.
 */
#ifndef USER_LIVENESS_H
#define USER_LIVENESS_H

#include <stdbool.h>
#include <user/vm_layer.h>

#define LIVENESS_PERIOD 10u /* seconds between two looks */
#define LIVENESS_LIMIT  6u  /* looks in a row without a sign of life */

struct liveness {
	uint16_t vcpus;
	bool is_rung;    /* at the last look, and its kernel listened */
	unsigned silent; /* looks in a row */
	uint64_t calls;
};

/* A kernel that has just been started. */
void liveness_begin(struct liveness *liveness, uint16_t vcpus);
/* To be called every LIVENESS_PERIOD. False: it hangs. A kernel that does not listen for the doorbell is not judged. */
bool liveness_look(struct liveness *liveness, const struct vm_layer *layer, int file);

#endif
