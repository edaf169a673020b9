/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One more thread for the current process. It is complete, and its id is where the caller wants it, before it is added;
 * if anything fails, all is given back.
 */
#include <arch/context.h>
#include <arch/layout.h>
#include <lwk/clone.h>
#include <lwk/errno.h>
#include <lwk/page.h>
#include <lwk/process_life.h>
#include <lwk/sched.h>
#include <lwk/thread_life.h>

static void thread_begin(void *unused)
{
	(void)unused;
	arch_user_resume();
}

static void inherit(struct thread *thread, const struct clone_request *request)
{
	arch_thread_clone(thread, request->stack, request->tls);
	thread->clear_child_tid = request->clear_tid;
	thread->numa_policy = thread_current()->numa_policy;
}

/* As on Linux, an address that cannot be written is nobody's error. */
static void tell_tid(uaddr_t address, int tid)
{
	if (address.v)
		copy_to_user(address, &tid, sizeof(tid));
}

int thread_clone(const struct clone_request *request)
{
	const struct thread *parent = thread_current();
	struct thread *thread = NULL;
	int tid, status;

	if (page_is_grantable(KERNEL_STACK_ORDER))
		thread = thread_create(parent->name, parent->core, parent->process, thread_begin,
				       NULL);
	if (!thread)
		return -ENOMEM;
	tid = thread_id_alloc();
	status = tid;
	if (tid > 0) {
		thread->tid = tid;
		inherit(thread, request);
		tell_tid(request->parent_tid, tid);
		tell_tid(request->child_tid, tid);
		status = process_add_thread(thread);
	}
	if (status < 0) {
		thread_destroy(thread);
		return status;
	}
	sched_add(thread);
	return tid;
}
