/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * User address spaces as the architecture sees them: an ASID and what TTBR0_EL1 is set to.
 */
#ifndef ARCH_SPACE_H
#define ARCH_SPACE_H

#include <bulkhead/types.h>
#include <lib/pt.h>

struct arch_space {
	uint64_t ttbr0;
	unsigned asid;
};

/* ctx of these operations is the struct arch_space */
extern const struct pt_ops arch_user_pt_ops;
extern const struct pt_format *const arch_user_pt_format;

/* `root`: a page. 0, or -EAGAIN when all ASIDs are in use. */
int arch_space_init(struct arch_space *space, void *root);
/* Forgets all translations; no core has the space active. */
void arch_space_free(struct arch_space *space);
void arch_space_activate(const struct arch_space *space);

#endif
