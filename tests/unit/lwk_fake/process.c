/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The process of a test, its console, and the way into the system calls.
 */
#include "lwk_fake.h"
#include <lwk/core.h>
#include <lwk/device.h>
#include <lwk/errno.h>
#include <lwk/process.h>
#include <lwk/process_files.h>
#include <lwk/process_view.h>
#include <lwk/syscall.h>
#include <stdlib.h>
#include <string.h>

#define CONSOLE "/dev/console"

struct fake_console fake_console;

struct spinlock process_lock;
int fake_last_signal;
uint64_t fake_blocked;

static syscall_fn handlers[1024];
/* every thread of a test is a process of its own */
static _Thread_local struct process parent, child;
static _Thread_local struct thread thread; /* that runs, with its process */
static _Thread_local struct core core;

void fake_register_call(long number, syscall_fn handler)
{
	handlers[number] = handler;
}

long fake_call_args(long number, const uint64_t args[6])
{
	long result = handlers[number] ? handlers[number](args) : -ENOSYS;

	if (fake_locks_held())
		abort();
	return result;
}

/* the parent, and while it runs the child; each has one thread */
bool process_view_get(int pid, int tid, struct process_view *view)
{
	const struct process *process = pid == parent.pid ? &parent : &child;

	*view = (struct process_view){.pid = pid,
				      .tid = tid ? tid : pid,
				      .state = 'R',
				      .threads = 1,
				      .affinity = 0xb,
				      .pages = 3};
	strcpy(view->name, process->name);
	return pid && process->pid == pid && (!tid || tid == pid) && process_find(pid);
}

int process_next_id(int pid, int after)
{
	if (pid)
		return pid > after && process_find(pid) ? pid : 0;
	if (parent.pid > after)
		return parent.pid;
	return thread.process == &child && child.pid > after ? child.pid : 0;
}

struct process *process_find(int pid)
{
	if (pid == parent.pid)
		return &parent;
	return thread.process == &child && pid == child.pid ? &child : NULL;
}

unsigned process_runnable_count(void)
{
	return 1;
}

struct core *arch_core_self(void)
{
	thread.tid = thread.process ? thread.process->pid : 0;
	core.queue.current = &thread;
	return &core;
}

void signal_raise(int signal)
{
	fake_last_signal = signal;
}

void signal_set_blocked_for_call(uint64_t blocked)
{
	fake_blocked = blocked;
}

void signal_restore_blocked(void)
{
	fake_blocked = 0;
}

static long console_read(void *device, const struct io_buffer *to, uint64_t offset, unsigned flags)
{
	size_t bytes = fake_console.input ? strlen(fake_console.input) : 0;

	(void)device;
	(void)offset;
	fake_console.nonblocking_reads += flags & DEVICE_NONBLOCK;
	if (!bytes)
		return flags & DEVICE_NONBLOCK ? -EAGAIN : 0;
	bytes = bytes < to->size ? bytes : to->size;
	if (io_buffer_put(to, 0, fake_console.input, bytes))
		return -EFAULT;
	fake_console.input += bytes;
	return (long)bytes;
}

static long console_write(void *device, const struct io_buffer *from, uint64_t offset,
			  unsigned flags)
{
	size_t room = sizeof(fake_console.written) - fake_console.written_length;
	size_t bytes = from->size < room ? from->size : room;

	(void)device;
	(void)offset;
	(void)flags;
	if (io_buffer_get(from, 0, fake_console.written + fake_console.written_length, bytes))
		return -EFAULT;
	fake_console.written_length += bytes;
	return (long)bytes;
}

static unsigned console_poll(void *device, struct poll_table *table)
{
	(void)device;
	poll_wait(table, NULL);
	return POLL_OUT | (fake_console.input && *fake_console.input ? POLL_IN : 0);
}

static long console_ioctl(void *device, unsigned command, uaddr_t argument)
{
	int answer = 42;

	(void)device;
	if (command != 0x4242)
		return -ENOTTY;
	return copy_to_user(argument, &answer, sizeof(answer));
}

int fake_boot(const void *archive, size_t size)
{
	static const struct device_ops ops = {
		.read = console_read,
		.write = console_write,
		.poll = console_poll,
		.ioctl = console_ioctl,
	};
	int error;

	for (unsigned i = 0; i < core_count; i++) {
		cores[i].index = cores[i].place.core = i;
		cores[i].is_online = true;
	}
	error = file_tree_init(archive, size);
	return error ? error : device_register(CONSOLE, &ops, NULL);
}

void fake_process_start(void)
{
	static const char *const paths[3] = {CONSOLE, CONSOLE, CONSOLE};

	parent = (struct process){.pid = 7, .name = "test", .path = "/bin/test", .umask = 022};
	thread.process = &parent;
	if (process_files_first(paths, &parent.files, &parent.cwd))
		abort();
}

void *fake_process_self(void)
{
	return thread.process;
}

void fake_process_join(void *process)
{
	thread.process = process;
}

void fake_process_end(void)
{
	process_files_release(parent.files, parent.cwd);
}

void fake_child_start(void)
{
	child = (struct process){
		.pid = 8, .name = "child", .path = "/bin/child", .parent = &parent};
	if (process_files_inherit(parent.files, parent.cwd, &child.files, &child.cwd))
		abort();
	thread.process = &child;
}

void fake_child_end(void)
{
	thread.process = &parent;
	process_files_release(child.files, child.cwd);
}

int fake_executable_open(const char *path, struct fake_executable *executable)
{
	struct executable opened = {0};
	int error = executable_open(thread.process->cwd, path, &opened);

	*executable = (struct fake_executable){opened.data, opened.size, opened.held};
	return error;
}

void fake_executable_close(struct fake_executable *executable)
{
	struct executable opened = {executable->data, executable->size, executable->held};

	executable_close(&opened);
}

int fake_path_absolute(const char *path, char *out, size_t size)
{
	return file_path_absolute(thread.process->cwd, path, out, size);
}
