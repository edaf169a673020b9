/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The part of boot that is the same on every architecture. The architecture has by then: the boot
 * core set up, the clock, the device tree, all memory in the page allocator, exceptions.
 */
#ifndef LWK_BOOT_H
#define LWK_BOOT_H

#include <bulkhead/types.h>

struct boot_info {
	const char *parameters; /* NUL-terminated */
	/* the initial file tree, in the direct map; stays for ever; NULL when there is none */
	const void *initrd;
	uint64_t initrd_size;
};

_Noreturn void kernel_main(const struct boot_info *info);

/* the architecture's steps, called by kernel_main in this order */
void arch_boot_interrupts(void); /* controller and timer of the boot core */
void arch_boot_cores(void);      /* the other cores */

#endif
