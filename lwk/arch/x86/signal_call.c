/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a signal does to the registers of a program that was in a system call.
 */
#include <arch/signal.h>
#include <arch/syscall_nr.h>
#include <arch/trap.h>

#define INSTRUCTION_SIZE 2u /* SYSCALL */

uint64_t arch_frame_pc(const struct trap_frame *frame)
{
	return frame->rip;
}

uint64_t arch_frame_sp(const struct trap_frame *frame)
{
	return frame->rsp;
}

/* RAX still holds the call's number: its result has not been written */
void arch_call_again(struct trap_frame *frame)
{
	frame->rip -= INSTRUCTION_SIZE;
}

void arch_call_set_restart(struct trap_frame *frame)
{
	frame->rax = NR_restart_syscall;
}

void arch_call_set_result(struct trap_frame *frame, long result)
{
	frame->rax = (uint64_t)result;
}
