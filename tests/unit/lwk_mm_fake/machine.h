/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's memory code in a test program of the build host: physical memory is a block of the
 * host's, locks do nothing.
 */
#ifndef TESTS_UNIT_LWK_MM_FAKE_MACHINE_H
#define TESTS_UNIT_LWK_MM_FAKE_MACHINE_H

#include <arch/memory.h>

/*
 * Takes `size` bytes from the host as physical memory; gives none of it to the page allocator.
 * Once.
 */
void fake_memory_create(uint64_t size);
extern unsigned fake_preempt_points; /* passed so far */

#endif
