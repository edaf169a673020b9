/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Making and freeing threads. A kernel stack is one block of pages with a mark at its low end,
 * which is looked at when the stack is freed.
 */
#include <arch/context.h>
#include <arch/layout.h>
#include <lwk/core.h>
#include <lwk/heap.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/process_life.h>
#include <lwk/thread_life.h>
#include <string.h>

#define STACK_MARK UINT64_C(0x5ac4b0770a5ac4b0)
static_assert(KERNEL_STACK_SIZE == PAGE_SIZE << KERNEL_STACK_ORDER, "a stack is one block");

static void thread_set_up(struct thread *thread, const char *name, unsigned core)
{
	memcpy(thread->name, name, strnlen(name, THREAD_NAME_MAX - 1));
	thread->core = core;
	list_init(&thread->link);
	list_init(&thread->sleeper);
	list_init(&thread->siblings);
}

void thread_adopt(struct thread *thread, const char *name, unsigned core, void *stack)
{
	thread_set_up(thread, name, core);
	thread->stack = stack;
}

struct thread *thread_create(const char *name, unsigned core, struct process *process,
			     void (*run)(void *arg), void *arg)
{
	struct thread *thread = kzalloc(sizeof(*thread));

	if (!thread)
		return NULL;
	thread_set_up(thread, name, core);
	thread->process = process;
	thread->stack = page_alloc_near(KERNEL_STACK_ORDER, cores[core].node);
	if (thread->stack)
		*(uint64_t *)thread->stack = STACK_MARK;
	if (!thread->stack || arch_thread_init(thread, run, arg) != 0) {
		thread_destroy(thread);
		return NULL;
	}
	return thread;
}

struct thread *thread_create_kernel(const char *name, unsigned core, void (*run)(void *arg),
				    void *arg)
{
	struct thread *thread = thread_create(name, core, NULL, run, arg);

	if (thread)
		sched_add(thread);
	return thread;
}

void thread_destroy(struct thread *thread)
{
	if (thread->stack && *(uint64_t *)thread->stack != STACK_MARK)
		panic("thread %s overran its kernel stack", thread->name);
	arch_thread_free(thread);
	if (thread->process && thread->tid != thread->process->pid)
		thread_id_free(thread->tid);
	if (thread->stack)
		page_free(thread->stack, KERNEL_STACK_ORDER);
	kfree(thread);
}

void thread_reap(struct thread *thread)
{
	struct process *process = thread->process;

	thread_destroy(thread);
	if (process)
		process_thread_gone(process);
}

void thread_exit(void)
{
	sched_exit_current();
}
