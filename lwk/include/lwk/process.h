/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Processes: an address space, files and at least one thread; made by spawn (there is no fork),
 * complete teardown at the end. Everything a process owned is back before its parent's wait4
 * returns. process_lock (kernel/process.c) guards the tree: parent, children, state and exit status
 * of all processes.
 */
#ifndef LWK_PROCESS_H
#define LWK_PROCESS_H

#include <bulkhead/types.h>
#include <lwk/interval_timer.h>
#include <lwk/limits.h>
#include <lwk/list.h>
#include <lwk/signal.h>
#include <lwk/spinlock.h>
#include <lwk/wait.h>

struct address_space;
struct fd_table; /* lwk/fs */
struct file_dir; /* lwk/fs */

#define PROCESS_NAME_MAX 16
#define PROCESS_PATH_MAX 256

enum process_state { PROCESS_ALIVE, PROCESS_ZOMBIE };

struct process {
	int pid;
	char name[PROCESS_NAME_MAX]; /* last component of the path */
	char path[PROCESS_PATH_MAX]; /* absolute path of the executable: /proc/self/exe */
	struct address_space *space;
	struct fd_table *files; /* owned by lwk/fs, see process_files.h */
	struct file_dir *cwd;
	uint32_t umask;
	/* under process_lock */
	struct limit limits[LIMIT_COUNT];
	enum process_state state;
	struct process *parent; /* NULL for pid 1 */
	struct list children;
	struct list sibling;
	struct list all;
	struct list threads;   /* that have not begun to leave; changed under signals.lock, too */
	unsigned thread_count; /* that have not been freed */
	bool is_ending;        /* its threads leave at the next chance: park, return to user mode */
	int status;            /* as wait4 reports it */
	struct wait_queue child_ended; /* a child, or a thread of its own */
	struct signal_process signals; /* with a lock of its own */
	struct process_timers timers;  /* with a lock of its own */
	uint64_t entry, stack_pointer; /* where its first thread starts */
	/* as it was started: argv's strings one after the other; where envp's strings and the auxiliary vector lie in its memory */
	char *arguments;
	size_t arguments_size;
	struct user_range {
		uint64_t start, size;
	} environment, auxv;
	uint64_t start_ns;
	uint64_t run_ns; /* of threads that ended */
	uint64_t children_ns;
	uint64_t pages_max; /* of its memory, once that is gone */
};

extern struct spinlock process_lock;

/* NULL in a kernel thread */
static inline struct process *process_current(void)
{
	return thread_current()->process;
}
/*
 * Starts a program: path, argv and envp are kernel memory, NULL-terminated. The child is the
 * caller's, or pid 1. Its pid, or -ENOENT, -EACCES, -ENOEXEC, -ENOMEM, -E2BIG, -EAGAIN.
 */
struct spawn_args {
	const char *path;
	const char *const *argv;
	const char *const *envp;
	unsigned core;
};
int process_spawn(const struct spawn_args *args);
/*
 * Asks the threads of the current process to end, which the others do when they next enter the kernel. Status as wait4
 * reports it; false: it is ending already, with another one.
 */
bool process_end(int status);
/* The same, and the current thread ends. */
_Noreturn void process_exit(int status);
/* Ends the current thread; with the last one the process ends, with its `status`. */
_Noreturn void process_thread_exit(int status);
/* By pid; NULL: none, or a zombie. Caller holds process_lock. */
struct process *process_find(int pid);
/* The one with the lowest pid above `after`; NULL: none. Caller holds process_lock. */
struct process *process_next(int after);
/* A thread of the process by tid; NULL: none, or it is leaving. Caller holds process_lock. */
struct thread *process_thread_find(struct process *process, int tid);
/* A thread of any process; 0 is the current one. NULL: none, or it is leaving. Caller holds process_lock. */
struct thread *thread_find(int tid);
struct process_times {
	uint64_t run_ns; /* on a core, the child and its own children */
	uint64_t pages_max;
};

/*
 * Waits for a child: pid > 0 that child, else any. Its pid, its status and times; 0 with `nohang`,
 * -ECHILD, -ERESTARTSYS.
 */
int process_wait(int pid, bool nohang, int *status, struct process_times *times);

/*
 * On a core so far, threads that ended included. Caller holds process_lock, or the lock of the process's signals: a thread
 * that ends at the moment may be missing.
 */
uint64_t process_cpu_ns(const struct process *process);

/* CPU time of the children that were waited for, with that of theirs */
static inline uint64_t process_children_ns(const struct process *process)
{
	return __atomic_load_n(&process->children_ns, __ATOMIC_RELAXED);
}

/* Starts /init as pid 1; its files 0 to 2 are on these paths. 0 or -errno. */
int process_start_init(const char *const files[3]);
/* Calls fn for each process, zombies included. Caller holds process_lock. */
void process_visit(void (*fn)(struct process *process, void *arg), void *arg);
unsigned process_count(void);

#define WAIT_STATUS_EXIT(code)  (((code)&0xff) << 8)
#define WAIT_STATUS_SIGNAL(sig) ((sig)&0x7f)
#define WAIT_EXIT_CODE(status)  (((status) >> 8) & 0xff)
#define WAIT_SIGNAL(status)     ((status)&0x7f) /* 0: it exited */

#endif
