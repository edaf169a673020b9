/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a signal does: the default action, or nothing. A signal with a handler is dropped: no
 * handler ever runs. A blocked one waits until it is unblocked.
 */
#include <lwk/errno.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/signal.h>

#define BIT(signal) (UINT64_C(1) << ((signal)-1))

/* default action: ignore, or stop, which nobody here could undo */
#define IGNORED                                                                                    \
	(BIT(SIGCHLD) | BIT(SIGURG) | BIT(SIGWINCH) | BIT(SIGCONT) | BIT(SIGSTOP) | BIT(SIGTSTP) | \
	 BIT(SIGTTIN) | BIT(SIGTTOU))
#define UNBLOCKABLE (BIT(SIGKILL) | BIT(SIGSTOP))

static bool is_init(const struct process *process)
{
	return !process->parent;
}

static void signal_act(struct process *process, int signal)
{
	uint64_t handler = process->actions[signal].handler;

	if (signal != SIGKILL && handler != SIG_DFL) {
		if (handler != SIG_IGN)
			log_debug("%s[%d]: signal %d dropped, handlers do not run", process->name,
				  process->pid, signal);
		return;
	}
	if (!(BIT(signal) & IGNORED) && !is_init(process))
		process_end(process, WAIT_STATUS_SIGNAL(signal));
}

int signal_send(struct process *process, int signal)
{
	if (signal < 0 || signal >= SIGNAL_COUNT)
		return -EINVAL;
	if (signal == 0)
		return 0;
	if (process->signals_blocked & BIT(signal) & ~UNBLOCKABLE)
		process->signals_pending |= BIT(signal);
	else
		signal_act(process, signal);
	return 0;
}

void signal_set_blocked(struct process *process, uint64_t blocked)
{
	uint64_t due = process->signals_pending & ~blocked;

	process->signals_blocked = blocked & ~UNBLOCKABLE;
	process->signals_pending &= blocked;
	for (int signal = 1; due; signal++, due >>= 1) {
		if (due & 1)
			signal_act(process, signal);
	}
}
