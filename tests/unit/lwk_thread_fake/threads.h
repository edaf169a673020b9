/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threads of the build host as threads of the LWK: parking and waking by condition variables, user memory as it is, with one page
 * that is not there until somebody copies from it.
 */
#ifndef LWK_THREAD_FAKE_H
#define LWK_THREAD_FAKE_H

/* the build host has a function of this name */
#define timer_delete lwk_timer_delete
#include <lwk/process.h>
#undef timer_delete

/* The calling thread becomes a thread of this process, which has `space` as its address space. */
void fake_thread_start(struct process *process);
/* The page around the address is absent, or (`is_bad`) stays so; 0: none is. */
void fake_absent_page(uint64_t address, bool is_bad);
uint64_t fake_now(void); /* ns, what deadlines are measured in */

#endif
