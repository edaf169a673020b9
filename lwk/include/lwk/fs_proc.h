/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The parts of /proc, for lwk/fs/proc*.c only: which names there are, and the texts of a process's files.
 */
#ifndef LWK_FS_PROC_H
#define LWK_FS_PROC_H

#include <lwk/errno.h>
#include <lwk/fs_tree.h>

/* a directory about a process, or about a thread of it (tid not 0) */
struct proc_dir {
	struct file_dir dir;
	int pid;
	int tid;
};

/* What a process's text files print about, as the printer's argument. */
static inline void *proc_key(int pid, int tid)
{
	return (void *)((uintptr_t)(unsigned)pid | (uintptr_t)(unsigned)tid << 32);
}

static inline int proc_key_pid(const void *key)
{
	return (int)(uint32_t)(uintptr_t)key;
}

static inline int proc_key_tid(const void *key)
{
	return (int)((uintptr_t)key >> 32);
}

static inline struct proc_dir *proc_dir(struct file_dir *dir)
{
	return (struct proc_dir *)(void *)dir;
}

/* `name` as a number from 0 on without zeros in front, else -1 */
int proc_number(const char *name, size_t length);
/* Sets the item to the name `number`. */
void proc_item_number(struct dir_item *item, int number, enum node_kind kind);

/* The answer of a source that made `made`, or had no memory to. */
static inline int proc_made(struct node *made, struct node **node)
{
	*node = made;
	return made ? 0 : -ENOMEM;
}

/* A new directory below `parent`; NULL: no memory. `pid` and `tid` are its own. */
struct node *proc_dir_create(struct file_dir *parent, const char *name, size_t length,
			     const struct dir_source *source, int pid, int tid);

extern const struct dir_source proc_root_source;    /* /proc */
extern const struct dir_source proc_process_source; /* /proc/PID and /proc/PID/task/TID */
extern const struct dir_source proc_task_source;    /* /proc/PID/task */
extern const struct dir_source proc_fd_source;      /* /proc/PID/fd, of the current process only */

/* texts; the argument is a proc_key */
void proc_print_auxv(struct text *text, void *key);
void proc_print_cmdline(struct text *text, void *key);
void proc_print_comm(struct text *text, void *key);
void proc_print_environ(struct text *text, void *key);
void proc_print_limits(struct text *text, void *key);
void proc_print_maps(struct text *text, void *key);
void proc_print_numa_maps(struct text *text, void *key);
void proc_print_stat(struct text *text, void *key);
void proc_print_statm(struct text *text, void *key);
void proc_print_status(struct text *text, void *key);

int proc_system_init(void); /* /proc's files about the machine */
int sys_files_init(void);   /* /sys */

#endif
