/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Code that the kernel gives to every program: what needs no system call.
 */
#ifndef LWK_VDSO_H
#define LWK_VDSO_H

#include <arch/vdso_data.h>
#include <lwk/address_space.h>

void vdso_set_data(const struct vdso_data *data); /* at boot, before the first program */
/* Maps it; *address goes into AT_SYSINFO_EHDR. 0 or -ENOMEM. */
int vdso_map(struct address_space *space, uint64_t *address);

#endif
