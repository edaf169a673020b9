/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's memory code in a test program of the build host: physical memory is a block of the
 * host's, locks do nothing.
 */
#ifndef TESTS_UNIT_LWK_MM_FAKE_MACHINE_H
#define TESTS_UNIT_LWK_MM_FAKE_MACHINE_H

#include <arch/memory.h>
#include <lwk/thread.h>

/*
 * Takes `size` bytes from the host as physical memory; gives none of it to the page allocator.
 * Once.
 */
void fake_memory_create(uint64_t size);
extern unsigned fake_preempt_points; /* passed so far */
extern unsigned fake_node;           /* where the code under test runs */
extern struct thread fake_thread;    /* that runs it */

#endif
