/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reports of signals that end a process.
 */
#include <arch/signal.h>
#include <lib/fmt.h>
#include <lwk/log.h>
#include <lwk/process.h>
#include <lwk/signal_report.h>
#include <lwk/thread.h>

#define BIT SIGNAL_BIT
/* those that say that the program is broken: Linux writes a core file */
#define BROKEN                                                                                  \
	(BIT(SIGQUIT) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGABRT) | BIT(SIGFPE) | BIT(SIGBUS) | \
	 BIT(SIGSEGV) | BIT(SIGXCPU) | BIT(SIGXFSZ) | BIT(SIGSYS))

struct code_text {
	int signal;
	int code;
	const char *text;
};

static const struct code_text texts[] = {
	{SIGSEGV, SEGV_MAPERR, "nothing is mapped at"},
	{SIGSEGV, SEGV_ACCERR, "access is not permitted to"},
	{SIGBUS, BUS_ADRALN, "unaligned address"},
	{SIGBUS, BUS_OBJERR, "memory does not answer at"},
	{SIGKILL, KILL_NO_MEMORY, "no memory is left to put at"},
	{SIGILL, ILL_ILLOPC, "no instruction for programs at"},
	{SIGTRAP, TRAP_BRKPT, "breakpoint at"},
};

static const char *signal_name(int signal)
{
	static const char *const names[] = {
		[SIGILL] = "SIGILL",   [SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT",
		[SIGBUS] = "SIGBUS",   [SIGFPE] = "SIGFPE",   [SIGKILL] = "SIGKILL",
		[SIGSEGV] = "SIGSEGV", [SIGPIPE] = "SIGPIPE", [SIGALRM] = "SIGALRM",
		[SIGTERM] = "SIGTERM", [SIGSYS] = "SIGSYS",
	};

	return (size_t)signal < ARRAY_SIZE(names) && names[signal] ? names[signal] : "signal";
}

static void describe(const struct signal_info *info, char *out, size_t size)
{
	if (info->code <= 0) {
		fmt_print(out, size, "sent by process %d", info->sent.pid);
		return;
	}
	if (info->code == SI_KERNEL) {
		fmt_print(out, size, "sent by the kernel");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (texts[i].signal == info->signo && texts[i].code == info->code) {
			fmt_print(out, size, "%s 0x%lx", texts[i].text, info->fault.address);
			return;
		}
	}
	fmt_print(out, size, "code %d, address 0x%lx", info->code, info->fault.address);
}

static void report(const struct trap_frame *frame, const struct signal_info *info)
{
	const struct process *process = process_current();
	const struct thread *thread = thread_current();
	bool is_broken = BIT(info->signo) & BROKEN || info->code == KILL_NO_MEMORY;
	enum log_level level = is_broken ? LOG_ERROR : LOG_DEBUG;
	char what[64];

	describe(info, what, sizeof(what));
	/* in short lines: a VM's are cut at about 120 characters */
	log_print(level, "%s[%d]: ended by %s (%d), %s", process->name, process->pid,
		  signal_name(info->signo), info->signo, what);
	log_print(level, "  thread %d (%s) on core %u, pc 0x%lx", thread->tid, thread->name,
		  thread->core, arch_frame_pc(frame));
	if (is_broken && info->code > 0)
		arch_report_user(frame);
}

void signal_end_process(const struct trap_frame *frame, const struct signal_info *info)
{
	int status = WAIT_STATUS_SIGNAL(info->signo);

	if (process_end(status))
		report(frame, info);
	process_exit(status);
}
