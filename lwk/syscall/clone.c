/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * clone(2) and clone3(2): threads of the same process, that share all there is to share. What Linux refuses is refused
 * as there; what would make a process, or a thread with files of its own, is not there.
 */
#include <lwk/clone.h>
#include <arch/clone_abi.h>
#include <arch/layout.h>
#include <lwk/errno.h>
#include <lwk/page.h>
#include <lwk/signal.h>
#include <lwk/syscall.h>
#include <assert.h>

#define CSIGNAL              UINT64_C(0xff)
#define CLONE_VM             UINT64_C(0x100)
#define CLONE_FS             UINT64_C(0x200)
#define CLONE_FILES          UINT64_C(0x400)
#define CLONE_SIGHAND        UINT64_C(0x800)
#define CLONE_PIDFD          UINT64_C(0x1000)
#define CLONE_PARENT         UINT64_C(0x8000)
#define CLONE_THREAD         UINT64_C(0x10000)
#define CLONE_NEWNS          UINT64_C(0x20000)
#define CLONE_SYSVSEM        UINT64_C(0x40000)
#define CLONE_SETTLS         UINT64_C(0x80000)
#define CLONE_PARENT_SETTID  UINT64_C(0x100000)
#define CLONE_CHILD_CLEARTID UINT64_C(0x200000)
#define CLONE_DETACHED       UINT64_C(0x400000)
#define CLONE_CHILD_SETTID   UINT64_C(0x1000000)
#define CLONE_NEWUSER        UINT64_C(0x10000000)
#define CLONE_NEWPID         UINT64_C(0x20000000)
#define CLONE_CLEAR_SIGHAND  UINT64_C(0x100000000)
#define CLONE_INTO_CGROUP    UINT64_C(0x200000000)
#define CLONE_LEGACY         UINT64_C(0xffffffff)

/* what a thread shares here; CLONE_SYSVSEM may be left out, as there are no System V semaphores */
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define OPTIONS                                                                      \
	(CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | \
	 CLONE_CHILD_SETTID | CLONE_DETACHED)

/* struct clone_args of linux/sched.h, in its last version */
struct linux_clone_args {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup;
};
#define CLONE_ARGS_VERSION_0 64u
#define SET_TID_MAX          32u
static_assert(sizeof(struct linux_clone_args) == 88, "version 2");

/* combinations that copy_process of Linux refuses */
static bool flags_make_sense(uint64_t flags)
{
	if ((flags & CLONE_SIGHAND && !(flags & CLONE_VM)) ||
	    (flags & CLONE_THREAD && !(flags & CLONE_SIGHAND)))
		return false;
	if (flags & CLONE_FS && flags & (CLONE_NEWNS | CLONE_NEWUSER))
		return false;
	if (flags & CLONE_PIDFD && flags & (CLONE_THREAD | CLONE_PARENT_SETTID | CLONE_DETACHED))
		return false;
	return !(flags & CLONE_THREAD && flags & (CLONE_NEWUSER | CLONE_NEWPID));
}

static long make(const struct linux_clone_args *args)
{
	uint64_t flags = args->flags;
	struct clone_request request = {.stack = args->stack};

	if (!flags_make_sense(flags))
		return -EINVAL;
	if ((flags & ~OPTIONS) != THREAD_FLAGS || args->set_tid)
		return -ENOSYS;
	if (flags & CLONE_SETTLS && !arch_tls_fits(args->tls))
		return -EPERM;
	if (flags & CLONE_SETTLS)
		request.tls = &args->tls;
	if (flags & CLONE_PARENT_SETTID)
		request.parent_tid = UADDR(args->parent_tid);
	if (flags & CLONE_CHILD_SETTID)
		request.child_tid = UADDR(args->child_tid);
	if (flags & CLONE_CHILD_CLEARTID)
		request.clear_tid = UADDR(args->child_tid);
	return thread_clone(&request);
}

/* flags, stack, parent_tid, then tls and child_tid in the architecture's order */
static long sys_clone(const uint64_t *args)
{
	const struct linux_clone_args clone = {
		.flags = args[0] & CLONE_LEGACY & ~CSIGNAL,
		.exit_signal = args[0] & CSIGNAL,
		.stack = args[1],
		.parent_tid = args[2],
		.tls = args[ARCH_CLONE_TLS],
		.child_tid = args[ARCH_CLONE_CHILD_TID],
	};

	return make(&clone);
}
SYSCALL(NR_clone, sys_clone);

/* A later version of the structure is understood as long as what we do not know is zero. */
static long args_copy(uint64_t from, uint64_t size, struct linux_clone_args *args)
{
	uint64_t known = size < sizeof(*args) ? size : sizeof(*args);

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_VERSION_0)
		return -EINVAL;
	for (uint64_t offset = known; offset < size; offset++) {
		uint8_t byte;

		if (copy_from_user(&byte, UADDR(from + offset), sizeof(byte)) != 0)
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	*args = (struct linux_clone_args){.flags = 0};
	return copy_from_user(args, UADDR(from), known);
}

static bool stack_is_valid(const struct linux_clone_args *args)
{
	if (!args->stack)
		return !args->stack_size;
	return args->stack_size && args->stack <= USER_TOP &&
	       args->stack_size <= USER_TOP - args->stack;
}

/* checks of clone3 that clone does not have: kernel/fork.c of Linux, clone3_args_valid and what comes before it */
static bool args_are_valid(const struct linux_clone_args *args, uint64_t size)
{
	if (args->set_tid_size > SET_TID_MAX || !args->set_tid != !args->set_tid_size)
		return false;
	if (args->exit_signal & ~CSIGNAL || args->exit_signal >= SIGNAL_COUNT)
		return false;
	if (args->flags & CLONE_INTO_CGROUP &&
	    (args->cgroup > INT32_MAX || size < sizeof(struct linux_clone_args)))
		return false;
	if (args->flags & ~(CLONE_LEGACY | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP) ||
	    args->flags & (CLONE_DETACHED | (CSIGNAL & ~UINT64_C(0x80))))
		return false;
	if (args->flags & CLONE_SIGHAND && args->flags & CLONE_CLEAR_SIGHAND)
		return false;
	if (args->flags & (CLONE_THREAD | CLONE_PARENT) && args->exit_signal)
		return false;
	return stack_is_valid(args);
}

static long sys_clone3(const uint64_t *args)
{
	struct linux_clone_args clone;
	long status = args_copy(args[0], args[1], &clone);

	if (status)
		return status;
	if (!args_are_valid(&clone, args[1]))
		return -EINVAL;
	clone.stack += clone.stack_size;
	return make(&clone);
}
SYSCALL(NR_clone3, sys_clone3);
