/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a thread leaves in its process's memory when it ends: robust mutexes that it holds are marked, the word of
 * set_tid_address is cleared. The memory is the program's: nothing in it is believed, and the walk has an end.
 */
#include <lwk/errno.h>
#include <lwk/futex.h>
#include <lwk/thread_life.h>

/* as Linux's include/uapi/linux/futex.h has them */
#define FUTEX_WAITERS    0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK   0x3fffffffu
#define ROBUST_LIMIT     2048u
#define ROBUST_PI        UINT64_C(1) /* lowest bit of a pointer: not a futex of ours */

struct robust_head {
	uint64_t first;
	int64_t offset; /* from an entry to its futex */
	uint64_t pending;
};

/* A lock that the thread may hold. `is_pending`: it was about to take or to release it. 0 or -EFAULT. */
static int lock_abandon(const struct thread *thread, uint64_t address, bool is_pi, bool is_pending)
{
	uaddr_t word = UADDR(address);
	uint32_t old, found;

	if (address % sizeof(old) != 0 || copy_from_user(&old, word, sizeof(old)) != 0)
		return -EFAULT;
	if (is_pending && !is_pi && old == 0) { /* released, but nobody was woken yet */
		futex_wake(word, 1, FUTEX_ANY);
		return 0;
	}
	for (;;) {
		if ((old & FUTEX_TID_MASK) != (uint32_t)thread->tid)
			return 0;
		if (user_word_exchange(word, old, (old & FUTEX_WAITERS) | FUTEX_OWNER_DIED,
				       &found) != 0)
			return -EFAULT;
		if (found == old)
			break;
		old = found;
	}
	if (!is_pi && old & FUTEX_WAITERS)
		futex_wake(word, 1, FUTEX_ANY);
	return 0;
}

static int entry_abandon(const struct thread *thread, const struct robust_head *head,
			 uint64_t entry, bool is_pending)
{
	return lock_abandon(thread, (entry & ~ROBUST_PI) + (uint64_t)head->offset,
			    entry & ROBUST_PI, is_pending);
}

static void robust_list_walk(const struct thread *thread)
{
	struct robust_head head;
	uint64_t end = thread->robust_list.v, entry, next;

	if (!end || copy_from_user(&head, UADDR(end), sizeof(head)) != 0)
		return;
	entry = head.first;
	for (unsigned i = 0; i < ROBUST_LIMIT && (entry & ~ROBUST_PI) != end; i++, entry = next) {
		/* once it is marked somebody else may take it out of his list */
		int status = copy_from_user(&next, UADDR(entry & ~ROBUST_PI), sizeof(next));

		if ((entry & ~ROBUST_PI) != (head.pending & ~ROBUST_PI) &&
		    entry_abandon(thread, &head, entry, false) != 0)
			return;
		if (status)
			return;
	}
	if (head.pending & ~ROBUST_PI)
		entry_abandon(thread, &head, head.pending, true);
}

/* the word that pthread_join waits for, often with a shared futex */
static void clear_tid(const struct thread *thread)
{
	const uint32_t zero = 0;
	uaddr_t word = thread->clear_child_tid;

	if (word.v && copy_to_user(word, &zero, sizeof(zero)) == 0 && word.v % sizeof(zero) == 0)
		futex_wake(word, 1, FUTEX_ANY);
}

void thread_release_user(struct thread *thread)
{
	robust_list_walk(thread);
	clear_tid(thread);
}
