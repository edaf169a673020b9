/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The registers of a program that a signal or an interrupted call changes, and the frame that a
 * handler runs on: Linux's on x86-64 (arch/x86/include/uapi/asm/sigcontext.h).
 */
#ifndef ARCH_SIGNAL_H
#define ARCH_SIGNAL_H

#include <lwk/signal_abi.h>

struct trap_frame;

/* a handler that is to run */
struct signal_delivery {
	const struct signal_info *info;
	const struct signal_action *action;
	uint64_t mask;             /* when it returns */
	struct signal_stack stack; /* as the program is told */
	uint64_t top;              /* the frame goes below */
};

uint64_t arch_frame_pc(const struct trap_frame *frame);
uint64_t arch_frame_sp(const struct trap_frame *frame);

/*
 * Puts the frame on the user's stack and makes the program go on in the handler. -EFAULT: no room,
 * nothing has changed.
 */
int arch_signal_enter(struct trap_frame *frame, const struct signal_delivery *delivery);
/*
 * The current thread's registers from the frame that its stack pointer shows. -EFAULT: there is
 * none that is valid.
 */
int arch_signal_return(uint64_t *mask, struct signal_stack *stack);
#define ARCH_SIGNAL_STACK_MIN 2048u /* that sigaltstack accepts: MINSIGSTKSZ */
/* what the largest frame needs: AT_MINSIGSTKSZ */
uint64_t arch_signal_stack_needed(void);

/* A system call that the frame's registers made, not yet answered: do it again, ... */
void arch_call_again(struct trap_frame *frame);
void arch_call_set_restart(struct trap_frame *frame); /* as restart_syscall(2) */
void arch_call_set_result(struct trap_frame *frame, long result);

/* The current thread's registers at its entry into the kernel. */
struct trap_frame *arch_user_frame(void);
/* registers and backtrace of a program, in the log */
void arch_report_user(const struct trap_frame *frame);

#endif
