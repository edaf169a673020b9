/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * User address spaces as the architecture sees them: a root table, whose upper half is the kernel's, and the cores that have it in CR3.
 */
#ifndef ARCH_SPACE_H
#define ARCH_SPACE_H

#include <bulkhead/types.h>
#include <lib/pt.h>

struct arch_space {
	uint64_t *root;
	uint64_t
		cores; /* bit n: core n may have translations of it; each core sets and clears its own */
};

/* ctx of these operations is the struct arch_space */
extern const struct pt_ops arch_user_pt_ops;
extern const struct pt_format *arch_user_pt_format; /* constant after boot */

/* `root`: a page. 0 or -EAGAIN. */
int arch_space_init(struct arch_space *space, void *root);
/* Forgets all translations; no core runs a program of it. */
void arch_space_free(struct arch_space *space);
void arch_space_activate(struct arch_space *space);

#endif
