/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What boot.S calls, and what it leaves behind.
 */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H

#include <bulkhead/types.h>

struct core;

/* boot.S enters these */
void boot_map(uint64_t image, uint64_t device_tree);
_Noreturn void kernel_boot(uint64_t image, uint64_t device_tree, uint64_t entry_level);
_Noreturn void secondary_start(struct core *core);

/* where secondary cores enter, by PSCI and by a spin table */
void secondary_entry(void);
void secondary_entry_spin(void);

/* boot.S; not to be called at its link address */
void ttbr1_replace(uint64_t root, uint64_t no_table);

/* limits of the image, lwk.ld */
extern char _head[], _text_end[], _rodata_start[], _rodata_end[], _data_start[], _image_end[];
extern char boot_stack[], boot_stack_top[];

#endif
