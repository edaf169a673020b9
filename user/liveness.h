/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether the login VM's Linux is alive: its doorbell is rung, and its kernel's answer is a hypercall, which is counted.
 */
#ifndef USER_LIVENESS_H
#define USER_LIVENESS_H

#include <stdbool.h>
#include <user/vm_layer.h>

#define LIVENESS_LIMIT   6u  /* looks in a row without an answer */
#define LIVENESS_ARRIVAL 60u /* looks until it must have listened for the first time: it boots */

enum liveness_state {
	LIVENESS_ANSWERS,
	LIVENESS_QUIET, /* not yet for long, or it does not listen any more: its module was taken out */
	LIVENESS_HANGS,
	LIVENESS_NEVER_CAME, /* hangs before it listens */
};

struct liveness {
	uint16_t vcpus;
	bool is_rung;      /* at the last look, and its kernel listened */
	bool has_listened; /* since it was started */
	unsigned silent;   /* looks in a row */
	uint64_t calls;
};

/* A kernel that has just been started. */
void liveness_begin(struct liveness *liveness, uint16_t vcpus);
/* To be called again and again, at equal intervals. */
enum liveness_state liveness_look(struct liveness *liveness, const struct vm_layer *layer,
				  int file);

#endif
