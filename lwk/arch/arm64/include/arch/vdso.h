/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Code that the kernel gives to every program: reading the clock without a system call.
 */
#ifndef ARCH_VDSO_H
#define ARCH_VDSO_H

#include <lwk/address_space.h>

/* at boot; see struct vdso_data */
void vdso_set_clock(uint64_t ns_factor, uint64_t boot_ns, uint64_t epoch_ns);
/* Maps it; *address goes into AT_SYSINFO_EHDR. 0 or -ENOMEM. */
int arch_vdso_map(struct address_space *space, uint64_t *address);

#endif
