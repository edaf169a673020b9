/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The life of processes. A process ends in three steps: its threads leave; the last one gives back
 * files and memory; when that one is off its stack, the process is a zombie and its parent is told.
 * So nothing of it is left when wait4 returns. process_lock is taken outside of wait queues' and
 * run queues' locks, never in interrupt handlers.
 */
#include <arch/context.h>
#include <lwk/address_space.h>
#include <lwk/clock.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/heap.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/process_files.h>
#include <lwk/process_life.h>
#include <lwk/role.h>
#include <lwk/thread_life.h>
#include <string.h>

struct spinlock process_lock;
static struct list processes = LIST_INIT(processes);
static struct process *init_process;

static struct process *find_any(int pid)
{
	list_for_each (link, &processes) {
		struct process *process = list_entry(link, struct process, all);

		if (process->pid == pid)
			return process;
	}
	return NULL;
}

struct process *process_find(int pid)
{
	struct process *process = find_any(pid);

	return process && process->state == PROCESS_ALIVE ? process : NULL;
}

struct process *process_next(int after)
{
	struct process *next = NULL;

	list_for_each (link, &processes) {
		struct process *process = list_entry(link, struct process, all);

		if (process->state == PROCESS_ALIVE && process->pid > after &&
		    (!next || process->pid < next->pid))
			next = process;
	}
	return next;
}

void process_visit(void (*fn)(struct process *process, void *arg), void *arg)
{
	list_for_each (link, &processes)
		fn(list_entry(link, struct process, all), arg);
}

unsigned process_count(void)
{
	unsigned count = 0;

	spin_lock(&process_lock);
	list_for_each (link, &processes)
		count++;
	spin_unlock(&process_lock);
	return count;
}

struct thread *process_thread_find(struct process *process, int tid)
{
	list_for_each (link, &process->threads) {
		struct thread *thread = list_entry(link, struct thread, siblings);

		if (thread->tid == tid)
			return thread;
	}
	return NULL;
}

struct thread *thread_find(int tid)
{
	struct thread *thread = tid == 0 ? thread_current() : NULL;

	list_for_each (link, &processes) {
		if (!thread && tid > 0)
			thread = process_thread_find(list_entry(link, struct process, all), tid);
	}
	return thread;
}

struct process *process_create(const char *path)
{
	struct process *process = kzalloc(sizeof(*process));
	const char *name = strrchr(path, '/');

	if (!process)
		return NULL;
	name = name ? name + 1 : path;
	memcpy(process->name, name, strnlen(name, PROCESS_NAME_MAX - 1));
	process->umask = 022;
	process->start_ns = time_now_ns();
	list_init(&process->children);
	list_init(&process->sibling);
	list_init(&process->all);
	list_init(&process->threads);
	wait_queue_init(&process->child_ended);
	signal_process_init(process, process_current());
	timers_init(process);
	return process;
}

void process_destroy(struct process *process)
{
	signal_process_free(process);
	process_files_release(process->files, process->cwd);
	if (process->space)
		address_space_destroy(process->space);
	thread_id_free(process->pid);
	kfree(process->arguments);
	kfree(process);
}

/* The caller's core comes first and the caller is not counted: he usually waits for what he starts. */
static void place_first(struct thread *thread)
{
	const struct thread *parent = thread_current();
	struct run_queue *queue = &cores[parent->place].queue;

	thread->affinity = parent->process ? parent->affinity : UINT64_MAX;
	queue->users -= parent->process != NULL;
	thread->place = sched_place(thread->affinity, core_self()->index);
	thread->core = thread->place;
	queue->users += parent->process != NULL;
}

int process_add(struct process *process, struct thread *thread)
{
	int pid = thread_id_alloc();

	if (pid < 0)
		return pid;
	spin_lock(&process_lock);
	process->pid = pid;
	thread->tid = pid;
	process->parent = process_current();
	list_add_tail(&processes, &process->all);
	if (process->parent)
		list_add_tail(&process->parent->children, &process->sibling);
	else
		init_process = process;
	signal_thread_join(process, thread);
	process->thread_count = 1;
	place_first(thread);
	spin_unlock(&process_lock);
	return 0;
}

int process_add_thread(struct thread *thread)
{
	struct process *process = thread->process;
	int status = -EAGAIN;

	spin_lock(&process_lock);
	if (!process->is_ending) {
		thread->affinity = thread_current()->affinity;
		thread->place = sched_place(thread->affinity, core_self()->index + 1);
		thread->core = thread->place;
		signal_thread_join(process, thread);
		process->thread_count++;
		status = 0;
	}
	spin_unlock(&process_lock);
	return status;
}

bool process_end(int status)
{
	struct process *process = process_current();
	bool is_first;

	spin_lock(&process_lock);
	is_first = !process->is_ending;
	if (is_first) {
		process->status = status;
		__atomic_store_n(&process->is_ending, true, __ATOMIC_RELEASE);
		list_for_each (link, &process->threads)
			thread_notify(list_entry(link, struct thread, siblings));
	}
	spin_unlock(&process_lock);
	return is_first;
}

void process_exit(int status)
{
	process_end(status);
	process_leave();
}

void process_thread_exit(int status)
{
	struct process *process = process_current();

	spin_lock(&process_lock);
	if (!process->is_ending)
		process->status = status; /* the last one's stays */
	spin_unlock(&process_lock);
	process_leave();
}

/* Orphans go to init, which is told of those that are dead already. */
static void children_hand_over(struct process *process)
{
	spin_lock(&process_lock);
	list_for_each_safe(link, next, &process->children)
	{
		struct process *child = list_entry(link, struct process, sibling);

		list_remove(&child->sibling);
		child->parent = init_process;
		list_add_tail(&init_process->children, &child->sibling);
	}
	wait_queue_wake_all(&init_process->child_ended);
	spin_unlock(&process_lock);
}

static void resources_release(struct process *process)
{
	struct address_space *space = process->space;

	timers_release(process);
	process_files_release(process->files, process->cwd);
	process->files = NULL;
	process->cwd = NULL;
	if (role->process_ends)
		role->process_ends(process);
	if (process == init_process)
		panic("init ended with status 0x%x", process->status);
	children_hand_over(process);
	process->pages_max = space->pages_max;
	arch_irq_disable(); /* not to be switched back to once the space is gone */
	arch_space_leave();
	spin_lock(&process_lock);
	process->space = NULL;
	spin_unlock(&process_lock);
	arch_irq_enable();
	address_space_destroy(space);
}

void process_leave(void)
{
	struct thread *thread = thread_current();
	struct process *process = thread->process;
	bool is_last;

	if (!__atomic_load_n(&process->is_ending, __ATOMIC_RELAXED))
		thread_release_user(thread);
	spin_lock(&process_lock);
	signal_thread_leave(thread);
	cores[thread->place].queue.users--;
	is_last = list_is_empty(&process->threads);
	process->run_ns += thread_cpu_ns(thread);
	spin_unlock(&process_lock);
	if (is_last) {
		struct wait_entry entry;

		wait_queue_add(&process->child_ended, &entry);
		while (__atomic_load_n(&process->thread_count, __ATOMIC_ACQUIRE) > 1)
			thread_park_always(WAIT_FOREVER);
		wait_queue_remove(&process->child_ended, &entry);
		resources_release(process);
	}
	arch_irq_disable();
	arch_space_leave(); /* the space may be gone before this core runs another process */
	sched_exit_current();
}

/* Tells the parent; false: it does not want to know more, and the process is off the lists. */
static bool parent_tell(struct process *process)
{
	int signal = WAIT_SIGNAL(process->status);
	const struct signal_info info = {
		.signo = SIGCHLD,
		.code = signal ? CLD_KILLED : CLD_EXITED,
		.child = {.pid = process->pid,
			  .status = signal ? signal : WAIT_EXIT_CODE(process->status),
			  .user = (int64_t)(process->run_ns / (NS_PER_SECOND / TICKS_PER_SECOND))},
	};
	bool is_awaited = signal_child_ended(process->parent, &info);

	process->state = PROCESS_ZOMBIE;
	if (!is_awaited) {
		list_remove(&process->sibling);
		list_remove(&process->all);
	}
	wait_queue_wake_all(&process->parent->child_ended);
	return is_awaited;
}

void process_thread_gone(struct process *process)
{
	bool is_kept = true;

	spin_lock(&process_lock);
	if (--process->thread_count == 0)
		is_kept = parent_tell(process);
	else
		wait_queue_wake_all(&process->child_ended);
	spin_unlock(&process_lock);
	if (!is_kept)
		process_destroy(process);
}

/* A zombie child that fits: off the lists. NULL and *status 0 (some live), or -ECHILD. */
static struct process *child_collect(struct process *process, int pid, int *status)
{
	*status = -ECHILD;
	list_for_each (link, &process->children) {
		struct process *child = list_entry(link, struct process, sibling);

		if (pid > 0 && child->pid != pid)
			continue;
		*status = 0;
		if (child->state == PROCESS_ZOMBIE) {
			list_remove(&child->sibling);
			list_remove(&child->all);
			return child;
		}
	}
	return NULL;
}

/* whether the wait is over */
static bool wait_look(struct process *process, int pid, struct process **child, int *status)
{
	spin_lock(&process_lock);
	*child = child_collect(process, pid, status);
	spin_unlock(&process_lock);
	return *child || *status;
}

/* Whoever waits for a child leaves his core to it: he is not counted as one of its users. */
static int wait_for_child(struct process *process, int pid, struct process **child, int *status)
{
	int result;

	sched_lend_place();
	result = wait_queue_sleep(&process->child_ended, wait_look(process, pid, child, status),
				  WAIT_FOREVER);
	sched_take_place();
	return result;
}

int process_wait(int pid, bool nohang, int *status, struct process_times *times)
{
	struct process *process = process_current();
	struct process *child;
	int result;

	if (!wait_look(process, pid, &child, &result)) {
		if (nohang)
			return 0;
		if (wait_for_child(process, pid, &child, &result) != 0)
			return -ERESTARTSYS;
	}
	if (!child)
		return result;
	*status = child->status;
	times->pages_max = child->pages_max;
	times->run_ns = child->run_ns + child->children_ns;
	__atomic_add_fetch(&process->children_ns, times->run_ns, __ATOMIC_RELAXED);
	result = child->pid;
	process_destroy(child);
	return result;
}
