/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The LWK's file system in a test program of the build host: its system calls, as one process that a test starts and ends, with
 * the heap, the locks and user memory watched. Includes nothing of the LWK, so that tests may include the host's headers.
 */
#ifndef TESTS_UNIT_LWK_FAKE_H
#define TESTS_UNIT_LWK_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes the file tree from an archive, with /dev/console (below) and one process on it; once in a program. 0 or -errno. */
int fake_boot(const void *archive, size_t size);
void fake_process_start(void); /* its descriptors 0 to 2 are /dev/console */
void fake_process_end(void);
/* Makes the calling thread one of the process that another thread has started; that one ends it, when all others are done. */
void *fake_process_self(void);
void fake_process_join(void *process);
/* A child as spawn makes it becomes the process, and back: its descriptors and working directory. */
void fake_child_start(void);
void fake_child_end(void);

/* one system call by the build host's number: result or -errno; ends the test when a lock is left held */
long fake_call_args(long number, const uint64_t args[6]);
#define fake_call(number, ...) fake_call_args((number), (const uint64_t[6]){__VA_ARGS__})
#define ADDRESS(pointer)       ((uint64_t)(uintptr_t)(pointer))

void fake_remove_below(const char *dir); /* everything; fails the test when something stays */

/* memory that the process may not touch; addresses below 4096 are never its own */
void fake_set_bad_memory(const void *start, size_t size);
/* The allocation that comes after `others` more fails; UINT64_MAX: none does. */
void fake_fail_allocation(uint64_t others);
bool fake_has_failed(void); /* since the last fake_fail_allocation */
uint64_t fake_live(void);   /* allocations and pages that were not freed */

unsigned fake_locks_held(void);

/* /dev/console: what was written, what is there to read; it becomes ready to read when the process waits */
struct fake_console {
	char written[256];
	size_t written_length;
	const char *input;
	const char *input_later;
	unsigned nonblocking_reads;
};
extern struct fake_console fake_console;
uint64_t fake_time(void); /* ns; moves on when the process sleeps */

extern int fake_last_signal;  /* that the process was sent */
extern uint64_t fake_blocked; /* the signal mask of the call that waits */

struct fake_executable {
	const void *data;
	size_t size;
	void *held;
};
int fake_executable_open(const char *path, struct fake_executable *executable);
void fake_executable_close(struct fake_executable *executable);
int fake_path_absolute(const char *path, char *out, size_t size);

#endif
