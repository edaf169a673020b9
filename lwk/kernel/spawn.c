/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Starting a program in a new process.
 */
#include <arch/context.h>
#include <lwk/core.h>
#include <lwk/errno.h>
#include <lwk/file_call.h>
#include <lwk/heap.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/process_files.h>
#include <lwk/process_life.h>
#include <lwk/program.h>
#include <lwk/thread_life.h>
#include <string.h>

#define INIT_PATH "/init"

/* what a process's first thread does in the kernel */
static void process_begin(void *arg)
{
	struct process *process = arg;

	arch_user_enter(process->entry, process->stack_pointer);
}

/* argv as /proc shows it; what it does not show for want of memory is no reason not to start */
static void arguments_keep(struct process *process, const char *const *argv)
{
	size_t size = 0;

	for (size_t i = 0; argv[i]; i++)
		size += strlen(argv[i]) + 1;
	if (size > PAGE_SIZE)
		size = PAGE_SIZE;
	process->arguments = kzalloc(size);
	if (!process->arguments)
		return;
	process->arguments_size = size;
	for (size_t i = 0, at = 0; at < size; at += strlen(argv[i++]) + 1)
		memcpy(process->arguments + at, argv[i], strnlen(argv[i], size - at));
}

static int process_load(struct process *process, const struct spawn_args *args)
{
	struct executable executable;
	struct program program = {.path = args->path, .argv = args->argv, .envp = args->envp};
	int status = executable_open(process->cwd, args->path, &executable);

	if (status)
		return status;
	process->space = address_space_create();
	status = process->space ? program_load(process->space, &executable, &program) : -ENOMEM;
	executable_close(&executable);
	if (status == 0)
		status = file_path_absolute(process->cwd, args->path, process->path,
					    sizeof(process->path));
	process->entry = program.entry;
	process->stack_pointer = program.stack_pointer;
	process->environment = (struct user_range){program.environment, program.environment_size};
	process->auxv = (struct user_range){program.auxv, program.auxv_size};
	if (status == 0)
		arguments_keep(process, args->argv);
	return status;
}

/*
 * Loads and starts a process that has its files. Its pid or -errno; on an error the process is
 * freed.
 */
static int process_start(struct process *process, const struct spawn_args *args)
{
	int status = process_load(process, args);
	struct thread *thread = NULL;

	if (status == 0) {
		thread = thread_create(process->name, args->core, process, process_begin, process);
		status = thread ? 0 : -ENOMEM;
	}
	if (status) {
		process_destroy(process);
		return status;
	}
	status = process_add(process, thread);
	if (status) {
		thread_destroy(thread);
		process_destroy(process);
		return status;
	}
	status = process->pid; /* it may be gone as soon as it runs */
	sched_add(thread);
	return status;
}

int process_spawn(const struct spawn_args *args)
{
	struct process *parent = process_current();
	struct process *process = process_create(args->path);
	struct file_dir *cwd;
	int status;

	if (!process)
		return -ENOMEM;
	process->umask = parent->umask;
	spin_lock(&process_lock);
	memcpy(process->limits, parent->limits, sizeof(process->limits));
	spin_unlock(&process_lock);
	cwd = call_cwd_get(); /* another thread may leave it, and it may go */
	status = process_files_inherit(parent->files, cwd, &process->files, &process->cwd);
	node_put(&cwd->node);
	if (status) {
		process_destroy(process);
		return status;
	}
	return process_start(process, args);
}

int process_start_init(const char *const files[3])
{
	static const char *const argv[] = {INIT_PATH, NULL};
	static const char *const envp[] = {NULL};
	const struct spawn_args args = {.path = INIT_PATH, .argv = argv, .envp = envp, .core = 0};
	struct process *process = process_create(INIT_PATH);
	int status;

	if (!process)
		return -ENOMEM;
	limits_init(process->limits);
	status = process_files_first(files, &process->files, &process->cwd);
	if (status) {
		process_destroy(process);
		return status;
	}
	status = process_start(process, &args);
	return status < 0 ? status : 0;
}
