/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Signals: actions are recorded, no handler ever runs; a signal whose action is the default ends
 * the process or is ignored.
 */
#ifndef LWK_SIGNAL_H
#define LWK_SIGNAL_H

#include <bulkhead/types.h>

#define SIGNAL_COUNT 65 /* 1 to 64 */

#define SIGHUP   1
#define SIGILL   4
#define SIGTRAP  5
#define SIGABRT  6
#define SIGBUS   7
#define SIGFPE   8
#define SIGKILL  9
#define SIGSEGV  11
#define SIGPIPE  13
#define SIGTERM  15
#define SIGCHLD  17
#define SIGCONT  18
#define SIGSTOP  19
#define SIGTSTP  20
#define SIGTTIN  21
#define SIGTTOU  22
#define SIGURG   23
#define SIGWINCH 28

#define SIG_DFL 0u
#define SIG_IGN 1u

/* as rt_sigaction passes it on arm64 (no restorer is used) */
struct signal_action {
	uint64_t handler;
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

struct process;
/*
 * Sends a signal: ends the process when that is the default action. 0, -EINVAL. Caller holds
 * process_lock.
 */
int signal_send(struct process *process, int signal);
/*
 * Sets the mask of blocked signals; those that waited and are no longer blocked act. Caller holds
 * process_lock.
 */
void signal_set_blocked(struct process *process, uint64_t blocked);

#endif
