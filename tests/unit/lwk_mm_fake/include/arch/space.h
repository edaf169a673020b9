/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fake architecture's address spaces: real tables in the format of arm64, nobody who walks
 * them.
 */
#ifndef ARCH_SPACE_H
#define ARCH_SPACE_H

#include <bulkhead/types.h>
#include <lib/pt.h>

struct arch_space {
	void *root;
};

extern const struct pt_ops arch_user_pt_ops;
extern const struct pt_format *const arch_user_pt_format;

int arch_space_init(struct arch_space *space, void *root);
void arch_space_free(struct arch_space *space);

#endif
