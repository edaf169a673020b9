/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The system calls of threads and what they refuse: clone, clone3, futex, set_tid_address, robust lists, gettid.
 */
#include <machine.h>
#include "futex.h"
#include "report.h"
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define STACK  65536ul

struct args { /* struct clone_args, and what a later version might have */
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size, cgroup, later[2];
};

static word_t word, other, joined = 1;
static uint32_t *odd = (uint32_t *)((char *)&word + 1);

static long clone3(struct args *args, size_t size)
{
	return syscall(SYS_clone3, args, size);
}

static void clone3_refused(void)
{
	static char page[8192];
	struct args args = {.flags = THREAD, .stack = (uintptr_t)page, .stack_size = sizeof(page)};
	struct args change = args;

	VALUE(clone3(&args, 63));
	VALUE(clone3(&args, 4097));
	VALUE(clone3(NULL, 64));
	args.later[0] = 1;
	VALUE(clone3(&args, sizeof(args)));
	change.flags = CLONE_THREAD | CLONE_VM;
	VALUE(clone3(&change, 88));
	change.flags = CLONE_SIGHAND;
	VALUE(clone3(&change, 88));
	change.flags = THREAD | 1ull << 40;
	VALUE(clone3(&change, 88));
	change.flags = THREAD | CLONE_DETACHED;
	VALUE(clone3(&change, 88));
	change.flags = THREAD;
	change.exit_signal = 17;
	VALUE(clone3(&change, 88));
	change.exit_signal = 0;
	change.stack_size = 0;
	VALUE(clone3(&change, 88));
	change.stack = 0;
	change.stack_size = 4096;
	VALUE(clone3(&change, 88));
	change.stack = UINT64_MAX - 100;
	VALUE(clone3(&change, 88));
	change.stack_size = 0;
	change.stack = 0;
	change.set_tid_size = 1;
	VALUE(clone3(&change, 88));
}

static void clone_refused(void)
{
	VALUE(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0));
	VALUE(syscall(SYS_clone, CLONE_THREAD | CLONE_SIGHAND, 0, 0, 0, 0));
	VALUE(syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0));
	VALUE(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS, 0, 0, 0, 0));
}

static void futex_refused(void)
{
	const struct timespec bad = {0, 1000000000}, negative = {-1, 0}, none = {0, 0},
			      past = {1, 0};

	VALUE(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
	VALUE(futex(&word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, &none, NULL, 0) == -1 &&
	      errno == ETIMEDOUT);
	VALUE(futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0));
	VALUE(futex(&word, FUTEX_WAIT, 0, &negative, NULL, 0));
	VALUE(futex(&word, FUTEX_WAIT, 0, (void *)16, NULL, 0));
	VALUE(futex((word_t *)odd, FUTEX_WAIT, 0, NULL, NULL, 0));
	VALUE(futex((word_t *)odd, FUTEX_WAKE, 1, NULL, NULL, 0));
	VALUE(futex((word_t *)16, FUTEX_WAIT, 0, NULL, NULL, 0));
	VALUE(futex((word_t *)-4096l, FUTEX_WAIT, 0, NULL, NULL, 0));
	VALUE(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	VALUE(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
	VALUE(futex(&word, FUTEX_WAIT_BITSET, 0, &past, NULL, 1) == -1 && errno == ETIMEDOUT);
	VALUE(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &past, NULL, 1) == -1 &&
	      errno == ETIMEDOUT);
	VALUE(futex(&word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, &none, NULL, 0));
	VALUE(futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0));
	VALUE(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &other, 1));
	VALUE(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &other, 0));
	VALUE(futex(&word, FUTEX_REQUEUE, (uint32_t)-1, (void *)1, &other, 0));
	VALUE(futex(&word, FUTEX_REQUEUE, 1, (void *)-1l, &other, 0));
	VALUE(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other,
		    FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 0)));
	VALUE(other);
	VALUE(futex(&word, FUTEX_WAKE_OP, 1, (void *)1, &other, FUTEX_OP(7, 0, 0, 0)));
	VALUE(futex(&word, 99, 1, NULL, NULL, 0));
}

static void lists(void)
{
	char head[24];
	void *found = NULL;
	size_t size = 0;

	VALUE(syscall(SYS_set_robust_list, head, 23));
	VALUE(syscall(SYS_get_robust_list, 0, &found, &size));
	VALUE(size);
	VALUE(syscall(SYS_get_robust_list, 0, NULL, &size));
	HOLDS(syscall(SYS_get_robust_list, 999999, &found, &size) == -1 && errno == ESRCH);
	HOLDS(syscall(SYS_set_tid_address, NULL) == syscall(SYS_gettid));
	HOLDS(syscall(SYS_gettid) == getpid());
}

static void *wait_for_word(void *unused)
{
	(void)unused;
	return (void *)(intptr_t)futex(&joined, FUTEX_WAIT, 1, NULL, NULL,
				       0); /* shared, as pthread_join */
}

/* a thread that the C library knows nothing of: it clears the word and wakes who waits, and does nothing else */
static void bare_thread(void)
{
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t parent = 0;
	pthread_t waiter;
	long tid;

	pthread_create(&waiter, NULL, wait_for_word, NULL);
	usleep(20000);
	tid = clone_and_exit(THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
			     stack + STACK, &parent, &joined);
	HOLDS(tid > 0 && parent == (uint32_t)tid);
	pthread_join(waiter, NULL);
	HOLDS(joined == 0);
}

int main(void)
{
	clone3_refused();
	clone_refused();
	futex_refused();
	bare_thread();
	lists();
	return 0;
}
