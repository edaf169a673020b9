/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What boot.S calls, and what it leaves behind.
 */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H

#include <arch/layout.h>
#include <bulkhead/cokernel.h>
#include <bulkhead/types.h>
#include <stddef.h>

struct core;

static_assert(sizeof(struct cokernel_boot) == BOOT_RECORD_SIZE &&
		      offsetof(struct cokernel_boot, shared) == BOOT_RECORD_SHARED &&
		      EARLY_SHARED == IMAGE_BASE + IMAGE_SIZE_MAX,
	      "boot.S");

/* The host's record, copied before anything else and checked by kernel_boot. */
extern struct cokernel_boot boot_record;

/* boot.S enters these */
_Noreturn void kernel_boot(uint64_t image);
_Noreturn void secondary_start(unsigned index);

/* For each core: 0, or the top of the stack on which it goes on; and the tables it goes on with. boot.S reads them. */
extern uint64_t secondary_stacks[COKERNEL_CORES_MAX];
extern uint64_t secondary_cr3;

/* limits of the image, lwk.ld */
extern char _head[], _text_end[], _rodata_start[], _rodata_end[], _data_start[], _image_end[];
extern char boot_stack[], boot_stack_top[], boot_ist[];

#endif
