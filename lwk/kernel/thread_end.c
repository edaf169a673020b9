/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a thread leaves in its process's memory when it ends.
 */
#include <lwk/futex.h>
#include <lwk/thread_life.h>

/* the word that pthread_join waits for, often with a shared futex */
static void clear_tid(struct thread *thread)
{
	const uint32_t zero = 0;
	uaddr_t word = thread->clear_child_tid;

	if (word.v && copy_to_user(word, &zero, sizeof(zero)) == 0 && word.v % sizeof(zero) == 0)
		futex_wake(word, 1, FUTEX_ANY);
}

void thread_release_user(struct thread *thread)
{
	clear_tid(thread);
}
